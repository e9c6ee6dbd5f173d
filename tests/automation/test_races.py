"""Workers at once: real rows, real locks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from automation import routing
from tests import make
from tests.automation import facts
from tickets.actions.status import change_status
from tickets.models import Event, Status, Ticket

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs row locks"),
]
assert connection  # named in the condition above


def at_once(*calls: Callable[[], object]) -> list[Exception]:
    """Run the calls in threads that start together; return what they raised."""
    barrier, errors = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait()
            call()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_eight_workers_give_one_ticket_once() -> None:
    for name in ("ana", "ben", "cam"):
        make.agent(name, make.team(), online=True)
    ticket = make.ticket(team=make.team())

    errors = at_once(*[lambda: routing.route(ticket.pk)] * 8)

    assert not errors
    assert Event.objects.filter(ticket=ticket, kind="ticket.assigned").count() == 1


def test_twenty_tickets_at_once_overfill_nobody() -> None:
    agents = [make.agent(name, make.team(), online=True, capacity=2) for name in ("ana", "ben", "cam")]
    tickets = [make.ticket(team=make.team()) for _ in range(20)]

    errors = at_once(*[lambda each=each: routing.route(each.pk) for each in tickets])

    assert not errors
    held = Counter(Ticket.objects.exclude(assignee=None).values_list("assignee_id", flat=True))
    assert held == {agent.pk: 2 for agent in agents}
    assert Ticket.objects.filter(assignee=None).count() == 14


def test_what_is_solved_at_once_is_followed_by_as_much() -> None:
    agents = [make.agent(name, make.team(), online=True, capacity=2) for name in ("ana", "ben", "cam")]
    for _ in range(12):
        make.ticket(team=make.team())
    facts.run()
    held = list(Ticket.objects.exclude(assignee=None).select_related("assignee"))
    assert len(held) == 6

    def solve(ticket: Ticket) -> None:
        change_status(ticket.pk, to=Status.SOLVED, actor=make.actor(ticket.assignee))
        routing.give_out_for(ticket.assignee_id)

    errors = at_once(*[lambda each=each: solve(each) for each in held])

    assert not errors
    active = Counter(Ticket.objects.filter(status=Status.OPEN).values_list("assignee_id", flat=True))
    assert active == {agent.pk: 2 for agent in agents}


def test_agents_in_two_teams_are_not_filled_from_both_sides() -> None:
    one, two = make.team("One"), make.team("Two")
    for name in ("ana", "ben"):
        make.agent(name, one, two, online=True, capacity=3)
    tickets = [make.ticket(team=team) for _ in range(8) for team in (one, two)]

    errors = at_once(*[lambda each=each: routing.route(each.pk) for each in tickets])

    assert not errors
    assert Ticket.objects.exclude(assignee=None).count() == 6


def test_agents_who_ask_at_once_get_different_tickets() -> None:
    agents = [make.agent(f"a{number}", make.team()) for number in range(8)]
    for _ in range(8):
        make.ticket(team=make.team())

    errors = at_once(*[lambda each=each: routing.next_best(each) for each in agents])

    assert not errors
    assert Ticket.objects.values("assignee").distinct().count() == 8
