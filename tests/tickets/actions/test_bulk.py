from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from channels_app.contract import Sender
from helpdesk.errors import DomainError, NotAllowedError
from tests import make
from tickets.actions.assign import assign, take
from tickets.actions.bulk import VERBS, bulk
from tickets.models import Event, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(ticket: Ticket) -> list[int]:
    more = [make.ticket(inbox_=ticket.inbox, subject=f"Subject {number}") for number in range(2)]
    return [ticket.pk, *[each.pk for each in more]]


def test_each_is_done_or_refused_for_itself(three: list[int], ada: User) -> None:
    actor = make.actor(ada)
    billing = make.ticket(team=make.team("Billing"), sender=Sender("email", "lee@mail.example"))
    Ticket.objects.filter(pk=three[1]).update(status="closed")

    result = bulk([*three, three[0], billing.pk, 4711], verb="status", to="pending", actor=actor)

    assert result.done == [three[0], three[2]]
    assert [number for number, _ in result.refused] == [three[1], billing.pk, 4711]
    assert "cannot become" in result.refused[0][1]
    assert result.refused[1][1] == result.refused[2][1] == "There is no such ticket."
    assert Event.objects.filter(kind="ticket.status_changed").count() == 2


def test_every_verb_works(three: list[int], sam: User) -> None:
    values = {
        "assign": {"to": sam},
        "team": {"team": make.team("Support")},
        "status": {"to": "pending"},
        "priority": {"to": 4},
        "type": {"to": "complaint"},
        "tag": {"add": ["card"]},
        "snooze": {"until": timezone.now() + timedelta(days=1)},
        "spam": {"block_sender": True},
        "merge": {"into_id": three[0]},
    }
    for verb in sorted(VERBS, key=lambda verb: verb == "merge"):  # afterwards there is one left
        result = bulk(three, verb=verb, actor=make.actor(sam), **values.get(verb, {}))
        assert (verb, result.refused) == (verb, [])
    assert Ticket.objects.filter(merged_into=three[0]).count() == 2


def test_the_kept_ticket_may_be_among_those_chosen(three: list[int], ada: User) -> None:
    result = bulk(three, verb="merge", into_id=three[2], actor=make.actor(ada))

    assert (result.done, result.refused) == (three[:2], [])


def test_only_supervisors_take_work_from_colleagues_or_move_it(
    three: list[int], ada: User, sam: User
) -> None:
    kim = make.agent("kim", make.team("Support"))
    take(three[0], actor=make.actor(ada))
    assign(three[1], to=kim, actor=make.actor(ada))
    cards = make.team("Cards")

    theirs = bulk(three, verb="assign", to=ada, actor=make.actor(ada))
    assert theirs.done == [three[0], three[2]]
    assert theirs.refused == [(three[1], "Kim is working on this ticket. Ask a supervisor to reassign it.")]
    assert bulk(three, verb="release", actor=make.actor(ada)).done == [three[0], three[2]]
    assert bulk(three, verb="team", team=cards, actor=make.actor(ada)).done == []
    assert bulk(three, verb="assign", to=sam, actor=make.actor(sam)).done == three
    assert bulk(three, verb="team", team=cards, actor=make.actor(sam)).done == three


@pytest.mark.parametrize(
    ("verb", "values", "field"),
    [
        ("delete", {}, "verb"),
        ("status", {}, "to"),
        ("status", {"to": "open", "actor_": 1}, "actor_"),
        ("take", {"to": 1}, "to"),
    ],
)
def test_a_wrong_order_does_nothing(
    verb: str, values: dict[str, object], field: str, three: list[int], ada: User
) -> None:
    with pytest.raises(DomainError) as refused:
        bulk(three, verb=verb, actor=make.actor(ada), **values)
    assert refused.value.field == field


def test_at_most_500_and_not_by_light_agents(three: list[int], ada: User, lou: User) -> None:
    with pytest.raises(DomainError, match="500"):
        bulk(range(1, 502), verb="take", actor=make.actor(ada))
    with pytest.raises(NotAllowedError):
        bulk(three, verb="follow", actor=make.actor(lou))
