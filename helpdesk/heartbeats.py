"""Signs of life of workers and beat: each stamps the cache every few seconds, /readyz reads the stamps."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from celery import bootsteps
from celery.beat import Scheduler
from django.core.cache import cache

if TYPE_CHECKING:
    from celery.worker import WorkController

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5
LOST_AFTER_SECONDS = 30
BEAT = "beat"
QUEUES = ("inbound", "outbound", "rules", "bulk")


def stamp(*names: str) -> None:
    """Say that these are alive. A cache that is away shows in /readyz; it must not stop the work."""
    try:
        cache.set_many({f"heartbeat.{name}": time.time() for name in names}, timeout=24 * 3600)
    except Exception:
        logger.warning("heartbeat not written")


def ages(*names: str) -> dict[str, float | None]:
    """Return the seconds since each was last heard; None for never."""
    stamps = cache.get_many([f"heartbeat.{name}" for name in names])
    now = time.time()
    found = {name: stamps.get(f"heartbeat.{name}") for name in names}
    return {name: None if value is None else max(now - value, 0.0) for name, value in found.items()}


class WorkerPulse(bootsteps.StartStopStep):
    """A worker says which queues it serves, by its own clock: it needs no beat to be alive."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: WorkController, **kwargs: Any) -> None:
        self.timer_entry: Any = None
        super().__init__(parent, **kwargs)

    def start(self, parent: WorkController) -> None:
        names = [f"queue.{name}" for name in parent.app.amqp.queues.consume_from]
        stamp(*names)
        self.timer_entry = parent.timer.call_repeatedly(EVERY_SECONDS, stamp, tuple(names), priority=10)

    def stop(self, parent: WorkController) -> None:
        if self.timer_entry is not None:
            self.timer_entry.cancel()
            self.timer_entry = None


class PulseScheduler(Scheduler):
    """Beat that says it is alive. Its entries are short intervals, so nothing is kept on disk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.stamped_at = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() - self.stamped_at >= EVERY_SECONDS:
            self.stamped_at = time.monotonic()
            stamp(BEAT)
        return min(super().tick(*args, **kwargs), EVERY_SECONDS)
