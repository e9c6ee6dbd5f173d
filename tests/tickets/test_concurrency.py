"""Races on tickets, which only a database with row locks shows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Team, User
from customers.actions.resolve import resolve_identity
from helpdesk.errors import ConflictError
from tests import make
from tickets.actions import delivery
from tickets.actions.assign import assign, take
from tickets.actions.draft import save_draft
from tickets.actions.merge import merge, unmerge
from tickets.actions.open import open_ticket
from tickets.actions.receive import receive
from tickets.actions.reply import cancel_reply, reply
from tickets.actions.snooze import snooze, wake, wake_due
from tickets.actions.split import split
from tickets.actions.status import change_status
from tickets.actions.tag import tag
from tickets.models import Draft, Event, Message, Operation, Status, Tag, Ticket

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs row locks: set DATABASE_URL"),
]


@pytest.fixture(params=range(4))
def _rounds(request: pytest.FixtureRequest) -> int:
    """Races are tried more than once."""
    return request.param


ROUNDS = pytest.mark.usefixtures("_rounds")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at one instant, each on a connection of its own; a refusal comes back as a value."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            return call()
        except ConflictError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]


def refusals(results: list[Any]) -> list[str]:
    return [result.code for result in results if isinstance(result, ConflictError)]


@pytest.fixture
def support() -> Team:
    return make.team("Support")


@pytest.fixture
def agents(support: Team) -> list[User]:
    return [make.agent(f"agent{number}", support) for number in range(8)]


@pytest.fixture
def mail(support: Team) -> Message:
    return make.message(team=support)


def test_the_same_send_eight_times_is_one_message(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])

    sent = at_once(
        *[lambda: reply(mail.ticket_id, actor=actor, body="Hi", client_id="c1").pk for _ in range(8)]
    )

    assert len(set(sent)) == 1
    assert Message.objects.filter(kind="out").count() == 1
    assert Event.objects.filter(kind="message.queued").count() == 1


def test_the_same_first_mail_eight_times_opens_one_ticket(mail: Message, agents: list[User]) -> None:
    actor, inbox = make.actor(agents[0]), mail.inbox
    values: dict[str, Any] = {"subject": "Loan", "body": "Hi", "address": "lee@mail.example"}

    opened = at_once(
        *[lambda: open_ticket(inbox=inbox, actor=actor, client_id="o1", **values).pk for _ in range(8)]
    )

    assert len(set(opened)) == 1


@ROUNDS
def test_two_agents_answer_and_one_is_told(mail: Message, agents: list[User]) -> None:
    def answer(agent: User) -> Callable[[], Any]:
        actor = make.actor(agent)
        return lambda: reply(mail.ticket_id, actor=actor, body=f"I am {agent}", seen_message_id=mail.pk)

    results = at_once(*[answer(agent) for agent in agents[:4]])

    assert refusals(results) == ["stale"] * 3
    assert Message.objects.filter(kind="out").count() == 1


def test_replies_are_counted_without_gaps(mail: Message, agents: list[User]) -> None:
    at_once(
        *[lambda a=agent: reply(mail.ticket_id, actor=make.actor(a), body="Hi") for agent in agents],
    )

    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 10))


def test_a_free_ticket_is_taken_once(mail: Message, agents: list[User]) -> None:
    results = at_once(*[lambda a=agent: take(mail.ticket_id, actor=make.actor(a)) for agent in agents])

    assert refusals(results) == ["taken"] * 7
    assert Event.objects.filter(kind="ticket.assigned").count() == 1


def test_assigned_by_two_the_facts_tell_one_story(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    at_once(*[lambda a=agent: assign(mail.ticket_id, to=a, actor=actor) for agent in agents])

    facts = list(Event.objects.filter(kind="ticket.assigned").order_by("pk"))
    assert len(facts) == 8
    before = [None, *[fact.data["assignee"] for fact in facts]]
    assert [fact.data["assignee_before"] for fact in facts] == before[:-1]
    assert Ticket.objects.get().assignee_id == before[-1]


@ROUNDS
def test_merged_into_each_other_at_once_one_stays(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    one, two = mail.ticket_id, make.ticket(inbox_=mail.inbox, subject="Other").pk

    results = at_once(
        lambda: merge(one, into_id=two, actor=actor), lambda: merge(two, into_id=one, actor=actor)
    )

    assert refusals(results) == ["merged"]
    kept = Ticket.objects.get(merged_into=None)
    assert kept.messages.count() == 2
    assert Operation.objects.count() == 1


@ROUNDS
def test_mail_during_a_merge_lands_on_the_kept_ticket(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    other = make.ticket(inbox_=mail.inbox, subject="Other").pk
    letters = [make.inbound(f"line {n}", in_reply_to=(mail.external_id,)) for n in range(4)]

    at_once(
        lambda: merge(mail.ticket_id, into_id=other, actor=actor),
        *[lambda i=letter: receive(mail.inbox, inbound=i) for letter in letters],
    )

    assert not Message.objects.filter(ticket__merged_into__isnull=False).exists()
    assert Message.objects.filter(ticket=other).count() == 6


@ROUNDS
def test_mail_during_an_unmerge_blocks_nobody(mail: Message, agents: list[User]) -> None:
    """The merged-away ticket has the higher number: locking it first would cross the unmerge."""
    actor = make.actor(agents[0])
    second = make.message(inbox_=mail.inbox, subject="Other")
    merged = merge(second.ticket_id, into_id=mail.ticket_id, actor=actor)
    letters = [make.inbound(f"line {n}", in_reply_to=(second.external_id,)) for n in range(4)]

    at_once(
        lambda: unmerge(merged.pk, actor=actor),
        *[lambda i=letter: receive(mail.inbox, inbound=i) for letter in letters],
    )

    assert Message.objects.count() == 6
    assert not Message.objects.filter(ticket__merged_into__isnull=False).exists()


@ROUNDS
def test_a_message_is_split_off_once(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    more = receive(mail.inbox, inbound=make.inbound("Loan?", in_reply_to=(mail.external_id,))).message
    assert more is not None

    results = at_once(*[lambda: split(more.pk, actor=actor) for _ in range(4)])

    assert len(refusals(results)) == 3
    assert Ticket.objects.count() == 2
    assert Operation.objects.count() == 1


@ROUNDS
def test_a_reply_is_either_taken_back_or_sent(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    message = reply(mail.ticket_id, actor=actor, body="Hi")
    Message.objects.filter(pk=message.pk).update(send_at=timezone.now())

    cancelled, *claimed = at_once(
        lambda: cancel_reply(message.pk, actor=actor),
        *[lambda: delivery.claim(message.pk) for _ in range(4)],
    )

    message.refresh_from_db()
    if isinstance(cancelled, ConflictError):
        assert (claimed.count(True), message.delivery) == (1, "sending")
    else:
        assert (claimed.count(True), message.delivery) == (0, "cancelled")


@pytest.mark.parametrize("is_known", [False, True], ids=["stranger", "known sender"])
def test_one_mail_delivered_eight_times_is_stored_once(support: Team, is_known: bool) -> None:
    """A stranger is serialised by the unique address, a known sender by the lock."""
    inbox, inbound = make.inbox(team=support), make.inbound()
    if is_known:
        resolve_identity(kind=inbound.sender.kind, address=inbound.sender.address)

    stored = at_once(*[lambda: receive(inbox, inbound=inbound).message for _ in range(8)])

    assert len({message.pk for message in stored}) == 1
    assert (Message.objects.count(), Ticket.objects.count()) == (1, 1)


@ROUNDS
def test_mail_and_replies_at_once_do_not_wait_for_each_other(mail: Message, agents: list[User]) -> None:
    """Mail holds the address and wants the ticket; a reply holds the ticket and names the address."""
    letters = [make.inbound(f"line {n}", in_reply_to=(mail.external_id,)) for n in range(4)]
    at_once(
        *[lambda i=letter: receive(mail.inbox, inbound=i) for letter in letters],
        *[lambda a=agent: reply(mail.ticket_id, actor=make.actor(a), body="Hi") for agent in agents[:4]],
    )

    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 10))


@ROUNDS
def test_woken_by_all_at_once_it_wakes_once(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    snooze(mail.ticket_id, until=timezone.now() + timedelta(hours=1), actor=actor)
    Ticket.objects.update(snoozed_until=timezone.now())
    letter = make.inbound(in_reply_to=(mail.external_id,))

    at_once(
        wake_due,
        wake_due,
        lambda: wake(mail.ticket_id, actor=actor),
        lambda: receive(mail.inbox, inbound=letter),
    )

    assert Ticket.objects.get().snoozed_until is None
    assert Event.objects.filter(kind="ticket.woken").count() == 1


@ROUNDS
def test_snoozed_again_while_it_wakes_it_sleeps(mail: Message, agents: list[User]) -> None:
    actor, later = make.actor(agents[0]), timezone.now() + timedelta(days=1)
    Ticket.objects.update(snoozed_until=timezone.now())

    at_once(wake_due, wake_due, lambda: snooze(mail.ticket_id, until=later, actor=actor))

    assert Ticket.objects.get().snoozed_until == later


@ROUNDS
def test_solved_while_the_customer_writes_it_is_open_or_solved_after(
    mail: Message, agents: list[User]
) -> None:
    actor = make.actor(agents[0])
    letter = make.inbound(in_reply_to=(mail.external_id,))

    at_once(
        lambda: change_status(mail.ticket_id, to="solved", actor=actor),
        lambda: receive(mail.inbox, inbound=letter),
    )

    ticket = Ticket.objects.get()
    last = Event.objects.filter(kind__in=["ticket.status_changed", "ticket.reopened"]).latest("pk")
    if ticket.status == Status.SOLVED:
        assert last.data["after"] == "solved"
        assert ticket.waiting_since is None
    else:
        assert (ticket.status, last.kind) == (Status.OPEN, "ticket.reopened")
        assert ticket.waiting_since is not None


def test_one_new_tag_on_many_tickets_is_one_tag(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])
    others = [make.ticket(inbox_=mail.inbox, subject=f"Other {n}").pk for n in range(7)]

    at_once(*[lambda t=pk: tag(t, add=["fraud"], actor=actor) for pk in [mail.ticket_id, *others]])

    assert Tag.objects.get().tickets.count() == 8


def test_of_two_tabs_one_keeps_its_text(mail: Message, agents: list[User]) -> None:
    actor = make.actor(agents[0])

    results = at_once(
        *[
            lambda n=number: (
                save_draft(mail.ticket_id, mode="reply", body=f"{n}", version=0, actor=actor).body
            )
            for number in range(4)
        ]
    )

    assert refusals(results) == ["draft_newer"] * 3
    assert Draft.objects.get().body in results
