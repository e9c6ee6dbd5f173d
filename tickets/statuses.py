"""Which status may follow which. One table, read by actions, menus and the API."""

from __future__ import annotations

from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError
from tickets.models import Status

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
    if after not in MOVES[before]:
        raise ConflictError(
            _("A ticket that is “%(before)s” cannot become “%(after)s”.")
            % {"before": Status(before).label, "after": Status(after).label},
            code="status_move",
            field="status",
        )
