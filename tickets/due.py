"""When something is due on a ticket next: the one moment that lists sort by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickets.models import NEVER

if TYPE_CHECKING:
    from datetime import datetime

    from tickets.models import Ticket


def next_due(ticket: Ticket) -> datetime:
    """Return the nearest moment at which we owe something, or NEVER.

    A snoozed ticket is due when it wakes, whatever else was promised. Whoever moves one of the moments
    read here keeps `next_due_at` by `tickets.locking.keep`.
    """
    if not ticket.is_unresolved or ticket.is_spam or ticket.merged_into_id is not None:
        return NEVER
    if ticket.snoozed_until is not None:
        return ticket.snoozed_until
    first_reply = ticket.first_reply_due_at if ticket.first_replied_at is None else None
    moments = [first_reply, ticket.solve_due_at, ticket.due_at]
    return min((moment for moment in moments if moment is not None), default=NEVER)
