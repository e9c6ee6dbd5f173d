"""Answer the customer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError
from tickets import lastmessage, policies
from tickets.actions.attach import release_attachments, take_attachments
from tickets.actions.pictures import take_inline_images
from tickets.actions.status import require_fields_to_solve
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_of_message, locked_to_work_on
from tickets.models import Conversation, Draft, Message, Status, Ticket
from tickets.recipients import choose_conversation, clean_copies, require_reachable, typed
from tickets.statuses import MOVED, move, require_move
from tickets.text import clean_html, html_to_text

UNDO_SECONDS = 10
LATEST = timedelta(days=366)
_UNDONE = ("waiting_since", "snoozed_until", "solved_at", "first_replied_at")


@transaction.atomic
def reply(
    ticket_id: int, *, actor: Actor, body: str = "", html: str = "", conversation_id: int | None = None,
    inbox_id: int | None = None, identity_id: int | None = None, cc: Iterable[tuple[str, str]] = (),
    attachment_ids: Iterable[int] = (), status_after: str = "", send_at: datetime | None = None,
    seen_message_id: int | None = None, client_id: str = "", is_automatic: bool = False, force: bool = False,
) -> Message:  # fmt: skip
    """Answer the customer: in the conversation last written in, in the one given, or in a new one.

    `inbox_id` and `identity_id` write from another inbox or to another address of the customer. The message
    waits for the undo seconds (or until `send_at`), then a worker sends it; a provider outage never rolls
    back what the agent wrote. `seen_message_id` is the newest message the writer had on the screen: if
    somebody wrote since, ConflictError "stale" says so, once. `client_id` makes a repeated send harmless:
    the stored message is returned. An address that bounced or is blocked is refused, unless `force`.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    if client_id and (stored := ticket.messages.filter(client_id=client_id).first()):
        return stored
    _require_answerable(ticket, status_after, is_automatic=is_automatic)
    if seen_message_id is not None:
        _require_nothing_new(ticket, seen_message_id, actor)
    conversation = choose_conversation(
        ticket, actor=actor, conversation_id=conversation_id, inbox_id=inbox_id, identity_id=identity_id
    )
    if not force and not is_automatic:
        require_reachable(conversation.identity)
    message = write(
        ticket,
        conversation,
        actor=actor,
        body=body,
        html=html,
        attachment_ids=tuple(attachment_ids),
        cc=clean_copies(cc, to=conversation.identity.address),
        send_at=_when(send_at, is_automatic=is_automatic),
        client_id=client_id,
        status_after=status_after,
        is_automatic=is_automatic,
    )
    _after_reply(ticket, message, actor)
    return message


@transaction.atomic
def cancel_reply(message_id: int, *, actor: Actor) -> Message:
    """Take back a reply that has not left yet, with the status that was set along with it.

    What was written becomes the agent's draft again, unless they have begun another one.
    Raises ConflictError when it is too late.
    """
    ticket = locked_of_message(message_id)
    policies.require_work_on(actor, ticket)
    cancelled = Message.objects.filter(pk=message_id, delivery=Message.Delivery.QUEUED, attempts=0).update(
        delivery=Message.Delivery.CANCELLED, send_at=None
    )
    message = Message.objects.get(pk=message_id)
    if not cancelled:
        if message.delivery == Message.Delivery.CANCELLED:
            return message
        raise ConflictError(_("This reply has already left."), code="already_sent")
    _restore(ticket, message)
    _back_to_draft(message, actor)
    record(ticket, "message.cancelled", actor=actor, message=message)
    return message


@transaction.atomic
def send_now(message_id: int, *, actor: Actor) -> Message:
    """Send a reply that was to leave later. Raises ConflictError when it does not wait any more."""
    ticket = locked_of_message(message_id)
    policies.require_work_on(actor, ticket)
    waiting = Message.objects.filter(pk=message_id, delivery=Message.Delivery.QUEUED)
    if not waiting.update(send_at=timezone.now()):
        raise ConflictError(_("This reply does not wait to be sent."), code="not_waiting")
    message = Message.objects.get(pk=message_id)
    record(ticket, "message.queued", actor=actor, message=message, again=True)
    return message


def write(
    ticket: Ticket,
    conversation: Conversation,
    *,
    actor: Actor,
    body: str,
    html: str,
    attachment_ids: tuple[int, ...],
    **fields: object,
) -> Message:
    """Put a message to the customer into a conversation, ready to be sent. The caller holds the ticket."""
    html, pictures = take_inline_images(html, ticket=ticket, actor=actor)
    body = html_to_text(html) if html else body.replace("\x00", "").strip()
    _require_text(body, conversation, has_files=bool(attachment_ids or pictures))
    now = timezone.now()
    conversation.last_seq += 1
    conversation.last_message_at = now
    is_new = conversation.pk is None
    conversation.save(update_fields=None if is_new else ["last_seq", "last_message_at"])
    identity = conversation.identity
    message = Message.objects.create(
        ticket=ticket,
        conversation=conversation,
        inbox_id=conversation.inbox_id,
        seq=conversation.last_seq,
        kind=Message.Kind.REPLY,
        channel=conversation.channel,
        author=actor.user,
        author_name=actor.name,
        identity=identity,
        subject=ticket.subject,
        body=body,
        html=clean_html(html) if html else "",
        to=[[identity.name, identity.address]],
        delivery=Message.Delivery.QUEUED,
        status_before=ticket.status,
        created_at=now,
        **fields,
    )
    take_attachments(message, (*attachment_ids, *pictures), actor)
    return message


def _require_answerable(ticket: Ticket, status_after: str, *, is_automatic: bool) -> None:
    if ticket.status == Status.CLOSED and not is_automatic:
        raise ConflictError(
            _("This ticket is closed. Open a follow-up ticket to write again."), code="closed"
        )
    if status_after and status_after != ticket.status:
        require_move(ticket.status, status_after)
        if status_after == Status.SOLVED:
            require_fields_to_solve(ticket)


def _require_nothing_new(ticket: Ticket, seen_message_id: int, actor: Actor) -> None:
    newer = ticket.messages.filter(pk__gt=seen_message_id, is_automatic=False)
    newer = newer.exclude(kind=Message.Kind.NOTE).exclude(delivery=Message.Delivery.CANCELLED)
    ids = [pk for pk, author in newer.values_list("pk", "author") if author is None or author != _id(actor)]
    if ids:
        raise ConflictError(
            _("A message came while you were writing. Read it, then send again."),
            code="stale",
            messages=ids,
        )


def _id(actor: Actor) -> int | None:
    return actor.user.pk if actor.user else None


def _require_text(body: str, conversation: Conversation, *, has_files: bool) -> None:
    if not body and not has_files:
        raise DomainError(_("Write something before you send."), field="body", code="empty")
    limit = conversation.inbox.adapter.max_text
    if len(body) > limit:
        raise DomainError(
            _("This text is too long for this channel. Shorten it to %(limit)s characters.")
            % {"limit": limit},
            field="body",
            code="too_long",
        )


def _when(send_at: datetime | None, *, is_automatic: bool) -> datetime:
    now = timezone.now()
    if is_automatic:
        return now
    if send_at is not None and send_at > now + LATEST:
        raise DomainError(_("Choose a time within a year."), code="send_time", field="send_at")
    return max(send_at or now, now + timedelta(seconds=UNDO_SECONDS))


def _after_reply(ticket: Ticket, message: Message, actor: Actor) -> None:
    """The ticket follows its reply; what it was before is kept with the fact, for the undo."""
    lastmessage.show(ticket, message)
    before: dict[str, Any] = {name: _iso(getattr(ticket, name)) for name in _UNDONE}
    status_before = ticket.status
    if not message.is_automatic:
        ticket.first_replied_at = ticket.first_replied_at or message.created_at
        ticket.waiting_since = None
        to = message.status_after or (Status.OPEN if status_before == Status.NEW else status_before)
        if to != status_before:
            move(ticket, to)
        Draft.objects.filter(ticket=ticket, agent=actor.user, mode=Draft.Mode.REPLY).delete()
    keep(ticket, *lastmessage.LAST_MESSAGE, *MOVED, "first_replied_at")
    if ticket.status != status_before:
        record(ticket, "ticket.status_changed", actor=actor, before=status_before, after=ticket.status)
    record(
        ticket, "message.queued", actor=actor, message=message, automatic=message.is_automatic, before=before
    )


def _restore(ticket: Ticket, message: Message) -> None:
    """Put the ticket back to what it was before the reply, where nobody has changed it since."""
    fact = ticket.events.filter(message=message, kind="message.queued").first()
    said: dict[str, Any] = fact.data.get("before", {}) if fact else {}
    before = {name: parse_datetime(said.get(name) or "") for name in _UNDONE}
    if ticket.first_replied_at == message.created_at:
        ticket.first_replied_at = None
    after = message.status_after or (Status.OPEN if message.status_before == Status.NEW else "")
    if after and ticket.status == after:
        ticket.status = message.status_before
        ticket.solved_at, ticket.snoozed_until = before["solved_at"], before["snoozed_until"]
    waits = [moment for moment in (ticket.waiting_since, before["waiting_since"]) if moment]
    ticket.waiting_since = min(waits, default=None)
    lastmessage.refresh(ticket)
    keep(ticket, *lastmessage.LAST_MESSAGE, *MOVED, "first_replied_at")


def _back_to_draft(message: Message, actor: Actor) -> None:
    if actor.user is None or message.author_id != actor.user.pk:
        return
    mine = Draft.objects.filter(ticket=message.ticket_id, agent=actor.user, mode=Draft.Mode.REPLY)
    mine.filter(body="", attachments=None).delete()  # whom to copy, and nothing written: not another one
    draft, is_new = Draft.objects.get_or_create(
        ticket_id=message.ticket_id,
        agent=actor.user,
        mode=Draft.Mode.REPLY,
        defaults={
            "body": message.html or message.body,
            "conversation": message.conversation,
            "cc": typed(message.cc),
        },
    )
    if is_new:
        draft.attachments.set(release_attachments(message, actor=actor))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
