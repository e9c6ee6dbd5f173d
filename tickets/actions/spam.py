"""Put a ticket out of sight as spam, and bring it back as it was."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from customers.actions.block import set_blocked
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, lock_identities, locked_to_work_on
from tickets.models import Conversation, Ticket

_FIELDS = ("is_spam", "assignee", "assigned_at", "waiting_since", "snoozed_until")
_WAS = ("assignee_before", "waiting_since", "snoozed_until")


@transaction.atomic
def mark_spam(ticket_id: int, *, actor: Actor, block_sender: bool = False) -> Ticket:
    """Take the ticket out of the lists and off its assignee's load; block its senders if asked.

    The fact remembers what was changed, so that `unmark_spam` restores it. Marking twice is not a fact,
    but a second time may still block.
    """
    senders = lock_identities(_sender_ids(ticket_id)) if block_sender else []
    ticket = locked_to_work_on(ticket_id, actor)
    blocked = [each.pk for each in senders if set_blocked(each.pk, is_blocked=True, actor=actor.user)]
    if ticket.is_spam and not blocked:
        return ticket
    was = _as_it_was(ticket)
    was["blocked"] = sorted({*was["blocked"], *blocked})
    ticket.is_spam, ticket.assignee, ticket.assigned_at = True, None, None
    ticket.waiting_since = ticket.snoozed_until = None
    keep(ticket, *_FIELDS)
    record(ticket, "ticket.marked_spam", actor=actor, **was)
    return ticket


@transaction.atomic
def unmark_spam(ticket_id: int, *, actor: Actor) -> Ticket:
    """Bring the ticket back as it was, and hear the senders again whom the mark had blocked."""
    lock_identities(_sender_ids(ticket_id))
    ticket = locked_to_work_on(ticket_id, actor)
    if not ticket.is_spam:
        return ticket
    was = _as_it_was(ticket)
    for identity_id in was["blocked"]:
        set_blocked(identity_id, is_blocked=False, actor=actor.user)
    assignee = User.objects.filter(pk=was["assignee_before"], is_active=True).first()
    if assignee is not None and policies.can_work_on(Actor.of(assignee), ticket):
        ticket.assignee, ticket.assigned_at = assignee, timezone.now()
    ticket.is_spam = False
    ticket.waiting_since = parse_datetime(was["waiting_since"] or "")
    ticket.snoozed_until = parse_datetime(was["snoozed_until"] or "")
    ticket.routed_at = timezone.now()
    keep(ticket, *_FIELDS, "routed_at")
    record(ticket, "ticket.unmarked_spam", actor=actor, assignee=ticket.assignee_id, unblocked=was["blocked"])
    return ticket


def _sender_ids(ticket_id: int) -> list[int]:
    return list(Conversation.objects.filter(ticket=ticket_id).values_list("identity_id", flat=True))


def _as_it_was(ticket: Ticket) -> dict[str, Any]:
    """What the mark takes away: read from the ticket, or from the fact when it is marked already."""
    if ticket.is_spam:
        mark = ticket.events.filter(kind="ticket.marked_spam").last()
        return dict(mark.data) if mark else dict.fromkeys(_WAS, None) | {"blocked": []}
    return {
        "assignee_before": ticket.assignee_id,
        "waiting_since": ticket.waiting_since.isoformat() if ticket.waiting_since else None,
        "snoozed_until": ticket.snoozed_until.isoformat() if ticket.snoozed_until else None,
        "blocked": [],
    }
