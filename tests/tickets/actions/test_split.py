from __future__ import annotations

from datetime import timedelta

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


def test_after_an_unmerge_a_ticket_waits_with_what_is_left_on_it(
    ticket: Ticket, second: Message, ada: User
) -> None:
    actor = make.actor(ada)
    first = ticket.messages.earliest("pk")
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    merged = merge(ticket.pk, into_id=other.pk, actor=actor)
    split(first.pk, actor=actor)

    unmerge(merged.pk, actor=actor)

    ticket.refresh_from_db()
    other.refresh_from_db()
    assert ticket.messages.get() == second
    assert ticket.waiting_since == second.created_at
    assert other.waiting_since == other.messages.get().created_at


def test_after_an_unmerge_a_ticket_waits_with_what_was_put_back_on_it(
    ticket: Ticket, second: Message, ada: User
) -> None:
    actor = make.actor(ada)
    first = ticket.messages.earliest("pk")
    split(first.pk, actor=actor)
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    Ticket.objects.filter(pk=other.pk).update(waiting_since=first.created_at - timedelta(hours=1))
    merged = merge(other.pk, into_id=ticket.pk, actor=actor)
    unsplit(Operation.objects.get(kind="split").pk, actor=actor)

    unmerge(merged.pk, actor=actor)

    ticket.refresh_from_db()
    assert ticket.waiting_since == first.created_at


def test_a_ticket_that_was_emptied_is_again_what_it_was(ticket: Ticket, second: Message, ada: User) -> None:
    """Without a message, it has been quiet since it was opened."""
    actor = make.actor(ada)
    made = split(second.pk, actor=actor)
    other, third = (make.ticket(inbox_=ticket.inbox, subject=each) for each in ("Other", "Third"))
    merged = merge(other.pk, into_id=made.pk, actor=actor)
    split(second.pk, actor=actor)
    unmerge(merged.pk, actor=actor)
    assert not made.messages.exists()
    before = picture(made, third)

    unmerge(merge(third.pk, into_id=made.pk, actor=actor).pk, actor=actor)

    assert picture(made, third) == before


def _and_then(ticket: Ticket, message: Message) -> Message:
    """Mia writes once more, in answer to this message."""
    written = receive(ticket.inbox, inbound=make.inbound(in_reply_to=(message.external_id,))).message
    assert written is not None
    return written


@pytest.fixture
def third(second: Message, ada: User) -> Message:
    """What she wrote on the ticket that `second` was split off to, split off once more."""
    made = split(second.pk, actor=make.actor(ada))
    written = _and_then(made, second)
    assert written.ticket == made
    split(written.pk, actor=make.actor(ada))
    return written


def test_a_split_of_a_split_goes_where_the_first_one_went_back(
    ticket: Ticket, second: Message, third: Message, ada: User
) -> None:
    actor = make.actor(ada)
    thread = ticket.conversations.get()
    first_split, second_split = Operation.objects.filter(kind="split").order_by("pk")

    assert unsplit(first_split.pk, actor=actor) == ticket
    assert unsplit(second_split.pk, actor=actor) == ticket

    third.refresh_from_db()
    thread.refresh_from_db()
    assert list(ticket.messages.values_list("conversation", "seq")) == [(thread.pk, n) for n in (1, 2, 3)]
    assert thread.last_seq == 3
    assert Ticket.objects.get(pk=second_split.other_id).merged_into == ticket
    assert ticket.waiting_since is not None
    assert _and_then(ticket, third).ticket == ticket
    assert unsplit(second_split.pk, actor=actor) == ticket, "twice is harmless"


def test_undone_in_turn_each_message_goes_back_where_it_stood(
    ticket: Ticket, second: Message, third: Message, ada: User
) -> None:
    actor = make.actor(ada)
    first_split, second_split = Operation.objects.filter(kind="split").order_by("pk")

    assert unsplit(second_split.pk, actor=actor).pk == first_split.other_id

    third.refresh_from_db()
    assert third.conversation_id == first_split.data["there"]
    with pytest.raises(ConflictError, match="Merge it back"):
        unsplit(first_split.pk, actor=actor)


def test_a_split_undone_before_its_conversation_went_is_still_undone(
    ticket: Ticket, second: Message, third: Message, ada: User
) -> None:
    actor = make.actor(ada)
    first_split, second_split = Operation.objects.filter(kind="split").order_by("pk")
    unsplit(second_split.pk, actor=actor)
    split(third.pk, actor=actor)
    unsplit(first_split.pk, actor=actor)

    assert unsplit(second_split.pk, actor=actor) == ticket


def test_it_says_no_when_the_conversation_has_come_to_the_new_ticket(
    ticket: Ticket, second: Message, ada: User
) -> None:
    actor = make.actor(ada)
    first = ticket.messages.earliest("pk")
    made = split(second.pk, actor=actor)
    merge(ticket.pk, into_id=made.pk, actor=actor)
    split(first.pk, actor=actor)

    with pytest.raises(ConflictError, match="stands there too"):
        unsplit(Operation.objects.filter(kind="split").earliest("pk").pk, actor=actor)
    made.refresh_from_db()
    assert (made.status, made.merged_into) == (Status.NEW, None)


def test_it_says_no_when_another_ticket_was_merged_into_the_new_one(
    ticket: Ticket, second: Message, ada: User
) -> None:
    """What was split off there stands no more, but it comes back to that ticket when it is undone."""
    actor = make.actor(ada)
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    made = split(second.pk, actor=actor)
    merge(other.pk, into_id=made.pk, actor=actor)
    apart = split(Message.objects.get(subject="Other").pk, actor=actor)

    with pytest.raises(ConflictError, match="Merge it back"):
        unsplit(Operation.objects.filter(kind="split").earliest("pk").pk, actor=actor)
    assert unsplit(apart.operations_other.get().pk, actor=actor) == made


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
