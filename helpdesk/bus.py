"""How a poke travels from the process where something changed to those that hold sockets.

Within one process (memory), or through Redis. A poke is best effort: sending never waits and never
raises. What got lost is made good: a listener that lost its connection, and a sender that lost pokes,
have every socket told to fetch afresh.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

import redis
from redis import asyncio as aioredis
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpdesk.gather import RUSH_SECONDS, waiting

logger = logging.getLogger(__name__)

Payload = dict[str, list[str]]
RESYNC: Payload = {"topics": ["live:resync"], "kinds": []}
WAITING_AT_MOST = 2000  # pokes of one process on their way
SEND_SECONDS = 2
SILENCE_SECONDS = 15  # then the connection is asked whether it is alive
EXIT_SECONDS = 1  # what a process that ends grants its last pokes


class Bus(Protocol):
    def send(self, payload: Payload) -> None:
        """Take a poke from any thread, at once."""

    async def listen(self, hear: Callable[[Payload], None], joined: Callable[[], None]) -> None:
        """Hear every poke until cancelled; `joined` is called whenever hearing begins (again)."""

    def check(self) -> None:
        """Raise when pokes cannot be sent."""


class MemoryBus:
    """Listeners and senders are threads of one process."""

    def __init__(self) -> None:
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Callable[[Payload], None]]] = []

    def send(self, payload: Payload) -> None:
        for listener in list(self._listeners):
            loop, hear = listener
            try:
                loop.call_soon_threadsafe(hear, payload)
            except RuntimeError:  # its loop has ended
                self._forget(listener)

    async def listen(self, hear: Callable[[Payload], None], joined: Callable[[], None]) -> None:
        listener = (asyncio.get_running_loop(), hear)
        self._listeners.append(listener)
        joined()
        try:
            await asyncio.Event().wait()
        finally:
            self._forget(listener)

    def check(self) -> None:
        """Nothing can be away."""

    def _forget(self, listener: tuple[asyncio.AbstractEventLoop, Callable[[Payload], None]]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)


class RedisBus:
    """Redis carries pokes between processes: one subscription and one sending thread in each."""

    def __init__(self, url: str, channel: str = "") -> None:
        self.url = url
        # publish ignores the number of the database, so that two desks on one Redis need two names
        self.channel = channel or f"helpdesk.pokes{urlsplit(url).path}"
        self._lock = threading.Lock()
        self._sender: _Sender | None = None
        os.register_at_fork(after_in_child=self._start_anew)
        atexit.register(self.flush)

    def send(self, payload: Payload) -> None:
        with self._lock:
            if self._sender is None:
                self._sender = _Sender(self.url, self.channel)
        self._sender.put(payload)

    async def listen(self, hear: Callable[[Payload], None], joined: Callable[[], None]) -> None:
        # redis-py's own read timeout would end an idle subscription; silence is asked about instead
        client = aioredis.Redis.from_url(self.url, socket_timeout=None, socket_connect_timeout=SEND_SECONDS)
        async with client, client.pubsub() as pubsub:
            await pubsub.subscribe(self.channel)
            was_asked = False
            while True:
                message = await pubsub.get_message(timeout=SILENCE_SECONDS)
                if message is None and was_asked:
                    raise ConnectionError("Redis fell silent")
                was_asked = message is None
                if message is None:
                    await pubsub.ping()
                elif message["type"] == "subscribe":  # at first, and after each connection it lost
                    joined()
                elif message["type"] == "message":
                    for payload in json.loads(message["data"]):
                        hear(payload)

    def check(self) -> None:
        with _client(self.url) as client:
            client.publish(f"{self.channel}.ready", "")

    def flush(self) -> None:
        """Give what was said last a moment to leave, so that a short command is heard too."""
        if self._sender is not None:
            self._sender.flush(EXIT_SECONDS)

    def _start_anew(self) -> None:
        """A forked child has neither the thread nor a lock it can trust."""
        self._lock, self._sender = threading.Lock(), None


class _Sender:
    """A thread that publishes. What it cannot, it drops, and remembers to have everybody fetch afresh."""

    def __init__(self, url: str, channel: str) -> None:
        self.url, self.channel = url, channel
        self.has_lost = False
        self.quiet_from = 0.0
        self.queue: queue.Queue[Payload] = queue.Queue(WAITING_AT_MOST)
        threading.Thread(target=self._run, name="poke-sender", daemon=True).start()

    def put(self, payload: Payload) -> None:
        try:
            self.queue.put_nowait(payload)
        except queue.Full:
            self.has_lost = True

    def flush(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.queue.unfinished_tasks and not self.has_lost and time.monotonic() < until:
            time.sleep(0.005)

    def _run(self) -> None:
        client = _client(self.url)
        while True:
            payloads = self._next()
            try:
                if self.has_lost:
                    client.publish(self.channel, json.dumps([RESYNC]))
                    self.has_lost = False
                if payloads:
                    client.publish(self.channel, json.dumps(payloads))
            except (redis.RedisError, OSError):
                self._give_up()
            self.quiet_from = time.monotonic() + RUSH_SECONDS
            for _ in payloads:
                self.queue.task_done()

    def _next(self) -> list[Payload]:
        """What is to be said: one poke at once, or in a rush all that came meanwhile."""
        try:
            first = self.queue.get(timeout=1 if self.has_lost else None)
        except queue.Empty:
            return []  # nothing new, but something to make good
        if (rush := self.quiet_from - time.monotonic()) > 0:
            time.sleep(rush)
        return [first, *waiting(self.queue)]

    def _give_up(self) -> None:
        if not self.has_lost:
            logger.warning("pokes lost, Redis is away")
        self.has_lost = True
        while not self.queue.empty():  # "fetch afresh" will stand for all of them
            self.queue.get_nowait()
            self.queue.task_done()


def _client(url: str) -> Any:
    return redis.Redis.from_url(
        url,
        socket_timeout=SEND_SECONDS,
        socket_connect_timeout=SEND_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
