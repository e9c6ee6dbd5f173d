"""The sign of life that health checks of containers ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from helpdesk import heartbeats
from tests import make


def test_beat_that_was_heard_is_alive(capsys: pytest.CaptureFixture[str]) -> None:
    heartbeats.stamp("beat")

    call_command("alive", "beat")

    assert "beat was heard 0 s ago" in capsys.readouterr().out


def test_a_queue_that_was_not_heard_is_not_alive() -> None:
    cache.delete("heartbeat.queue.bulk")

    with pytest.raises(CommandError, match=r"queue\.bulk was not heard"):
        call_command("alive", "queue.bulk")


def mailbox(**fields: Any) -> None:
    make.inbox(
        "email", address="support@desk.example", config={"imap_host": "mail.example"},
        created_at=timezone.now() - timedelta(hours=1), **fields,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_mailbox_that_was_asked_lately_shows_the_poller_alive() -> None:
    mailbox(last_checked_at=timezone.now() - timedelta(seconds=30))

    call_command("alive", "poller")


@pytest.mark.django_db
def test_a_mailbox_that_nobody_asks_shows_the_poller_dead() -> None:
    mailbox(last_checked_at=timezone.now() - timedelta(minutes=6))

    with pytest.raises(CommandError, match="Nobody has asked mailbox"):
        call_command("alive", "poller")
