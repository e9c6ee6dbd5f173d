"""What is due next on a ticket, and how it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tickets.models import NEVER, Ticket
from tickets.promise import NOTHING_DUE, due_of

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ticket(**values: object) -> Ticket:
    return Ticket(status="open", created_at=NOW - 4 * HOUR, **values)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("left", "state"),
    [(4 * HOUR, "ok"), (2 * HOUR, "ok"), (HOUR, "soon"), (timedelta(0), "soon"), (-HOUR, "breached")],
)
def test_the_last_quarter_is_soon_and_time_over_is_breached(left: timedelta, state: str) -> None:
    due = due_of(ticket(next_due_at=NOW + left, first_reply_due_at=NOW + left), NOW)

    assert (due.state, due.target, due.started_at) == (state, "first_reply", NOW - 4 * HOUR)


def test_the_clock_rests_while_we_wait_for_the_customer() -> None:
    waiting = ticket(next_due_at=NOW + HOUR, solve_due_at=NOW + HOUR)
    waiting.status = "pending"

    assert (due_of(waiting, NOW).state, due_of(waiting, NOW).target) == ("paused", "resolution")


def test_a_time_set_by_hand_has_no_target() -> None:
    due = due_of(ticket(next_due_at=NOW + HOUR, due_at=NOW + HOUR), NOW)

    assert (due.state, due.target, due.started_at) == ("ok", "", None)


@pytest.mark.parametrize(
    "values", [{"next_due_at": NEVER}, {"next_due_at": NOW + HOUR, "snoozed_until": NOW + HOUR}]
)
def test_nothing_promised_and_a_snooze_are_no_promise(values: dict[str, datetime]) -> None:
    assert due_of(ticket(**values), NOW) == NOTHING_DUE


@pytest.mark.parametrize(("solved_at", "state"), [(NOW - HOUR, "met"), (NOW + HOUR, "")])
def test_a_solved_ticket_met_its_promise_or_did_not(solved_at: datetime, state: str) -> None:
    solved = ticket(solve_due_at=NOW, solved_at=solved_at)
    solved.status = "solved"

    due = due_of(solved, NOW)

    assert due.state == state
    assert due.met_seconds == (3 * 3600 if state else None)


def test_a_solved_ticket_without_promise_shows_none() -> None:
    solved = ticket(solved_at=NOW)
    solved.status = "closed"

    assert due_of(solved, NOW) == NOTHING_DUE
