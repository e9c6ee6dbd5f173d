"""Who gets a copy of a reply."""

from __future__ import annotations

import pytest

from accounts.models import User
from customers.models import Identity
from tests import make
from tickets.actions.receive import receive
from tickets.actions.reply import reply
from tickets.models import Ticket
from tickets.recipients import envelope, kept_copies, last_envelope, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(ada: User) -> Ticket:
    """Mia wrote to us, and copied her boss, two inboxes of ours, a colleague and herself at work."""
    support = make.team("Support")
    care = make.inbox("email", team=support, name="Care", address="care@desk.example")
    make.inbox("email", team=support, name="Cards", address="cards@desk.example")
    ticket = make.ticket(
        inbox_=care,
        to=(("Care", "care+abc@desk.example"), ("Info", "info@desk.example"), ("Nam", "nam@mail.example")),
        cc=(
            ("Boss, Big", "boss@corp.example"), ("", "Cards@desk.example"), ("", "mia@work.example"),
            ("Ben", "ben@desk.example"), ("", "BOSS@corp.example"),
        ),
    )  # fmt: skip
    Identity.objects.create(customer=ticket.customer, kind="email", address="mia@work.example")
    return ticket


def _kept(ticket: Ticket) -> list[str]:
    conversation = ticket.conversations.get()
    return [address for _name, address in kept_copies(conversation.identity, last_envelope(conversation))]


def test_people_in_cc_stay_but_never_we_nor_the_customer_twice(mail: Ticket) -> None:
    assert _kept(mail) == ["nam@mail.example", "boss@corp.example", "ben@desk.example"]


def test_whom_the_agent_took_out_is_not_copied_again(mail: Ticket, ada: User) -> None:
    reply(mail.pk, actor=make.actor(ada), body="Hi", cc=[("", "boss@corp.example")])

    assert _kept(mail) == ["boss@corp.example"]


def test_an_automatic_reply_changes_nothing(mail: Ticket, ada: User) -> None:
    reply(mail.pk, actor=make.actor(ada), body="We got it", is_automatic=True)

    assert "boss@corp.example" in _kept(mail)


def test_when_somebody_in_cc_answers_the_customer_stays_a_reader(mail: Ticket) -> None:
    boss = make.inbound(
        "I agree",
        sender=make.Sender("email", "boss@corp.example", "Boss"),
        to=(("", "care@desk.example"), ("Mia", "mia@mail.example")),
        in_reply_to=(mail.messages.get().external_id,),
        subject=mail.subject,
    )
    message = receive(mail.inbox, inbound=boss).message
    assert message is not None

    said = last_envelope(message.conversation)
    assert [address for _name, address in kept_copies(message.identity, said)] == ["mia@mail.example"]


def test_our_own_inboxes_never_get_a_copy(mail: Ticket, ada: User) -> None:
    copies = [("", "CARDS+x@desk.example"), ("Lee", "lee@mail.example")]

    sent = reply(mail.pk, actor=make.actor(ada), body="Hi", cc=copies)

    assert sent.cc == [["Lee", "lee@mail.example"]]


def test_names_with_commas_can_be_typed() -> None:
    assert typed([("Boss, Big", "b@corp.example"), ("", "c@corp.example")]) == (
        '"Boss, Big" <b@corp.example>, c@corp.example'
    )


def test_what_a_channel_gave_badly_is_left_out() -> None:
    assert envelope([["Mia", "no address"]], None) == []
