from __future__ import annotations

import pytest

from accounts.models import Presence, User
from helpdesk.errors import ConflictError, NotAllowedError
from tests import make
from tickets.actions.assign import assign, release, take
from tickets.actor import AUTOMATION
from tickets.models import Status, Ticket

pytestmark = pytest.mark.django_db


def test_an_agent_assigns_within_the_team(ticket: Ticket, ada: User, sam: User) -> None:
    Presence.objects.create(user=sam)

    assigned = assign(ticket.pk, to=sam, actor=make.actor(ada))

    assert (assigned.assignee, assigned.status) == (sam, Status.OPEN)
    assert Presence.objects.get(user=sam).last_assigned_at == assigned.assigned_at
    fact = ticket.events.get(kind="ticket.assigned")
    assert (fact.data["assignee"], fact.data["assignee_before"], fact.data["name"]) == (sam.pk, None, "Sam")


def test_routing_says_why(ticket: Ticket, ada: User) -> None:
    why = {"text": "of 7: 2 offline; load 2.5 of 6, the least", "candidates": 7}

    assert assign(ticket.pk, to=ada, actor=AUTOMATION, why=why).assigned_why == why["text"]
    assert ticket.events.get(kind="ticket.assigned").data["why"] == why


def test_not_to_another_team_nor_to_light_agents_nor_to_those_who_left(
    ticket: Ticket, ada: User, ben: User, lou: User, sam: User
) -> None:
    sam.is_active = False
    for person, sentence in ((ben, "not in the team"), (lou, "light agent"), (sam, "not in the team")):
        with pytest.raises(ConflictError, match=sentence) as refused:
            assign(ticket.pk, to=person, actor=make.actor(ada))
        assert refused.value.field == "agent"


def test_who_takes_second_hears_who_was_first(ticket: Ticket, ada: User, sam: User) -> None:
    take(ticket.pk, actor=make.actor(ada))

    with pytest.raises(ConflictError, match="Ada has this ticket") as refused:
        take(ticket.pk, actor=make.actor(sam))

    assert refused.value.context == {"assignee": ada.pk}


def test_only_people_take(ticket: Ticket) -> None:
    with pytest.raises(NotAllowedError):
        take(ticket.pk, actor=AUTOMATION)


def test_released_it_waits_again_from_now(ticket: Ticket, ada: User) -> None:
    waited = ticket.routed_at
    take(ticket.pk, actor=make.actor(ada))

    released = release(ticket.pk, actor=make.actor(ada))

    assert (released.assignee, released.assigned_at, released.assigned_why) == (None, None, "")
    assert released.routed_at > waited
