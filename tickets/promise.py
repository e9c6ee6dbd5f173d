"""What a ticket promised, as a row or a header shows it. No query: everything stands on the ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.utils import timezone

from tickets.models import NEVER, RESOLVED, Status

if TYPE_CHECKING:
    from datetime import datetime

SOON_SHARE = 0.25  # the last quarter of the time


class HasTimes(Protocol):
    """A ticket, or the values of one."""

    @property
    def status(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def next_due_at(self) -> datetime: ...

    @property
    def first_reply_due_at(self) -> datetime | None: ...

    @property
    def solve_due_at(self) -> datetime | None: ...

    @property
    def first_replied_at(self) -> datetime | None: ...

    @property
    def snoozed_until(self) -> datetime | None: ...

    @property
    def solved_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Due:
    """The next promise: `state` is "", ok, soon, breached, paused or met; the rest is for the drawing."""

    state: str = ""
    due_at: datetime | None = None
    started_at: datetime | None = None
    target: str = ""  # first_reply, resolution, or nothing for a time set by hand
    met_seconds: float | None = None


NOTHING_DUE = Due()


def due_of(ticket: HasTimes, now: datetime | None = None) -> Due:
    """Return what is due next on a ticket, and how it stands."""
    if ticket.status in RESOLVED:
        return _met(ticket)
    if ticket.next_due_at >= NEVER or ticket.next_due_at == ticket.snoozed_until:
        return NOTHING_DUE
    due_at = ticket.next_due_at
    target = _target(ticket)
    started = ticket.created_at if target else None  # a time set by hand has no beginning
    if ticket.status == Status.PENDING:
        return Due("paused", due_at, started, target)
    left = (due_at - (now or timezone.now())).total_seconds()
    if left < 0:
        return Due("breached", due_at, started, target)
    whole = (due_at - started).total_seconds() if started else 0
    state = "soon" if whole > 0 and left <= whole * SOON_SHARE else "ok"
    return Due(state, due_at, started, target)


def _met(ticket: HasTimes) -> Due:
    if ticket.solve_due_at is None or ticket.solved_at is None:
        return NOTHING_DUE
    if ticket.solved_at > ticket.solve_due_at:
        return Due("", ticket.solve_due_at, ticket.created_at, "resolution")
    seconds = (ticket.solved_at - ticket.created_at).total_seconds()
    return Due("met", ticket.solve_due_at, ticket.created_at, "resolution", seconds)


def _target(ticket: HasTimes) -> str:
    if ticket.first_replied_at is None and ticket.next_due_at == ticket.first_reply_due_at:
        return "first_reply"
    return "resolution" if ticket.next_due_at == ticket.solve_due_at else ""
