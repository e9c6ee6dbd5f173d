from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import ConflictError, NotAllowedError
from tests import make
from tickets.actions.follow import follow, unfollow
from tickets.actor import AUTOMATION
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_a_colleague_is_made_a_follower(ticket: Ticket, ada: User, lou: User) -> None:
    follow(ticket.pk, actor=make.actor(ada), user=lou)

    assert list(ticket.followers.all()) == [lou]
    assert ticket.events.get(kind="ticket.followed").data == {"user": lou.pk, "name": "Lou"}
    unfollow(ticket.pk, actor=make.actor(ada), user=lou)
    assert not ticket.followers.exists()


def test_not_someone_who_may_not_see_it(ticket: Ticket, ada: User, ben: User) -> None:
    with pytest.raises(ConflictError):
        follow(ticket.pk, actor=make.actor(ada), user=ben)


def test_light_agents_do_not_decide_for_others(ticket: Ticket, ada: User, lou: User) -> None:
    with pytest.raises(NotAllowedError):
        follow(ticket.pk, actor=make.actor(lou), user=ada)


def test_somebody_has_to_follow(ticket: Ticket) -> None:
    with pytest.raises(NotAllowedError):
        follow(ticket.pk, actor=AUTOMATION)
