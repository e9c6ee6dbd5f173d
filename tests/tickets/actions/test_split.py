from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import ConflictError, NotAllowedError, NotFoundError
from tests import make
from tests.tickets.actions.test_merge import picture
from tickets.actions.merge import merge, unmerge
from tickets.actions.note import add_note
from tickets.actions.receive import receive
from tickets.actions.reply import reply
from tickets.actions.split import split, unsplit
from tickets.models import Message, Operation, Status, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(ticket: Ticket) -> Message:
    """Mia asks something else on the same ticket, with a file."""
    first = ticket.messages.get()
    from channels_app.contract import InboundFile

    file = InboundFile("a.txt", "text/plain", b"hello")
    inbound = make.inbound("And my loan?", in_reply_to=(first.external_id,), subject="Loan", files=(file,))
    message = receive(ticket.inbox, inbound=inbound).message
    assert message is not None
    return message


def test_the_message_gets_a_ticket_of_its_own(ticket: Ticket, second: Message, ada: User) -> None:
    made = split(second.pk, actor=make.actor(ada))

    second.refresh_from_db()
    ticket.refresh_from_db()
    assert second.ticket == made
    assert second.attachments.get().ticket == made
    assert second.conversation.ticket == made
    assert (made.subject, made.customer, made.team) == ("Loan", ticket.customer, ticket.team)
    assert (made.preview, ticket.preview) == ("And my loan?", "My card is blocked")
    assert made.links_in.get().source == ticket
    assert ticket.events.get(kind="ticket.split").data["other"] == made.pk
    assert made.events.get(kind="ticket.opened").data["split_from"] == ticket.pk


def test_answers_go_on_there(ticket: Ticket, second: Message, ada: User) -> None:
    made = split(second.pk, subject="Her loan", actor=make.actor(ada))

    answer = reply(made.pk, actor=make.actor(ada), body="Of course")
    again = receive(ticket.inbox, inbound=make.inbound(in_reply_to=(second.external_id,)))

    assert answer.identity == second.identity
    assert again.ticket == made
    assert made.subject == "Her loan"


def test_the_rest_may_be_answered_then(ticket: Ticket, ada: User) -> None:
    reply(ticket.pk, actor=make.actor(ada), body="Here you are")
    late = receive(ticket.inbox, inbound=make.inbound(in_reply_to=(ticket.messages.first().external_id,)))

    made = split(late.message.pk, actor=make.actor(ada))

    ticket.refresh_from_db()
    assert ticket.waiting_since is None
    assert made.waiting_since == late.message.created_at


def test_unsplit_restores(ticket: Ticket, second: Message, ada: User) -> None:
    actor = make.actor(ada)
    before = picture(ticket)
    made = split(second.pk, actor=actor)

    home = unsplit(Operation.objects.get().pk, actor=actor)
    unsplit(Operation.objects.get().pk, actor=actor)

    assert home == ticket
    assert picture(ticket) == before
    made.refresh_from_db()
    assert (made.status, made.merged_into) == (Status.CLOSED, ticket)
    assert ticket.events.filter(kind="ticket.unsplit").count() == 1


def test_a_ticket_that_went_on_is_merged_instead(ticket: Ticket, second: Message, ada: User) -> None:
    actor = make.actor(ada)
    made = split(second.pk, actor=actor)
    add_note(made.pk, actor=actor, body="Looking into it")

    with pytest.raises(ConflictError, match="Merge it back"):
        unsplit(Operation.objects.get().pk, actor=actor)
    merge(made.pk, into_id=ticket.pk, actor=actor)
    assert ticket.messages.count() == 3


def test_after_an_unmerge_it_goes_back_to_its_conversation(
    ticket: Ticket, second: Message, ada: User
) -> None:
    actor = make.actor(ada)
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    merged = merge(ticket.pk, into_id=other.pk, actor=actor)
    split(second.pk, actor=actor)
    unmerge(merged.pk, actor=actor)

    assert unsplit(Operation.objects.get(kind="split").pk, actor=actor) == ticket


def test_it_says_no_to_the_only_message_and_to_ours(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    with pytest.raises(ConflictError, match="only message"):
        split(ticket.messages.get().pk, actor=actor)
    ours = reply(ticket.pk, actor=actor, body="Hello")
    with pytest.raises(ConflictError, match="customer wrote"):
        split(ours.pk, actor=actor)


def test_splitting_twice_splits_once(ticket: Ticket, second: Message, ada: User) -> None:
    split(second.pk, actor=make.actor(ada))

    with pytest.raises(ConflictError):
        split(second.pk, actor=make.actor(ada))
    assert Operation.objects.count() == 1


def test_another_team_cannot(ticket: Ticket, second: Message, ada: User, ben: User) -> None:
    with pytest.raises(NotFoundError):
        split(second.pk, actor=make.actor(ben))
    split(second.pk, actor=make.actor(ada))
    with pytest.raises(NotFoundError):
        unsplit(Operation.objects.get().pk, actor=make.actor(ben))


def test_light_agents_cannot(second: Message, lou: User) -> None:
    with pytest.raises(NotAllowedError):
        split(second.pk, actor=make.actor(lou))
