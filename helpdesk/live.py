"""Live updates. A poke says *what* changed; the browser refetches it over HTTP.

No message text travels here, so a wrong topic can never leak a conversation, and permissions stay in
one place: the view that renders the partial.

Each process listens once, and has a hub that knows which of its sockets follow which topic. Topics:
`user:ID`, `team:ID` (0: without a team), `ticket:ID`. A socket follows its user and teams from the start
and asks for tickets it shows; the socket checks each wish.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Iterable
from functools import cache
from typing import Any, Protocol

from django.conf import settings

from helpdesk.bus import RESYNC, Bus, MemoryBus, Payload, RedisBus
from helpdesk.gather import TOGETHER_AT_MOST, Gatherer

logger = logging.getLogger(__name__)

JOIN_SECONDS = 2  # how long a socket waits for its process to hear; then it opens anyway
RETRY_SECONDS = 1


@cache
def bus() -> Bus:
    """What carries pokes in this installation."""
    return MemoryBus() if settings.EMBEDDED else RedisBus(settings.REDIS_URL)


def poke(topics: Iterable[str], kinds: Iterable[str] = ()) -> None:
    """Tell every process that something changed. Best effort: never raises, never waits."""
    bus().send({"topics": sorted(set(topics)), "kinds": sorted(set(kinds))})


def enqueue(task: Any, *args: object) -> bool:
    """Hand a task to the broker. When the broker is away the row waits for its sweep, so only log."""
    from kombu.exceptions import KombuError

    try:
        task.delay(*args)
    except (KombuError, OSError):
        logger.warning("broker away, left to the sweep", extra={"task": task.name})
        return False
    return True


def enqueue_each(task: Any, ids: Iterable[int]) -> None:
    """Hand rows to a task that takes a list of ids, those of other transactions along with them.

    Each id must be done on its own, safely twice, and have a sweep that finds it when the task is lost.
    """
    if settings.GATHER_TASKS:
        gatherer().put(task, ids)
        return
    each = list(ids)
    for start in range(0, len(each), TOGETHER_AT_MOST):
        enqueue(task, each[start : start + TOGETHER_AT_MOST])


@cache
def gatherer() -> Gatherer:
    """What gathers the tasks of this process."""
    return Gatherer(enqueue)


class Socket(Protocol):
    topics: set[str]

    def hear(self, topics: set[str], kinds: list[str]) -> None:
        """Take note and return at once: one slow socket must not hold up the others."""


class Hub:
    """Fans one poke out to the sockets of this process that follow its topics."""

    def __init__(self) -> None:
        self.followers: dict[str, set[Socket]] = {}
        self._task: asyncio.Task[None] | None = None
        self._joined = asyncio.Event()

    async def ensure_started(self) -> None:
        """Listen on the loop that serves the sockets; begin again if the listener has ended."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._joined = asyncio.Event()
            self._task = loop.create_task(self._listen(), name="live-hub")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._joined.wait(), JOIN_SECONDS)

    def follow(self, socket: Socket, topics: Iterable[str]) -> None:
        for topic in topics:
            self.followers.setdefault(topic, set()).add(socket)
            socket.topics.add(topic)

    def unfollow(self, socket: Socket, topics: Iterable[str]) -> None:
        for topic in list(topics):
            socket.topics.discard(topic)
            sockets = self.followers.get(topic)
            if sockets is not None:
                sockets.discard(socket)
                if not sockets:
                    del self.followers[topic]

    def dispatch(self, payload: Payload) -> None:
        """Tell each socket concerned of those topics that it follows, and of no others."""
        if payload == RESYNC:
            self._resync()
            return
        reached: dict[Socket, set[str]] = {}
        for topic in payload["topics"]:
            for socket in self.followers.get(topic, ()):
                reached.setdefault(socket, set()).add(topic)
        for socket, topics in reached.items():
            socket.hear(topics, payload["kinds"])

    async def _listen(self) -> None:
        while True:
            try:
                await bus().listen(self.dispatch, self._begin)
            except Exception:
                logger.warning("live updates interrupted, joining again", exc_info=True)
            self._joined.clear()
            await asyncio.sleep(RETRY_SECONDS * (0.75 + random.random() / 2))  # noqa: S311  # spread, not secret

    def _begin(self) -> None:
        """Hearing begins. Sockets that are there already may have missed something."""
        self._joined.set()
        self._resync()

    def _resync(self) -> None:
        for socket in set().union(*self.followers.values()):
            socket.hear(set(RESYNC["topics"]), [])


hub = Hub()
