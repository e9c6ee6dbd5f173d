from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Identity
from tests import make
from tickets.actions.assign import take
from tickets.actions.receive import receive
from tickets.actions.snooze import snooze
from tickets.actions.spam import mark_spam, unmark_spam
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_it_leaves_the_lists_and_the_load(ticket: Ticket, ada: User) -> None:
    take(ticket.pk, actor=make.actor(ada))

    marked = mark_spam(ticket.pk, actor=make.actor(ada))

    assert (marked.is_spam, marked.assignee, marked.waiting_since) == (True, None, None)
    assert not Ticket.objects.listed().exists()


def test_not_spam_brings_it_back_as_it_was(ticket: Ticket, ada: User) -> None:
    actor, until = make.actor(ada), timezone.now() + timedelta(days=1)
    take(ticket.pk, actor=actor)
    snooze(ticket.pk, until=until, actor=actor)
    waiting_since = Ticket.objects.get().waiting_since
    mark_spam(ticket.pk, actor=actor)
    mark_spam(ticket.pk, actor=actor, block_sender=True)

    back = unmark_spam(ticket.pk, actor=actor)

    assert (back.is_spam, back.assignee) == (False, ada)
    assert (back.waiting_since, back.snoozed_until) == (waiting_since, until)
    assert not Identity.objects.filter(is_blocked=True).exists()
    assert receive(ticket.inbox, inbound=make.inbound()).outcome == "ticketed"


def test_the_sender_is_blocked_if_asked(ticket: Ticket, ada: User) -> None:
    mark_spam(ticket.pk, actor=make.actor(ada), block_sender=True)

    assert Identity.objects.get().is_blocked
    assert receive(ticket.inbox, inbound=make.inbound()).outcome == "blocked"


def test_whom_somebody_else_blocked_stays_blocked(ticket: Ticket, ada: User) -> None:
    Identity.objects.update(is_blocked=True)
    mark_spam(ticket.pk, actor=make.actor(ada), block_sender=True)

    unmark_spam(ticket.pk, actor=make.actor(ada))

    assert Identity.objects.get().is_blocked


def test_it_does_not_come_back_to_who_may_not_work_on_it_any_more(ticket: Ticket, ada: User) -> None:
    take(ticket.pk, actor=make.actor(ada))
    mark_spam(ticket.pk, actor=make.actor(ada))
    User.objects.update(is_active=False)

    assert unmark_spam(ticket.pk, actor=make.actor(ada)).assignee is None
