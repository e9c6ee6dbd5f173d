from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import NotFoundError
from tests import make
from tickets.actions.read import mark_read
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_it_never_goes_back_nor_ahead_of_what_there_is(ticket: Ticket, lou: User) -> None:
    newest = ticket.messages.get().pk
    actor = make.actor(lou)

    assert mark_read(ticket.pk, last_message_id=newest + 100, actor=actor).last_message_id == newest
    assert mark_read(ticket.pk, last_message_id=0, actor=actor).last_message_id == newest
    assert ticket.reads.count() == 1


def test_another_team_finds_nothing(ticket: Ticket, ben: User) -> None:
    with pytest.raises(NotFoundError):
        mark_read(ticket.pk, last_message_id=1, actor=make.actor(ben))
