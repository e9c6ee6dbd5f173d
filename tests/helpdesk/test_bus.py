"""Pokes through Redis: what is lost is made good."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import redis

from helpdesk import live
from helpdesk.bus import RESYNC, MemoryBus, Payload, RedisBus

SERVER = shutil.which("redis-server")
REDIS_URL = os.environ.get("REDIS_URL", "")
own_server = pytest.mark.skipif(SERVER is None, reason="no redis-server on this machine")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [SERVER or "", "--port", url.rpartition(":")[2], "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        with redis.Redis.from_url(url) as client:
            assert eventually(lambda: _answers(client))
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def eventually(check: object, seconds: float = 8) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


class Ear:
    """A hub with one socket, on a loop in a thread of its own."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.heard: list[str] = []
        self.hub = live.Hub()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def hear(self, topics: set[str], kinds: list[str]) -> None:
        self.heard += sorted(topics)

    def __enter__(self) -> Ear:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.hub.ensure_started(), self.loop).result(10)
        self.hub.follow(self, ["user:1"])
        return self

    def __exit__(self, *error: object) -> None:
        async def stop() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> RedisBus:
    bus = RedisBus(f"redis://127.0.0.1:{free_port()}", f"test.{uuid.uuid4()}")
    monkeypatch.setattr(live, "bus", lambda: bus)
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.1)
    return bus


@own_server
@pytest.mark.redis
def test_a_restart_of_redis_has_sockets_fetch_afresh_and_pokes_flow_again(own: RedisBus) -> None:
    with redis_server(own.url) as process, Ear() as ear:
        live.poke(["user:1"])
        assert eventually(lambda: ear.heard == ["user:1"])

        process.kill()
        process.wait()
        live.poke(["user:1"])  # lost
        time.sleep(0.5)
        ear.heard.clear()
        with redis_server(own.url):
            assert eventually(lambda: "live:resync" in ear.heard)
            ear.heard.clear()
            assert eventually(lambda: live.poke(["user:1"]) or "user:1" in ear.heard)


@own_server
@pytest.mark.redis
def test_a_hub_that_began_without_redis_joins_when_it_comes(own: RedisBus) -> None:
    with Ear() as ear:
        assert not ear.hub._joined.is_set()
        with redis_server(own.url):
            assert eventually(lambda: ear.heard == ["live:resync"])


@own_server
@pytest.mark.redis
def test_a_sender_that_lost_pokes_says_so_when_it_can(own: RedisBus) -> None:
    own.send({"topics": ["user:1"], "kinds": []})
    assert eventually(lambda: own._sender is not None and own._sender.has_lost)

    with redis_server(own.url), Ear() as ear:
        assert eventually(lambda: "live:resync" in ear.heard)


@pytest.mark.redis
@pytest.mark.skipif(not REDIS_URL, reason="set REDIS_URL")
def test_a_forked_worker_pokes_on_a_connection_of_its_own() -> None:
    """What a prefork worker does: the parent has poked before it forks."""
    channel = f"test.{uuid.uuid4()}"
    code = f"""
import os
from helpdesk.bus import RedisBus
bus = RedisBus({REDIS_URL!r}, {channel!r})
bus.send({{"topics": ["parent"], "kinds": []}})
bus.flush()
child = os.fork()
bus.send({{"topics": ["child" if child == 0 else "after"], "kinds": []}})
if child == 0:
    bus.flush()
    os._exit(0)
os.waitpid(child, 0)
"""
    heard = []
    with redis.Redis.from_url(REDIS_URL) as client, client.pubsub() as pubsub:
        pubsub.subscribe(channel)
        subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
        while (message := pubsub.get_message(timeout=1)) is not None:
            heard.append(message["data"])

    assert sum(b"parent" in each for each in heard if isinstance(each, bytes)) == 1
    assert sum(b"child" in each for each in heard if isinstance(each, bytes)) == 1
    assert sum(b"after" in each for each in heard if isinstance(each, bytes)) == 1  # said as it ended


def test_a_full_queue_drops_and_remembers() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:  # takes the connection, never answers
        bus = RedisBus(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        begun = time.process_time()

        for number in range(5000):
            bus.send({"topics": [f"user:{number}"], "kinds": []})

        assert time.process_time() - begun < 2
        assert eventually(lambda: bus._sender is not None and bus._sender.has_lost)


def test_a_loop_that_has_ended_is_forgotten() -> None:
    bus, heard = MemoryBus(), list[Payload]()

    async def listen_a_moment() -> None:
        task = asyncio.create_task(bus.listen(heard.append, lambda: None))
        await asyncio.sleep(0.01)
        bus.send(RESYNC)
        await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(listen_a_moment())
    assert heard == [RESYNC]
    assert bus._listeners == []


def test_a_hub_survives_an_ear_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while hearing, the hub joins again."""

    class Flaky(MemoryBus):
        tries = 0

        async def listen(self, hear: object, joined: object) -> None:
            self.tries += 1
            if self.tries < 3:
                raise ConnectionError("gone")
            await super().listen(hear, joined)  # type: ignore[arg-type]

    bus = Flaky()
    monkeypatch.setattr(live, "bus", lambda: bus)
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.05)
    with Ear() as ear:
        live.poke(["user:1"])
        assert eventually(lambda: "user:1" in ear.heard)
