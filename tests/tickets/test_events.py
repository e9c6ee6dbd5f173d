"""Facts reach every subscriber: many at once where that is cheaper, alone where something fails."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from helpdesk import wiring
from tests import make
from tickets import search
from tickets.models import Event, Notification, SearchEntry, Ticket
from tickets.tasks import react

pytestmark = pytest.mark.django_db


def waiting() -> list[int]:
    return list(Event.objects.filter(handled_at=None).order_by("pk").values_list("pk", flat=True))


def some_tickets() -> list[Ticket]:
    team = make.team("Support")
    return [make.ticket(team=team, subject=f"Matter {number}") for number in range(3)]


def test_many_facts_are_handled_together(django_assert_max_num_queries: Any) -> None:
    some_tickets()

    with django_assert_max_num_queries(20):
        react(waiting())

    assert not waiting()
    assert SearchEntry.objects.count() == 3
    assert set(Event.objects.exclude(attempts=0).values_list("attempts", flat=True)) == {1}


def test_what_fails_together_is_done_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(events: list[Event]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(search, "on_events", fail)
    some_tickets()

    react(waiting())

    assert not waiting()
    assert SearchEntry.objects.count() == 3


def test_one_that_fails_is_kept_for_later_and_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = some_tickets()
    really = search.on_event

    def fail(event: Any) -> None:
        if not isinstance(event, Event) or event.ticket_id == tickets[1].pk:
            raise ZeroDivisionError
        really(event)

    monkeypatch.setattr(search, "on_events", fail)
    monkeypatch.setattr(search, "on_event", fail)

    react(waiting())

    (left,) = Event.objects.filter(pk__in=waiting())
    assert (left.ticket_id, left.failed, left.attempts) == (tickets[1].pk, [wiring.INDEX], 1)
    assert SearchEntry.objects.count() == 2

    monkeypatch.undo()
    react(waiting())
    assert not waiting()
    assert SearchEntry.objects.count() == 3


def test_many_new_tickets_are_given_out_as_far_as_there_is_room() -> None:
    team = make.team("Support")
    agent = make.agent("ana", team, online=True, capacity=2)
    tickets = [make.ticket(team=team) for _ in range(3)]

    for _ in range(3):
        react(waiting())

    owners = [Ticket.objects.get(pk=ticket.pk).assignee for ticket in tickets]
    assert owners == [agent, agent, None]


def test_what_reopened_a_ticket_is_told_though_older_facts_do_not_name_it(ada: User, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(assignee=ada, status="solved")
    make.message(inbox_=ticket.inbox, subject=ticket.subject, text="Again", subject_ticket=ticket.pk)
    last = Event.objects.filter(kind="message.received").latest("pk")
    assert last.data["along"] == "ticket.reopened"
    Event.objects.filter(pk=last.pk).update(data={"automatic": False})

    react([last.pk])

    assert Notification.objects.get(user=ada).kind == "reopened"
