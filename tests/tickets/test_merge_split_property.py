"""Whatever is merged, unmerged, split and put back: nothing is lost, nothing is doubled, undo restores."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from channels_app.models import Inbox
from helpdesk.errors import ConflictError
from tests import make
from tests.tickets.actions.test_merge import picture
from tickets.actions.merge import merge, unmerge
from tickets.actions.note import add_note
from tickets.actions.receive import receive
from tickets.actions.split import split, unsplit
from tickets.actor import Actor
from tickets.models import Attachment, Message, Operation, Ticket

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "unmerge", "split", "unsplit", "write"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=3,
    max_size=14,
)


@pytest.fixture
def inbox(ada: User) -> Inbox:
    return make.inbox(team=make.team("Support"))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_every_message_stays_on_exactly_one_ticket(steps: list, inbox: Inbox, ada: User) -> None:
    with transaction.atomic():
        said = _begin(inbox, make.actor(ada))
        for step, one, two in steps:
            said |= _try(step, one, two, make.actor(ada))
            _require_whole(said)
        transaction.set_rollback(True)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, one=st.integers(0, 7), two=st.integers(0, 7))
def test_unmerge_restores_from_any_state(steps: list, one: int, two: int, inbox: Inbox, ada: User) -> None:
    with transaction.atomic():
        actor = make.actor(ada)
        _begin(inbox, actor)
        for step in steps:
            _try(*step, actor)
        tickets = list(Ticket.objects.order_by("pk"))
        away, kept = tickets[one % len(tickets)], tickets[two % len(tickets)]
        before = picture(*tickets)
        try:
            with transaction.atomic():
                operation = merge(away.pk, into_id=kept.pk, actor=actor)
        except ConflictError:
            pass
        else:
            if operation.undone_at is None and away.merged_into_id is None:
                unmerge(operation.pk, actor=actor)
                assert picture(*tickets) == before
        transaction.set_rollback(True)


def _begin(inbox: Inbox, actor: Actor) -> set[int]:
    for number in range(3):
        first = make.message(inbox_=inbox, subject=f"Subject {number}")
        receive(inbox, inbound=make.inbound(in_reply_to=(first.external_id,)))
        add_note(first.ticket_id, actor=actor, body="noted")
    return set(Message.objects.values_list("pk", flat=True))


def _try(step: str, one: int, two: int, actor: Actor) -> set[int]:
    try:
        with transaction.atomic():
            return _do(step, one, two, actor)
    except ConflictError:
        return set()


def _do(step: str, one: int, two: int, actor: Actor) -> set[int]:
    tickets = list(Ticket.objects.order_by("pk"))
    messages = list(Message.objects.order_by("pk"))
    if step == "merge":
        merge(tickets[one % len(tickets)].pk, into_id=tickets[two % len(tickets)].pk, actor=actor)
    elif step == "split":
        split(messages[(one * 8 + two) % len(messages)].pk, actor=actor)
    elif step == "write":
        about = messages[(one * 8 + two) % len(messages)]
        if about.external_id:
            written = receive(about.inbox, inbound=make.inbound(in_reply_to=(about.external_id,))).message
            return {written.pk} if written else set()
    else:
        kind = step.removeprefix("un")
        operations = list(Operation.objects.filter(kind=kind).order_by("pk"))
        if operations:
            undo = unmerge if step == "unmerge" else unsplit
            undo(operations[one % len(operations)].pk, actor=actor)
    return set()


def _require_whole(said: set[int]) -> None:
    assert set(Message.objects.values_list("pk", flat=True)) == said
    for message in Message.objects.select_related("ticket", "conversation"):
        assert message.ticket.merged_into_id is None, "nothing stays on a ticket that was merged away"
        if message.conversation is not None:
            assert message.conversation.ticket_id == message.ticket_id
    for file in Attachment.objects.exclude(message=None).select_related("message"):
        assert file.ticket_id == file.message.ticket_id
