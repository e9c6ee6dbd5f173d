from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import ConflictError, NotFoundError
from tests import make
from tickets.actions.assign import take
from tickets.actions.team import move_team
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_who_does_not_work_there_gives_it_away(ticket: Ticket, ada: User) -> None:
    support, billing = ticket.team, make.team("Billing")
    take(ticket.pk, actor=make.actor(ada))

    moved = move_team(ticket.pk, team=billing, actor=make.actor(ada))

    assert (moved.team, moved.assignee) == (billing, None)
    data = ticket.events.get(kind="ticket.team_changed").data
    assert (data["team_before"], data["team"], data["name"]) == (support.pk, billing.pk, "Billing")
    assert data["assignee_before"] == ada.pk
    with pytest.raises(NotFoundError):
        take(ticket.pk, actor=make.actor(ada))


def test_who_works_there_too_keeps_it(ticket: Ticket) -> None:
    billing = make.team("Billing")
    both = make.agent("kim", ticket.team, billing)
    take(ticket.pk, actor=make.actor(both))

    assert move_team(ticket.pk, team=billing, actor=make.actor(both)).assignee == both


def test_not_to_a_team_that_is_gone(ticket: Ticket, ada: User) -> None:
    old = make.team("Old")
    old.is_active = False

    with pytest.raises(ConflictError, match="no longer active"):
        move_team(ticket.pk, team=old, actor=make.actor(ada))
