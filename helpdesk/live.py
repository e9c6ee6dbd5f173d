"""Live updates. A poke says *what* changed; the browser refetches it over HTTP.

No message text travels here, so a wrong topic can never leak a conversation, and permissions stay in
one place: the view that renders the partial.

Each process has one member in the channel layer, and inside it a hub that knows which sockets follow
which topic. Topics: `user:ID`, `team:ID` (0: without a team), `ticket:ID`. A socket follows its user and
teams from the start and asks for tickets it shows; the hub checks each wish.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from typing import Any

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

GROUP = "pokes"


def poke(topics: Iterable[str], kinds: Iterable[str] = ()) -> None:
    """Tell every process that something changed. Best effort: never raises, never waits."""
    payload = {"type": "poke", "topics": sorted(set(topics)), "kinds": sorted(set(kinds))}
    try:
        asyncio.run_coroutine_threadsafe(_send(payload), sender_loop())
    except RuntimeError:
        logger.warning("poke not sent")


def enqueue(task: Any, *args: object) -> None:
    """Hand a task to the broker. When the broker is away the row waits for its sweep, so only log."""
    from kombu.exceptions import KombuError

    try:
        task.delay(*args)
    except (KombuError, OSError):
        logger.warning("broker away, left to the sweep", extra={"task": task.name})


async def _send(payload: dict[str, Any]) -> None:
    try:
        await get_channel_layer().group_send(GROUP, payload)
    except Exception:
        logger.warning("poke lost", exc_info=True)


class _Sender:
    """One event loop in a thread of its own per process, so that connections to the layer last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def loop(self) -> asyncio.AbstractEventLoop:
        import os

        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._loop = asyncio.new_event_loop()
                self._pid = os.getpid()
                threading.Thread(target=self._loop.run_forever, name="poke-sender", daemon=True).start()
            return self._loop


_sender = _Sender()


def sender_loop() -> asyncio.AbstractEventLoop:
    """Return the loop on which this process talks to the channel layer."""
    return _sender.loop()


class Hub:
    """Fans one poke out to the sockets of this process that follow its topics."""

    def __init__(self) -> None:
        self.followers: dict[str, set[Any]] = {}
        self._task: asyncio.Task[None] | None = None
        self._started: asyncio.Future[None] | None = None

    async def ensure_started(self) -> None:
        """Join the layer once, on the loop that serves the sockets; start again if the listener died."""
        if (
            self._task is not None
            and not self._task.done()
            and self._task.get_loop() is asyncio.get_running_loop()
        ):
            if self._started is not None:
                await self._started
            return
        loop = asyncio.get_running_loop()
        self._started = loop.create_future()
        self._task = loop.create_task(self._listen(self._started))
        await self._started

    def follow(self, socket: Any, topics: Iterable[str]) -> None:
        for topic in topics:
            self.followers.setdefault(topic, set()).add(socket)
            socket.topics.add(topic)

    def unfollow(self, socket: Any, topics: Iterable[str]) -> None:
        for topic in list(topics):
            socket.topics.discard(topic)
            sockets = self.followers.get(topic)
            if sockets is not None:
                sockets.discard(socket)
                if not sockets:
                    del self.followers[topic]

    def dispatch(self, payload: dict[str, Any]) -> None:
        """Put the poke into the mailbox of each socket concerned; a slow one holds nobody up."""
        reached: set[Any] = set()
        for topic in payload["topics"]:
            reached |= self.followers.get(topic, set())
        for socket in reached:
            socket.hear(payload)

    async def _listen(self, started: asyncio.Future[None]) -> None:
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                if not started.done():
                    started.set_result(None)
                while True:
                    self.dispatch(await layer.receive(channel))
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.warning("channel layer away, joining again", exc_info=True)
                if not started.done():
                    started.set_result(None)
                await asyncio.sleep(1)
                self._resync()

    def _resync(self) -> None:
        """Pokes may have been missed: every socket is told to fetch afresh."""
        for socket in set().union(*self.followers.values()) if self.followers else set():
            socket.hear({"topics": ["live:resync"], "kinds": []})


hub = Hub()
