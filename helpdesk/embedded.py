"""One-process mode: the Celery worker and beat inside the web process."""

from __future__ import annotations

import threading
from typing import Any


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
