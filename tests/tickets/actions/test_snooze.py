from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from helpdesk.errors import ConflictError, DomainError
from tests import make
from tickets.actions.receive import receive
from tickets.actions.snooze import snooze, wake_due
from tickets.actions.status import change_status
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_it_wakes_when_its_time_has_come(ticket: Ticket, ada: User) -> None:
    snooze(ticket.pk, until=timezone.now() + timedelta(hours=2), actor=make.actor(ada))
    assert wake_due() == 0

    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=False):
        assert (wake_due(), wake_due()) == (1, 0)

    ticket.refresh_from_db()
    assert ticket.snoozed_until is None
    fact = ticket.events.get(kind="ticket.woken")
    assert (fact.actor_kind, fact.data) == ("automation", {"because": "time"})


def test_a_message_wakes_it(ticket: Ticket, ada: User) -> None:
    snooze(ticket.pk, until=timezone.now() + timedelta(hours=2), actor=make.actor(ada))

    receive(ticket.inbox, inbound=make.inbound(in_reply_to=(ticket.messages.get().external_id,)))

    ticket.refresh_from_db()
    assert ticket.snoozed_until is None
    assert ticket.events.get(kind="ticket.woken").data == {"because": "message"}


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_only_within_a_year_from_now(hours: int, ticket: Ticket, ada: User) -> None:
    with pytest.raises(DomainError) as refused:
        snooze(ticket.pk, until=timezone.now() + timedelta(hours=hours), actor=make.actor(ada))
    assert refused.value.field == "until"


def test_resolved_work_does_not_sleep(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    until = timezone.now() + timedelta(hours=1)
    snooze(ticket.pk, until=until, actor=actor)
    assert change_status(ticket.pk, to="solved", actor=actor).snoozed_until is None

    with pytest.raises(ConflictError):
        snooze(ticket.pk, until=until, actor=actor)
