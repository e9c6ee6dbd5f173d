"""Make two tickets one, and take that back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, NotFoundError
from tickets import lastmessage, policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_tickets, require_here
from tickets.models import Attachment, Conversation, Draft, Message, Operation, Status, Ticket, TicketLink
from tickets.moving import earliest, iso, move_messages, waiting_since
from tickets.statuses import MOVED, move

_TIMES = ("solved_at", "closed_at", "snoozed_until", "waiting_since")
_STATE = ("status", *_TIMES)


@transaction.atomic
def merge(ticket_id: int, *, into_id: int, actor: Actor) -> Operation:
    """Move all that was said on a ticket to another one, and close it; later mail follows.

    The operation remembers all that moved, for `unmerge`. Tickets of different customers may be merged:
    the fact says so. Merging again into the same ticket returns the operation there is. Raises
    ConflictError for itself, a ticket that was merged away, or a closed one to merge into.
    """
    if ticket_id == into_id:
        raise ConflictError(
            _("A ticket cannot be merged into itself. Name another one."), code="self", field="into"
        )
    both = locked_tickets([ticket_id, into_id])
    away, kept = both[ticket_id], both[into_id]
    policies.require_work_on(actor, away)
    policies.require_work_on(actor, kept)
    if away.merged_into_id == kept.pk and (done := _done(away, kept)):
        return done
    require_here(away)
    require_here(kept)
    if kept.status == Status.CLOSED:
        raise ConflictError(
            _("Ticket #%(number)s is closed. Merge into one that is not.") % {"number": kept.pk},
            code="closed",
            field="into",
        )
    data = _move_all(away, kept) | _join_state(away, kept)
    data["different_customers"] = away.customer_id != kept.customer_id
    operation = Operation.objects.create(
        kind="merge", ticket=kept, other=away, data=data, actor=actor.user, created_at=timezone.now()
    )
    facts = {"operation": operation.pk, "different_customers": data["different_customers"]}
    record(kept, "ticket.merged", actor=actor, other=away.pk, role="kept", **facts)
    record(away, "ticket.merged", actor=actor, other=kept.pk, role="away", **facts)
    return operation


@transaction.atomic
def unmerge(operation_id: int, *, actor: Actor) -> Operation:
    """Take a merge back: everything that moved returns, and the ticket is again what it was.

    What was written since goes with its conversation. Twice is harmless. Raises ConflictError when the
    kept ticket has been merged further: that has to be taken back first.
    """
    operation = Operation.objects.filter(pk=operation_id, kind="merge").first()
    if operation is None:
        raise NotFoundError(_("There is no such merge."))
    both = locked_tickets([operation.ticket_id, operation.other_id])
    away, kept = both[operation.other_id], both[operation.ticket_id]
    policies.require_work_on(actor, away)
    policies.require_work_on(actor, kept)
    operation.refresh_from_db()
    if operation.undone_at is not None:
        return operation
    require_here(kept)
    _move_back(away, kept, operation)
    _part_state(away, kept, operation)
    operation.undone_at = timezone.now()
    operation.save(update_fields=["undone_at"])
    record(kept, "ticket.unmerged", actor=actor, other=away.pk, operation=operation.pk, role="kept")
    record(away, "ticket.unmerged", actor=actor, other=kept.pk, operation=operation.pk, role="away")
    return operation


def _done(away: Ticket, kept: Ticket) -> Operation | None:
    return Operation.objects.filter(kind="merge", other=away, ticket=kept, undone_at=None).first()


def _move_all(away: Ticket, kept: Ticket) -> dict[str, Any]:
    conversations = list(away.conversations.values_list("pk", flat=True))
    Conversation.objects.filter(pk__in=conversations).update(ticket=kept)
    uploads = list(away.attachments.filter(message=None).values_list("pk", flat=True))
    Attachment.objects.filter(pk__in=uploads).update(ticket=kept)
    tags = set(away.tags.values_list("pk", flat=True)) - set(kept.tags.values_list("pk", flat=True))
    kept.tags.add(*tags)
    followers = set(away.followers.values_list("pk", flat=True))
    followers -= set(kept.followers.values_list("pk", flat=True))
    kept.followers.add(*followers)
    return {
        "conversations": conversations,
        "messages": move_messages(away.messages.all(), to=kept),
        "uploads": uploads,
        "drafts": _move_drafts(away, kept),
        "tags": sorted(tags),
        "followers": sorted(followers),
        "links": _move_links(away, kept),
    }


def _move_drafts(away: Ticket, kept: Ticket) -> list[int]:
    """A draft moves unless its writer has begun one there too; then it waits here for the unmerge."""
    begun = set(kept.drafts.values_list("agent_id", "mode"))
    ids = [pk for pk, *key in away.drafts.values_list("pk", "agent_id", "mode") if tuple(key) not in begun]
    Draft.objects.filter(pk__in=ids).update(ticket=kept)
    return ids


def _move_links(away: Ticket, kept: Ticket) -> list[list[object]]:
    """Links move, except one between the two, or one that the kept ticket has already."""
    moved: list[list[object]] = []
    for side, other in (("source", "target"), ("target", "source")):
        for link in TicketLink.objects.filter(**{side: away}):
            other_id = getattr(link, f"{other}_id")
            same = TicketLink.objects.filter(**{side: kept, other: other_id}, kind=link.kind)
            if other_id != kept.pk and not same.exists():
                TicketLink.objects.filter(pk=link.pk).update(**{side: kept})
                moved.append([link.pk, side])
    return moved


def _join_state(away: Ticket, kept: Ticket) -> dict[str, Any]:
    """Close the one; the other now owes what both owed."""
    newest = Message.objects.filter(ticket=kept).order_by("-pk").values_list("pk", flat=True).first()
    data: dict[str, Any] = {"away_before": _state(away), "kept_before": _state(kept), "newest": newest or 0}
    if away.is_unresolved:
        kept.waiting_since = earliest(kept.waiting_since, away.waiting_since)
        if away.waiting_since is not None:
            kept.snoozed_until = None
        if kept.status == Status.SOLVED:
            move(kept, Status.OPEN)
    lastmessage.refresh(kept)
    keep(kept, *MOVED, *lastmessage.LAST_MESSAGE)
    if away.status != Status.CLOSED:
        move(away, Status.CLOSED)
    away.merged_into = kept
    keep(away, *MOVED, "merged_into")
    return data | {"kept_after": _state(kept)}


def _move_back(away: Ticket, kept: Ticket, operation: Operation) -> None:
    data = operation.data
    conversations = Conversation.objects.filter(pk__in=data["conversations"], ticket=kept)
    ids = list(conversations.values_list("pk", flat=True))
    conversations.update(ticket=away)
    notes = Q(pk__in=data["messages"], conversation=None)
    move_messages(kept.messages.filter(Q(conversation__in=ids) | notes), to=away)
    Attachment.objects.filter(pk__in=data["uploads"], message=None, ticket=kept).update(ticket=away)
    written = set(away.drafts.values_list("agent_id", "mode"))
    for draft in Draft.objects.filter(pk__in=data["drafts"], ticket=kept):
        if (draft.agent_id, draft.mode) not in written:
            Draft.objects.filter(pk=draft.pk).update(ticket=away)
    kept.tags.remove(*data["tags"])
    kept.followers.remove(*data["followers"])
    for link_id, side in data["links"]:
        link = TicketLink.objects.filter(pk=link_id, **{side: kept}).first()
        if link is not None and not _linked_again(link, side, away):
            TicketLink.objects.filter(pk=link_id).update(**{side: away})


def _linked_again(link: TicketLink, side: str, away: Ticket) -> bool:
    other = "target" if side == "source" else "source"
    other_id = getattr(link, f"{other}_id")
    same = TicketLink.objects.filter(**{side: away, other: other_id}, kind=link.kind)
    return other_id == away.pk or same.exists()


def _part_state(away: Ticket, kept: Ticket, operation: Operation) -> None:
    """Each is again what it was; of the kept one only what nobody has changed since."""
    data = operation.data
    now_kept = _state(kept)
    for name, value in _values(data["kept_before"]).items():
        if now_kept[name] == data["kept_after"][name]:
            setattr(kept, name, value)
    for name, value in _values(data["away_before"]).items():
        setattr(away, name, value)
    away.merged_into = None
    newer = away.messages.filter(pk__gt=data["newest"], kind=Message.Kind.INBOUND, is_automatic=False)
    if newer.exists():  # the customer went on writing meanwhile
        away.waiting_since = waiting_since(away)
        if not away.is_unresolved:
            away.status, away.solved_at, away.closed_at = Status.OPEN, None, None
    came, went = _split_since(kept, operation)
    for ticket in (away, kept):
        if ticket.is_unresolved and (came or (went and ticket.waiting_since is not None)):
            ticket.waiting_since = waiting_since(ticket)
        lastmessage.refresh(ticket)
    keep(kept, *_STATE, *lastmessage.LAST_MESSAGE)
    keep(away, *_STATE, *lastmessage.LAST_MESSAGE, "merged_into")


def _split_since(kept: Ticket, operation: Operation) -> tuple[bool, bool]:
    """Whether a message was put back on the kept ticket since the merge, and whether one was split off it."""
    splits = Operation.objects.filter(kind="split")
    came = splits.filter(other__merged_into=kept, undone_at__gt=operation.created_at)
    went = splits.filter(ticket=kept, created_at__gt=operation.created_at)
    return came.exists(), went.exists()


def _state(ticket: Ticket) -> dict[str, object]:
    return iso((name, getattr(ticket, name)) for name in _STATE)


def _values(state: dict[str, Any]) -> dict[str, Any]:
    return {name: parse_datetime(state[name] or "") if name in _TIMES else state[name] for name in _STATE}
