"""What a worker keeps from task to task."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from celery.fixups.django import DjangoFixup

from channels_app import tasks
from channels_app.adapters.email import language
from channels_app.adapters.email.adapter import Email
from helpdesk import celery


def test_tasks_leave_the_connection_to_the_rules_of_django(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(celery, "close_old_connections", lambda: asked.append(True))
    (fixup,) = (each for each in celery.app._fixups if isinstance(each, DjangoFixup))

    fixup.worker_fixup.close_database()  # what Celery does before and after each task

    assert asked == [True]


class Instance:
    """As much of a worker as the signal is about."""

    def __init__(self, *queues: str) -> None:
        self.app = self
        self.amqp = self
        self.queues = self
        self.consume_from = dict.fromkeys(queues)


@pytest.mark.parametrize(("queues", "times"), [(("inbound", "rules"), 1), (("rules",), 0)])
def test_a_worker_that_takes_calls_in_is_warm_before_the_first(
    monkeypatch: pytest.MonkeyPatch, queues: tuple[str, ...], times: int
) -> None:
    warmed: list[Any] = []
    monkeypatch.setattr(Email, "warm_up", classmethod(lambda cls: warmed.append(cls)))

    tasks.warm_up(instance=Instance(*queues))

    assert len(warmed) == times


def test_a_warm_email_channel_has_loaded_what_tells_languages() -> None:
    language._identifier.cache_clear()

    Email.warm_up()

    assert language._identifier.cache_info().currsize == 1


def test_a_worker_looks_for_garbage_rarely_and_not_in_what_stays() -> None:
    before = gc.get_threshold()
    try:
        celery.collect_less()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == celery.NEW_BEFORE_COLLECTING
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
