"""Move a ticket along: open, pending, on hold, solved, closed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError
from tickets.actor import AUTOMATION, Actor
from tickets.events import record
from tickets.locking import keep, locked_ticket, locked_to_work_on
from tickets.models import CustomField, Status, Ticket
from tickets.models.ticket import REOPEN_WINDOW
from tickets.statuses import MOVED, move, require_move

BATCH = 500


@transaction.atomic
def change_status(ticket_id: int, *, to: str, actor: Actor) -> Ticket:
    """Set the status. Setting the one it has is not a fact.

    Raises ConflictError for a move the table does not allow, DomainError with the field's key when a
    custom field that must be filled to solve is empty.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    before = ticket.status
    if to == before:
        return ticket
    require_move(before, to)
    if to == Status.SOLVED:
        require_fields_to_solve(ticket)
    move(ticket, to)
    keep(ticket, *MOVED)
    kind = "ticket.reopened" if before == Status.SOLVED and to != Status.CLOSED else "ticket.status_changed"
    record(ticket, kind, actor=actor, before=before, after=to)
    return ticket


def close_solved() -> int:
    """Close what was solved longer ago than a customer may reopen. Returns how many. Run by beat."""
    old = Ticket.objects.filter(status=Status.SOLVED, solved_at__lte=timezone.now() - REOPEN_WINDOW)
    return sum(
        _close_if_old(ticket_id)
        for ticket_id in old.order_by("solved_at").values_list("pk", flat=True)[:BATCH]
    )


@transaction.atomic
def _close_if_old(ticket_id: int) -> bool:
    ticket = locked_ticket(ticket_id)
    if ticket.status != Status.SOLVED or ticket.accepts_customer_message:
        return False  # it was reopened since we looked
    move(ticket, Status.CLOSED)
    keep(ticket, *MOVED)
    record(
        ticket,
        "ticket.status_changed",
        actor=AUTOMATION,
        before=Status.SOLVED,
        after=Status.CLOSED,
        because="time",
    )
    return True


def require_fields_to_solve(ticket: Ticket) -> None:
    """Raise DomainError, naming the field, when something must still be filled in."""
    for field in CustomField.objects.filter(is_active=True, is_required_to_solve=True):
        applies = not field.types or ticket.type in field.types
        if applies and ticket.custom.get(field.key) in (None, "", False):
            raise DomainError(
                _("Fill in “%(field)s” before you solve this ticket.") % {"field": field.label},
                code="field_required",
                field=field.key,
            )
