"""Work for Celery that comes faster than the broker takes it travels together: many ids in one task.

Handing over a task and taking it costs about as much as half of what is done for a mail. A thread hands
over: alone and at once when little happens, and in a rush what came within a twentieth of a second. What
is lost with the process is taken up by the sweep that every such task has.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

TOGETHER_AT_MOST = 20  # so that several workers share a rush
WAITING_AT_MOST = 5000
RUSH_SECONDS = 0.05  # after a task, for how long the next id waits for company
EXIT_SECONDS = 2  # what a process that ends grants its last tasks

T = TypeVar("T")
Item = tuple[Any, int]  # a task that takes a list of ids, and one of them


class Gatherer:
    """Hands ids to `publish(task, ids)` on a thread of its own."""

    def __init__(self, publish: Callable[[Any, list[int]], bool]) -> None:
        self._publish = publish
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._queue: queue.Queue[Item] = queue.Queue(WAITING_AT_MOST)
        os.register_at_fork(after_in_child=self._start_anew)
        atexit.register(self.flush)

    def put(self, task: Any, ids: Iterable[int]) -> None:
        """Take note and return at once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="task-gatherer", daemon=True)
                self._thread.start()
        try:
            for each in ids:
                self._queue.put_nowait((task, each))
        except queue.Full:
            logger.warning("too many tasks wait, left to the sweep", extra={"task": task.name})

    def flush(self, seconds: float = EXIT_SECONDS) -> None:
        """Wait until all is handed over, but not longer than this."""
        until = time.monotonic() + seconds
        while self._queue.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.002)

    def _start_anew(self) -> None:
        """A forked child has neither the thread nor a lock it can trust."""
        self._lock, self._thread, self._queue = threading.Lock(), None, queue.Queue(WAITING_AT_MOST)

    def _run(self) -> None:
        own_queue, quiet_from = self._queue, 0.0  # a forked child has another
        while True:
            item = own_queue.get()
            if (rush := quiet_from - time.monotonic()) > 0:
                time.sleep(rush)
            items = [item, *waiting(own_queue)]
            try:
                self._hand_over(items)
            except Exception:
                logger.exception("tasks not handed over, left to the sweep")
            quiet_from = time.monotonic() + RUSH_SECONDS
            for _ in items:
                own_queue.task_done()

    def _hand_over(self, items: list[Item]) -> None:
        ids_of: dict[Any, list[int]] = {}
        for task, each in items:
            ids_of.setdefault(task, []).append(each)
        for task, ids in ids_of.items():
            for start in range(0, len(ids), TOGETHER_AT_MOST):
                if not self._publish(task, ids[start : start + TOGETHER_AT_MOST]):
                    return  # the broker is away: the sweep takes all that waits


def waiting(items: queue.Queue[T]) -> Iterator[T]:
    """What is there already."""
    try:
        while True:
            yield items.get_nowait()
    except queue.Empty:
        return
