"""A real server with real sockets, for tests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import Presence, User


@contextmanager
def served() -> Iterator[int]:
    """Serve the desk on a free port, in a thread; yield the port."""
    from helpdesk.asgi import application

    config = uvicorn.Config(application, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, name="test-server", daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the server did not stop"


class Tab:
    """A browser tab with its socket."""

    def __init__(self, port: int, user: User | None, *, was_online: bool = True) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)
        if user is not None and was_online:  # else coming online is news by itself
            Presence.objects.get_or_create(user=user, defaults={"state": Presence.State.ONLINE})
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items())
        self.opening = connect(
            f"ws://127.0.0.1:{port}/ws/agent/",
            additional_headers={"Cookie": cookies},
            origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
            open_timeout=10,
            close_timeout=1,
            max_size=None,
            compression=None,
            max_queue=4,  # who does not read soon stops taking
        )

    def __enter__(self) -> Tab:
        self.socket: ClientConnection = self.opening.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.opening.__exit__(None, None, None)

    def say(self, **content: Any) -> None:
        self.socket.send(json.dumps(content))

    def settle(self) -> None:
        """Return once the server has done what was said so far, and its start."""
        self.say(ping=1)
        while "pong" not in self.next(10):
            pass

    def next(self, seconds: float = 5) -> dict[str, Any]:
        return json.loads(self.socket.recv(timeout=seconds))

    def hears(self, topic: str, seconds: float = 5) -> dict[str, Any]:
        """Return the next poke with this topic."""
        until = time.monotonic() + seconds
        while True:
            poke = self.next(max(until - time.monotonic(), 0.001))
            if topic in poke.get("topics", []):
                return poke

    def quiet(self, seconds: float = 0.4) -> bool:
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False

    def closed_with(self, seconds: float = 5) -> int:
        """Return the code with which the server closes."""
        until = time.monotonic() + seconds
        try:
            while True:
                self.next(max(until - time.monotonic(), 0.001))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0
