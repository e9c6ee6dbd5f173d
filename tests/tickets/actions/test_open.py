from __future__ import annotations

import pytest

from accounts.models import User
from channels_app.contract import Sender
from channels_app.models import Inbox
from customers.models import Customer, Identity
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.attach import upload
from tickets.actions.open import open_ticket
from tickets.actions.receive import receive
from tickets.models import Message, Status, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(ada: User) -> Inbox:
    return make.inbox("api", team=make.team("Support"))


@pytest.fixture
def mia(inbox: Inbox, ticket: Ticket) -> Customer:
    """Mia, with an address for this inbox too."""
    kind = inbox.adapter.identity_kind
    Identity.objects.create(customer=ticket.customer, kind=kind, address="mia@work.example")
    return ticket.customer


def test_an_agent_writes_first(inbox: Inbox, ada: User) -> None:
    kind = inbox.adapter.identity_kind
    actor = make.actor(ada)
    file = upload(None, name="a.txt", content=b"hello", actor=actor)

    ticket = open_ticket(
        inbox=inbox, actor=actor, subject=" Your  loan ", body="Dear Lee", address="Lee@mail.example",
        name="Lee", attachment_ids=[file.pk], status_after="pending",
    )  # fmt: skip

    message = ticket.messages.get()
    assert (ticket.subject, ticket.status, ticket.team) == ("Your loan", Status.PENDING, inbox.team)
    assert (ticket.assignee, ticket.waiting_since) == (ada, None)
    assert (message.delivery, message.identity.address, message.identity.kind) == (
        "queued", "lee@mail.example", kind,
    )  # fmt: skip
    assert message.attachments.get().ticket == ticket
    assert ticket.events.get(kind="ticket.opened").data["assignee"] == ada.pk


def test_the_answer_comes_back_here(inbox: Inbox, ada: User) -> None:
    ticket = open_ticket(
        inbox=inbox, actor=make.actor(ada), subject="Loan", body="Dear Lee", address="lee@mail.example"
    )
    Message.objects.update(external_id="<ours@desk.example>")

    answer = make.inbound(in_reply_to=("<ours@desk.example>",), sender=Sender("email", "lee@mail.example"))
    assert receive(inbox, inbound=answer).ticket == ticket


def test_a_known_customer_by_one_of_their_addresses(inbox: Inbox, ada: User) -> None:
    kind = inbox.adapter.identity_kind
    customer = Customer.objects.create(name="Lee")
    for address in ("lee@mail.example", "lee@work.example"):
        Identity.objects.create(customer=customer, kind=kind, address=address)

    ticket = open_ticket(
        inbox=inbox, actor=make.actor(ada), subject="Loan", body="Dear Lee", customer=customer,
        address="LEE@work.example",
    )  # fmt: skip

    assert ticket.customer == customer
    assert ticket.messages.get().identity.address == "lee@work.example"
    with pytest.raises(DomainError) as refused:
        open_ticket(
            inbox=inbox,
            actor=make.actor(ada),
            subject="Loan",
            body="x",
            customer=customer,
            address="no@x.example",
        )
    assert refused.value.code == "no_address"


def test_a_call_is_noted_down_without_a_conversation(ada: User) -> None:
    customer = Customer.objects.create(name="Lee")

    ticket = open_ticket(
        inbox=None, actor=make.actor(ada), subject="Call", body="He called", customer=customer
    )

    assert not ticket.conversations.exists()
    assert (ticket.messages.get().kind, ticket.preview, ticket.team) == (
        "note",
        "He called",
        make.team("Support"),
    )
    with pytest.raises(DomainError) as refused:
        open_ticket(inbox=None, actor=make.actor(ada), subject="Call", body="He called")
    assert refused.value.field == "customer"


def test_the_same_send_twice_is_one_ticket(inbox: Inbox, ada: User) -> None:
    values = {"subject": "Loan", "body": "Hi", "address": "lee@mail.example", "client_id": "o1"}
    tickets = {open_ticket(inbox=inbox, actor=make.actor(ada), **values) for _ in range(2)}

    assert len(tickets) == Ticket.objects.count() == 1


def test_a_follow_up_is_linked(inbox: Inbox, ada: User, ticket: Ticket, mia: Customer, ben: User) -> None:
    followed = open_ticket(
        inbox=inbox, actor=make.actor(ada), subject="Again", body="Hi", customer=mia,
        follow_up_of_id=ticket.pk,
    )  # fmt: skip
    assert followed.follow_up_of == ticket
    with pytest.raises(NotFoundError):
        open_ticket(
            inbox=None, actor=make.actor(ben), subject="Again", body="Hi", customer=mia,
            follow_up_of_id=ticket.pk,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 251}, "subject"),
        ({"address": ""}, "address"),
        ({"body": " "}, "body"),
        ({"type": "wish"}, "type"),
        ({"priority": 9}, "priority"),
        ({"cc": [("", "nonsense")]}, "cc"),
    ],
)
def test_what_is_wrong_is_named_and_leaves_nothing(
    wrong: dict[str, object], field: str, inbox: Inbox, ada: User
) -> None:
    values = {"subject": "Loan", "body": "Hi", "address": "lee@mail.example", **wrong}

    with pytest.raises(DomainError) as refused:
        open_ticket(inbox=inbox, actor=make.actor(ada), **values)

    assert refused.value.field == field
    assert not Ticket.objects.exists()
    assert not Customer.objects.exists()


def test_a_blocked_address_is_written_to_only_if_one_insists(inbox: Inbox, ada: User, mia: Customer) -> None:
    Identity.objects.update(is_blocked=True)
    values = {"inbox": inbox, "subject": "Loan", "body": "Hi", "customer": mia}

    with pytest.raises(ConflictError):
        open_ticket(actor=make.actor(ada), **values)
    assert open_ticket(actor=make.actor(ada), force=True, **values)


def test_neither_from_foreign_inboxes_nor_into_foreign_teams_nor_by_light_agents(
    inbox: Inbox, ada: User, ben: User, lou: User
) -> None:
    values = {"subject": "Loan", "body": "Hi", "address": "lee@mail.example"}
    with pytest.raises(NotFoundError):
        open_ticket(inbox=inbox, actor=make.actor(ben), **values)
    with pytest.raises(NotAllowedError):
        open_ticket(inbox=inbox, actor=make.actor(ada), team=make.team("Billing"), **values)
    with pytest.raises(NotAllowedError):
        open_ticket(inbox=inbox, actor=make.actor(lou), **values)
    assert not Ticket.objects.exists()
