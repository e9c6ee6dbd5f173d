"""One-process mode: the Celery worker, beat and the channel layer inside the web process."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from channels.layers import InMemoryChannelLayer

HANDOVER_SECONDS = 5  # a stopped server must not hang a worker thread


class EmbeddedChannelLayer(InMemoryChannelLayer):
    """An in-memory channel layer that may be called from any thread.

    Channels' own keeps asyncio queues, which belong to the loop that waits on them. Here every
    operation runs on one home loop: the loop of the first consumer that opens a channel.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home: asyncio.AbstractEventLoop | None = None

    async def new_channel(self, *args: Any, **kwargs: Any) -> str:
        if self._live_home() is None:
            if self.home is not None:
                await self.flush()
            self.home = asyncio.get_running_loop()
        return await super().new_channel(*args, **kwargs)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self._at_home(super().send, channel, message)

    async def group_add(self, group: str, channel: str) -> None:
        await self._at_home(super().group_add, group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._at_home(super().group_discard, group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._at_home(super().group_send, group, message)

    def _live_home(self) -> asyncio.AbstractEventLoop | None:
        home = self.home
        return home if home is not None and home.is_running() and not home.is_closed() else None

    async def _at_home(self, call: Any, *args: Any) -> None:
        home = self._live_home()
        if home is None or home is asyncio.get_running_loop():
            await call(*args)
            return
        done = asyncio.run_coroutine_threadsafe(call(*args), home)
        await asyncio.wait_for(asyncio.wrap_future(done), HANDOVER_SECONDS)


class EmbeddedWorker:
    """A Celery worker on threads, with beat beside it."""

    def __init__(self, concurrency: int = 4) -> None:
        from celery.apps.beat import Beat  # noqa: F401  # registers beat's signals
        from celery.beat import EmbeddedService
        from celery.worker import WorkController

        from helpdesk.celery import app
        from helpdesk.heartbeats import QUEUES, PulseScheduler

        app.finalize()
        app.loader.import_default_modules()
        ready = self.ready = threading.Event()

        class Worker(WorkController):
            def on_consumer_ready(self, consumer: Any) -> None:
                ready.set()

        self.worker = Worker(
            app=app,
            hostname="embedded@localhost",
            pool_cls="threads",
            concurrency=concurrency,
            queues=list(QUEUES),
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self.beat = EmbeddedService(app, thread=True, scheduler_cls=PulseScheduler)
        self.thread = threading.Thread(target=self.worker.start, name="celery-worker", daemon=True)

    def start(self) -> None:
        """Return once the worker takes tasks. Raises RuntimeError after 30 s."""
        self.thread.start()
        if not self.ready.wait(30):
            raise RuntimeError("The worker did not start.")
        self.beat.daemon = True
        self.beat.start()

    def stop(self) -> None:
        """Let running tasks end, then stop."""
        from celery.worker import state

        self.beat.stop()
        state.should_stop = 0
        self.worker.stop()
        self.thread.join(10)
        state.should_stop = None
