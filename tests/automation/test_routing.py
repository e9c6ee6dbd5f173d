"""Which agent gets a ticket, and when."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.actions.people import set_active, update_user
from accounts.models import Membership, Presence, Role, Team, User
from automation import routing
from automation.actions.rules import save_rule
from helpdesk.errors import ConflictError, NotAllowedError
from tests import make
from tests.automation import facts
from tickets.actions.assign import assign, release
from tickets.actions.snooze import snooze
from tickets.actions.status import change_status
from tickets.actor import AUTOMATION
from tickets.models import Event, Priority, Status, Ticket

if TYPE_CHECKING:
    from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def support() -> Team:
    return make.team("Support")


def owner(ticket: Ticket) -> User | None:
    return Ticket.objects.get(pk=ticket.pk).assignee


def idle_for(user: User, minutes: int) -> None:
    Presence.objects.filter(user=user).update(last_assigned_at=timezone.now() - timedelta(minutes=minutes))


def test_a_new_ticket_goes_to_whom_is_there(support: Team) -> None:
    make.agent("gone", support)
    make.agent("light", support, role=Role.LIGHT, online=True)
    make.agent("elsewhere", make.team("Billing"), online=True)
    ana = make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)

    facts.run()

    assert owner(ticket) == ana


@pytest.mark.parametrize("state", ["away", "busy", "offline"])
def test_who_is_not_available_is_given_nothing(support: Team, state: str) -> None:
    ana = make.agent("ana", support, online=True)
    Presence.objects.filter(user=ana).update(state=state)

    assert routing.route(make.ticket(team=support).pk) is None


def test_the_least_loaded_relative_to_their_capacity_gets_it(support: Team) -> None:
    small = make.agent("small", support, online=True, capacity=2)
    large = make.agent("large", support, online=True, capacity=8)
    for agent, count in ((small, 1), (large, 3)):
        for _ in range(count):
            assign(make.ticket(team=support).pk, to=agent, actor=AUTOMATION)
    ticket = make.ticket(team=support)

    routing.route(ticket.pk)

    assert owner(ticket) == large  # 3 of 8 is less than 1 of 2


def test_weight_counts_not_number(support: Team) -> None:
    heavy = make.agent("heavy", support, online=True)
    many = make.agent("many", support, online=True)
    work = [make.ticket(team=support) for _ in range(3)]
    Ticket.objects.filter(pk=work[0].pk).update(weight=3)
    assign(work[0].pk, to=heavy, actor=AUTOMATION)
    for each in work[1:]:
        assign(each.pk, to=many, actor=AUTOMATION)
    ticket = make.ticket(team=support)

    routing.route(ticket.pk)

    assert owner(ticket) == many


def test_ties_go_to_the_longest_idle_and_the_never_given_first(support: Team) -> None:
    recent, idle, fresh = (make.agent(name, support, online=True) for name in ("recent", "idle", "fresh"))
    idle_for(recent, 2)
    idle_for(idle, 30)
    tickets = [make.ticket(team=support) for _ in range(2)]

    routing.route(tickets[0].pk)
    routing.route(tickets[1].pk)

    assert (owner(tickets[0]), owner(tickets[1])) == (fresh, idle)


@pytest.mark.parametrize("status", [Status.PENDING, Status.ON_HOLD, Status.SOLVED])
def test_work_that_waits_on_others_is_no_load(support: Team, status: str) -> None:
    ana = make.agent("ana", support, online=True, capacity=1)
    first = make.ticket(team=support)
    assign(first.pk, to=ana, actor=AUTOMATION)
    Ticket.objects.filter(pk=first.pk).update(status=status)

    assert routing.route(make.ticket(team=support).pk) is not None


def test_a_ticket_heavier_than_the_room_left_waits(support: Team) -> None:
    make.agent("ana", support, online=True, capacity=2)
    ticket = make.ticket(team=support)
    Ticket.objects.filter(pk=ticket.pk).update(weight=Decimal("2.5"))

    assert routing.route(ticket.pk) is None


def test_the_limit_of_a_channel_is_kept(support: Team) -> None:
    ana = make.agent("ana", support, online=True, channel_limits={"api": 1})
    first, second = make.ticket(team=support), make.ticket(team=support)

    routing.route(first.pk)

    assert owner(first) == ana
    assert routing.route(second.pk) is None
    Ticket.objects.filter(pk=second.pk).update(channel="form")
    assert routing.route(second.pk) is not None


def test_the_ticket_says_why(support: Team) -> None:
    for name in ("x", "y"):
        make.agent(name, support)
    full = make.agent("full", support, online=True, capacity=1)
    make.agent("other", support, online=True, capacity=2)
    ana = make.agent("ana", support, online=True, capacity=6)
    assign(make.ticket(team=support).pk, to=full, actor=AUTOMATION)
    assign(make.ticket(team=support).pk, to=ana, actor=AUTOMATION)
    assign(make.ticket(team=support).pk, to=User.objects.get(username="other"), actor=AUTOMATION)
    idle_for(ana, 11)
    ticket = make.ticket(team=support)

    routing.route(ticket.pk)

    why = ticket.events.get(kind="ticket.assigned").data["why"]
    text = "of 5: 2 offline, 1 at limit; load 1 of 6, the least; idle 11 min"
    assert why == {
        "candidates": 5, "offline": 2, "away": 0, "at_limit": 1, "load": 1.0, "capacity": 6.0,
        "idle_minutes": 11, "text": text,
    }  # fmt: skip
    assert Ticket.objects.get(pk=ticket.pk).assigned_why == text


def test_nobody_free_it_waits_and_is_given_out_urgent_first_then_oldest(support: Team) -> None:
    ana = make.agent("ana", support, online=True, capacity=1)
    busy_with = make.ticket(team=support)
    facts.run()
    assert owner(busy_with) == ana
    old, young, urgent = (make.ticket(team=support) for _ in range(3))
    Ticket.objects.filter(pk=urgent.pk).update(priority=Priority.URGENT)
    facts.run()
    given = []

    for _ in range(3):
        held = Ticket.objects.get(assignee=ana, status=Status.OPEN)
        change_status(held.pk, to=Status.SOLVED, actor=make.actor(ana))
        facts.run()
        given.append(Ticket.objects.get(assignee=ana, status=Status.OPEN))

    assert given == [urgent, old, young]


def test_a_newcomer_does_not_overtake_who_waits(support: Team) -> None:
    old = make.ticket(team=support)
    ana = make.agent("ana", support, online=True, capacity=1)
    new = make.ticket(team=support)

    routing.route(new.pk)

    assert (owner(old), owner(new)) == (ana, None)


@pytest.mark.parametrize("frees", ["pending", "snoozed", "released"])
def test_room_made_is_filled_at_once(support: Team, frees: str) -> None:
    ana = make.agent("ana", support, online=True, capacity=1)
    first, second = make.ticket(team=support), make.ticket(team=support)
    facts.run()
    assert (owner(first), owner(second)) == (ana, None)

    if frees == "pending":
        change_status(first.pk, to=Status.PENDING, actor=make.actor(ana))
    elif frees == "snoozed":
        snooze(first.pk, until=timezone.now() + timedelta(hours=1), actor=make.actor(ana))
    else:
        release(first.pk, actor=make.actor(ana))
    facts.run()

    assert owner(second) == ana


def test_who_gives_a_ticket_back_is_not_given_it_again(support: Team) -> None:
    ana = make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)
    facts.run()

    release(ticket.pk, actor=make.actor(ana))
    facts.run()
    assert owner(ticket) is None

    ben = make.agent("ben", support, online=True)
    routing.on_person("person.came_online", ben.pk)
    assert owner(ticket) == ben


def test_a_reopened_ticket_goes_back_to_whom_it_had(support: Team) -> None:
    ana = make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)
    facts.run()
    change_status(ticket.pk, to=Status.SOLVED, actor=make.actor(ana))
    make.agent("ben", support, online=True)

    make.reply_from_customer(ticket)
    facts.run()

    assert owner(ticket) == ana
    assert not ticket.events.filter(kind="ticket.released").exists()


@pytest.mark.parametrize("absence", ["offline", "other team", "deactivated"])
def test_a_reopened_ticket_of_somebody_absent_is_routed_again(support: Team, absence: str) -> None:
    ana = make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)
    facts.run()
    change_status(ticket.pk, to=Status.SOLVED, actor=make.actor(ana))
    ben = make.agent("ben", support, online=True)
    if absence == "offline":
        Presence.objects.filter(user=ana).update(state="offline")
    elif absence == "other team":
        Membership.objects.filter(user=ana).delete()
    else:
        User.objects.filter(pk=ana.pk).update(is_active=False)

    make.reply_from_customer(ticket)
    facts.run()

    assert owner(ticket) == ben


def test_spam_and_resolved_tickets_are_not_given_out(support: Team) -> None:
    make.agent("ana", support, online=True)
    spam, solved = make.ticket(team=support), make.ticket(team=support)
    Ticket.objects.filter(pk=spam.pk).update(is_spam=True)
    Ticket.objects.filter(pk=solved.pk).update(status=Status.SOLVED)

    facts.run()

    assert owner(spam) is owner(solved) is None


def test_a_fact_handled_twice_changes_nothing(support: Team) -> None:
    make.agent("ana", support, online=True)
    make.agent("ben", support, online=True)
    ticket = make.ticket(team=support)
    facts.run()
    first = owner(ticket)

    for event in Event.objects.filter(ticket=ticket):
        routing.on_event(event)

    assert owner(ticket) == first
    assert ticket.events.filter(kind="ticket.assigned").count() == 1


def test_the_sweep_gives_out_what_a_lost_fact_left(support: Team) -> None:
    ana = make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)

    assert routing.give_out_everything() == [ticket.pk]
    assert owner(ticket) == ana


def test_a_pull_team_is_not_given_tickets(support: Team) -> None:
    Team.objects.update(routing=Team.Routing.PULL)
    make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)

    facts.run()

    assert routing.give_out_everything() == []
    assert owner(ticket) is None


def test_the_next_best_is_the_most_urgent_then_the_oldest(support: Team) -> None:
    Team.objects.update(routing=Team.Routing.PULL)
    ana = make.agent("ana", support)
    old, young, urgent = (make.ticket(team=support) for _ in range(3))
    make.ticket(team=make.team("Billing"))
    Ticket.objects.filter(pk=urgent.pk).update(priority=Priority.URGENT)

    taken = [routing.next_best(ana) for _ in range(4)]

    assert taken == [urgent, old, young, None]
    assert owner(old) == ana
    assert urgent.events.get(kind="ticket.assigned").actor == ana


def test_what_one_gave_back_is_not_ones_next_best(support: Team) -> None:
    ana = make.agent("ana", support)
    ticket = make.ticket(team=support)
    assert routing.next_best(ana) == ticket
    release(ticket.pk, actor=make.actor(ana))

    assert routing.next_best(ana) is None
    assert routing.next_best(make.agent("ben", support)) == ticket


def test_a_light_agent_has_no_next_best(lou: User) -> None:
    with pytest.raises(NotAllowedError):
        routing.next_best(lou)


def test_routing_takes_nothing_from_anyone(support: Team, ada: User, sam: User) -> None:
    ticket = make.ticket(team=support)
    assign(ticket.pk, to=ada, actor=AUTOMATION)

    with pytest.raises(ConflictError):
        assign(ticket.pk, to=sam, actor=AUTOMATION, only_if_unassigned=True)
    assert owner(ticket) == ada


def test_people_who_leave_hand_back_what_they_hold(support: Team) -> None:
    ana = make.agent("ana", support, online=True)
    ticket, solved = make.ticket(team=support), make.ticket(team=support)
    facts.run()
    Ticket.objects.filter(pk=solved.pk).update(status=Status.SOLVED)
    ben = make.agent("ben", support, online=True)
    Membership.objects.filter(user=ana).delete()

    routing.on_person("person.teams_changed", ana.pk)
    facts.run()

    assert (owner(ticket), owner(solved)) == (ben, ana)


def test_routing_costs_the_same_whatever_the_size(
    support: Team, django_assert_max_num_queries: object
) -> None:
    for number in range(3):
        make.agent(f"a{number}", support, online=True)
    few = _queries(make.ticket(team=support), django_assert_max_num_queries)
    for number in range(3, 30):
        make.agent(f"a{number}", support, online=True)

    assert _queries(make.ticket(team=support), django_assert_max_num_queries) == few


def _queries(ticket: Ticket, budget: object) -> int:
    captured: CaptureQueriesContext
    with budget(24) as captured:  # type: ignore[operator]
        assert routing.route(ticket.pk) is not None
    print(f"routing one ticket: {len(captured.captured_queries)} queries")
    return len(captured.captured_queries)


def test_a_new_ticket_takes_two_tasks_with_or_without_a_rule(
    support: Team, eve: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """With the one that understood the call that makes three for a mail."""
    tasks: list[tuple[Any, ...]] = []
    monkeypatch.setattr("helpdesk.live.enqueue", lambda task, *args: tasks.append((task, *args)))
    billing = make.team("Billing")
    make.agent("ana", billing, online=True)
    save_rule(None, name="all", conditions={}, team=billing, actor=make.actor(eve))

    with django_capture_on_commit_callbacks(execute=True):
        ticket = make.ticket(team=support)
    done = 0
    while done < len(tasks):
        task, *args = tasks[done]
        done += 1
        with django_capture_on_commit_callbacks(execute=True):
            task(*args)

    assert owner(ticket) is not None
    assert done == 2


def test_who_is_switched_off_hands_everything_over(
    support: Team, eve: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    ana = make.agent("ana", support, online=True)
    ticket = make.ticket(team=support)
    facts.run()
    ben = make.agent("ben", support, online=True)
    monkeypatch.setattr("helpdesk.live.enqueue", lambda task, *args: task(*args))

    with django_capture_on_commit_callbacks(execute=True):
        set_active(ana, active=False, actor=eve)
    facts.run()

    assert owner(ticket) == ben


def test_more_capacity_is_used_at_once(
    support: Team, eve: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    ana = make.agent("ana", support, online=True, capacity=1)
    tickets = [make.ticket(team=support) for _ in range(2)]
    facts.run()
    assert owner(tickets[1]) is None
    monkeypatch.setattr("helpdesk.live.enqueue", lambda task, *args: task(*args))

    with django_capture_on_commit_callbacks(execute=True):
        update_user(ana, capacity=2, actor=eve)

    assert owner(tickets[1]) == ana
