"""Time in the demo: lives of weeks are told in seconds."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from unittest import mock

from django.apps import apps
from django.db import models
from django.utils import timezone

Life = Iterator[datetime]  # yields when its next step is due, and is resumed at that time


class Clock:
    """What `timezone.now()` says while lives are told. Actions and new rows take their times from there."""

    def __init__(self, now: datetime) -> None:
        self.end = self.now = now

    def ago(self, hours: float) -> datetime:
        """Return the moment that lies so many hours before the end of the telling, which is today."""
        return self.end - timedelta(hours=hours)

    @contextmanager
    def ruling(self) -> Iterator[None]:
        with ExitStack() as patches:
            for field in _fields_that_begin_now():
                patches.enter_context(mock.patch.object(field, "_get_default", self._say_now))
            patches.enter_context(mock.patch("django.utils.timezone.now", self._say_now))
            yield

    def _say_now(self) -> datetime:
        return self.now

    def tell(self, lives: Iterable[Life]) -> None:
        """Run all lives side by side, each step in its order of time; what lies ahead of us is left out."""
        waiting: list[tuple[datetime, int, Life]] = []
        for number, life in enumerate(lives):
            _push(waiting, number, life)
        while waiting:
            when, number, life = heapq.heappop(waiting)
            if when > self.end:
                continue
            self.now = when
            _push(waiting, number, life)
        self.now = self.end


def _fields_that_begin_now() -> list[models.Field[object, object]]:
    """Fields whose default is the time: they hold the function itself, which no patch of its name reaches."""
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    return [field for field in fields if field.default is timezone.now]


def _push(waiting: list[tuple[datetime, int, Life]], number: int, life: Life) -> None:
    when = next(life, None)
    if when is not None:
        heapq.heappush(waiting, (when, number, life))
