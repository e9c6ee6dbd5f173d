"""The first step of every action on a ticket: take its row, alone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, NotFoundError
from tickets.models import Ticket


def locked_ticket(ticket_id: int) -> Ticket:
    """Return the ticket, locked until the transaction ends. Raises NotFoundError."""
    ticket = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFoundError(_("There is no such ticket."))
    return ticket


def require_here(ticket: Ticket) -> None:
    """Raise ConflictError for a ticket that was merged away: work goes on where it went."""
    if ticket.merged_into_id is not None:
        raise ConflictError(
            _("This ticket was merged into #%(number)s. Go on there.") % {"number": ticket.merged_into_id},
            code="merged",
            into=ticket.merged_into_id,
        )
