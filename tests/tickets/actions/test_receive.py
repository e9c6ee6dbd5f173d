from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from channels_app.contract import Sender
from customers.models import Identity
from tests import make
from tickets.actions.assign import assign
from tickets.actions.receive import receive
from tickets.actions.reply import reply
from tickets.actions.status import change_status
from tickets.models import Event, Message, Status, Ticket

pytestmark = pytest.mark.django_db


def test_a_first_message_opens_a_ticket() -> None:
    inbox = make.inbox(team=make.team())

    received = receive(inbox, inbound=make.inbound("Hello"))

    assert received.outcome == "ticketed"
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.team, ticket.preview) == (Status.NEW, inbox.team, "Hello")
    assert ticket.waiting_since is not None
    assert list(Event.objects.values_list("kind", flat=True)) == ["ticket.opened", "message.received"]


def test_the_same_message_twice_is_stored_once() -> None:
    inbox, inbound = make.inbox(), make.inbound()

    first, second = receive(inbox, inbound=inbound), receive(inbox, inbound=inbound)

    assert second.outcome == "duplicate"
    assert second.message == first.message
    assert Message.objects.count() == 1


def test_a_signed_reference_threads_even_from_a_new_address(ticket: Ticket) -> None:
    first = ticket.messages.get()
    stranger = Sender("email", "other@mail.example")

    received = receive(
        first.inbox, inbound=make.inbound(sender=stranger, in_reply_to=(first.external_id,), subject="x")
    )

    assert (received.outcome, received.ticket) == ("threaded", ticket)


def test_a_bare_reference_from_a_stranger_opens_a_ticket_marked_maybe_related(ticket: Ticket) -> None:
    first = ticket.messages.get()
    stranger = Sender("email", "thief@mail.example")

    received = receive(
        first.inbox,
        inbound=make.inbound(sender=stranger, references=(first.external_id,), subject="Re: Blocked card"),
    )

    assert received.outcome == "ticketed"
    assert received.ticket != ticket
    assert received.ticket.maybe_related_to == ticket


def test_a_bare_reference_counts_from_a_participant_with_the_same_subject(ticket: Ticket) -> None:
    first = ticket.messages.get()
    again = make.inbound(references=(first.external_id,), subject="Trả lời: Blocked card")

    assert receive(first.inbox, inbound=again).ticket == ticket
    other = make.inbound(references=(first.external_id,), subject="Something else")
    assert receive(first.inbox, inbound=other).outcome == "ticketed"


def test_a_number_in_the_subject_counts_only_from_a_participant(ticket: Ticket) -> None:
    inbox = ticket.inbox
    assert receive(inbox, inbound=make.inbound(subject_ticket=ticket.pk)).ticket == ticket
    stranger = make.inbound(subject_ticket=ticket.pk, sender=Sender("email", "thief@mail.example"))
    assert receive(inbox, inbound=stranger).ticket != ticket


def _solved(ticket: Ticket, ada: object) -> Ticket:
    assign(ticket.pk, to=ada, actor=make.actor(ada))
    return change_status(ticket.pk, to=Status.SOLVED, actor=make.actor(ada))


def test_a_solved_ticket_reopens_within_the_window(ticket: Ticket, ada: object) -> None:
    _solved(ticket, ada)
    reference = make.inbound(in_reply_to=(ticket.messages.get().external_id,))

    receive(ticket.inbox, inbound=reference)

    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.events.filter(kind="ticket.reopened").count() == 1


def test_later_mail_opens_a_linked_follow_up(ticket: Ticket, ada: object) -> None:
    _solved(ticket, ada)
    Ticket.objects.update(solved_at=timezone.now() - timedelta(days=15))

    received = receive(ticket.inbox, inbound=make.inbound(in_reply_to=(ticket.messages.get().external_id,)))

    assert received.outcome == "follow_up"
    assert received.ticket.follow_up_of == ticket


def test_a_machine_does_not_reopen(ticket: Ticket, ada: object) -> None:
    _solved(ticket, ada)
    away = make.inbound(in_reply_to=(ticket.messages.get().external_id,), is_automatic=True)

    assert receive(ticket.inbox, inbound=away).outcome == "threaded"

    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED


def test_a_blocked_sender_is_not_heard(ticket: Ticket) -> None:
    Identity.objects.update(is_blocked=True)

    assert receive(ticket.inbox, inbound=make.inbound()).outcome == "blocked"
    assert Message.objects.count() == 1


def test_a_reply_from_us_does_not_hide_that_the_customer_wrote_again(ticket: Ticket, ada: object) -> None:
    reply(ticket.pk, actor=make.actor(ada), body="On it")
    ticket.refresh_from_db()
    assert ticket.waiting_since is None

    first = ticket.messages.first()
    receive(ticket.inbox, inbound=replace(make.inbound(), in_reply_to=(first.external_id,)))

    ticket.refresh_from_db()
    assert ticket.waiting_since is not None
