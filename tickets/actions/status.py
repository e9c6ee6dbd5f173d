"""Move a ticket along: open, pending, on hold, solved, closed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import locked_ticket, require_here
from tickets.models import CustomField, Status, Ticket
from tickets.statuses import require_move


@transaction.atomic
def change_status(ticket_id: int, *, to: str, actor: Actor) -> Ticket:
    """Set the status. Setting the one it has is not a fact.

    Raises ConflictError for a move the table does not allow, DomainError with the field's key when a
    custom field that must be filled to solve is empty.
    """
    ticket = locked_ticket(ticket_id)
    policies.require_work_on(actor, ticket)
    require_here(ticket)
    before = ticket.status
    if to == before:
        return ticket
    require_move(before, to)
    if to == Status.SOLVED:
        require_fields_to_solve(ticket)
    now = timezone.now()
    ticket.status, ticket.updated_at = to, now
    if to == Status.SOLVED:
        ticket.solved_at, ticket.snoozed_until, ticket.waiting_since = now, None, None
    elif to == Status.CLOSED:
        ticket.closed_at = now
    elif before == Status.SOLVED:
        ticket.solved_at = None
    ticket.save(
        update_fields=["status", "updated_at", "solved_at", "closed_at", "snoozed_until", "waiting_since"]
    )
    kind = "ticket.reopened" if before == Status.SOLVED and to != Status.CLOSED else "ticket.status_changed"
    record(ticket, kind, actor=actor, before=before, after=to)
    return ticket


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
