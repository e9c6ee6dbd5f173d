"""Which status may follow which. One table, read by actions, menus and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError
from tickets.models import Status

if TYPE_CHECKING:
    from tickets.models import Ticket

MOVED = ("status", "solved_at", "closed_at", "snoozed_until", "waiting_since")  # what `move` may change
MOVES: dict[str, frozenset[str]] = {
    Status.NEW: frozenset({Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED}),
    Status.OPEN: frozenset({Status.PENDING, Status.ON_HOLD, Status.SOLVED}),
    Status.PENDING: frozenset({Status.OPEN, Status.ON_HOLD, Status.SOLVED}),
    Status.ON_HOLD: frozenset({Status.OPEN, Status.PENDING, Status.SOLVED}),
    Status.SOLVED: frozenset({Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.CLOSED}),
    Status.CLOSED: frozenset(),  # closed is the end: what comes later is a follow-up ticket
}


def require_move(before: str, after: str) -> None:
    """Raise ConflictError when a ticket may not go from one status to the other."""
    if after not in Status.values:
        raise DomainError(_("Choose a status from the list."), code="choice", field="status")
    if after not in MOVES[before]:
        raise ConflictError(
            _("A ticket that is “%(before)s” cannot become “%(after)s”.")
            % {"before": Status(before).label, "after": Status(after).label},
            code="status_move",
            field="status",
        )


def move(ticket: Ticket, to: str) -> None:
    """Set the status on the row at hand, with the times that go with it. The caller writes `MOVED`."""
    now, before, ticket.status = timezone.now(), ticket.status, to
    if to == Status.SOLVED:
        ticket.solved_at, ticket.snoozed_until, ticket.waiting_since = now, None, None
    elif to == Status.CLOSED:
        ticket.closed_at, ticket.snoozed_until, ticket.waiting_since = now, None, None
    elif before == Status.SOLVED:
        ticket.solved_at = None
