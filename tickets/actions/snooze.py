"""Put a ticket aside until a time, and bring it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError
from tickets.actor import AUTOMATION, Actor
from tickets.events import record
from tickets.locking import keep, locked_ticket, locked_to_work_on
from tickets.models import Ticket

LONGEST = timedelta(days=366)
BATCH = 500


@transaction.atomic
def snooze(ticket_id: int, *, until: datetime, actor: Actor) -> Ticket:
    """Hide the ticket until a time. It wakes earlier when the customer writes.

    Raises DomainError for a time in the past or too far ahead, ConflictError for resolved work.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    now = timezone.now()
    if not now < until <= now + LONGEST:
        raise DomainError(_("Choose a time in the future, within a year."), code="snooze_time", field="until")
    if not ticket.is_unresolved:
        raise ConflictError(_("This ticket is resolved. Reopen it before you snooze it."), code="resolved")
    if ticket.snoozed_until == until:
        return ticket
    ticket.snoozed_until = until
    keep(ticket, "snoozed_until")
    record(ticket, "ticket.snoozed", actor=actor, until=until.isoformat())
    return ticket


@transaction.atomic
def wake(ticket_id: int, *, actor: Actor) -> Ticket:
    """Bring a snoozed ticket back now. Waking it twice is not a fact."""
    return _wake(locked_to_work_on(ticket_id, actor), actor, because="agent")


def wake_due() -> int:
    """Bring back every ticket whose time has come. Returns how many. Run by beat."""
    due = Ticket.objects.filter(snoozed_until__lte=timezone.now()).order_by("snoozed_until")
    return sum(_wake_if_due(ticket_id) for ticket_id in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _wake_if_due(ticket_id: int) -> bool:
    ticket = locked_ticket(ticket_id)
    if ticket.snoozed_until is None or ticket.snoozed_until > timezone.now():
        return False  # a message woke it, or it was snoozed again, since we looked
    _wake(ticket, AUTOMATION, because="time")
    return True


def _wake(ticket: Ticket, actor: Actor, *, because: str) -> Ticket:
    if ticket.snoozed_until is None:
        return ticket
    ticket.snoozed_until = None
    keep(ticket, "snoozed_until")
    record(ticket, "ticket.woken", actor=actor, because=because)
    return ticket
