"""Telling people once, whatever runs at the same instant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests import make
from tests.tickets.test_concurrency import at_once
from tickets import awaymail, notify
from tickets import search as searching
from tickets.actions.assign import assign
from tickets.models import Event, Notification, SearchEntry

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs row locks: set DATABASE_URL"),
]


def assigned() -> Event:
    team = make.team("Support")
    ada, boss = make.agent("ada", team), make.agent("sam", team)
    assign(make.ticket(team=team).pk, to=ada, actor=make.actor(boss))
    return Event.objects.select_related("ticket", "message").get(kind="ticket.assigned")


def test_a_fact_handled_twice_at_once_notifies_once() -> None:
    event = assigned()

    at_once(*[lambda: notify.on_event(event)] * 6)

    assert Notification.objects.count() == 1


def test_two_sweeps_at_once_send_one_mail() -> None:
    notify.on_event(assigned())
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=10))

    sent = at_once(*[awaymail.mail_away] * 6)

    assert sum(sent) == len(mail.outbox) == 1


def test_a_message_indexed_many_times_at_once_has_one_entry() -> None:
    make.ticket()
    event = Event.objects.get(kind="message.received")

    at_once(*[lambda: searching.on_event(event)] * 6)

    assert SearchEntry.objects.count() == 1
