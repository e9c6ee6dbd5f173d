"""Time and the post office of the demo: lives of weeks are told in seconds, and no mail leaves."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from channels_app.contract import PermanentError

Life = Iterator[datetime]  # yields when its next step is due, and is resumed at that time


class Clock:
    """What `timezone.now()` says while lives are told. Actions take their times from there, all of them."""

    def __init__(self, now: datetime) -> None:
        self.end = self.now = now

    @contextmanager
    def ruling(self, *, dead_addresses: frozenset[str] = frozenset()) -> Iterator[None]:
        def send(mail: object, *, config: object, sender: str) -> None:
            if any(address in str(mail["To"]) for address in dead_addresses):  # type: ignore[index]
                raise PermanentError("552 5.2.2 Mailbox full")

        with (
            mock.patch("django.utils.timezone.now", self._say_now),
            mock.patch("channels_app.adapters.email.smtp.send", send),
        ):
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


def _push(waiting: list[tuple[datetime, int, Life]], number: int, life: Life) -> None:
    when = next(life, None)
    if when is not None:
        heapq.heappush(waiting, (when, number, life))
