"""Ids that come in a rush travel together; none is lost, and a broker that is away holds nobody up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from helpdesk.gather import TOGETHER_AT_MOST, Gatherer


class Task:
    name = "a task"


TASK, OTHER = Task(), Task()


class Broker:
    """Notes what is handed over; can be slow, away, or broken."""

    def __init__(self) -> None:
        self.taken: list[tuple[object, list[int]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.is_away = False
        self.breaks = 0

    def __call__(self, task: object, ids: list[int]) -> bool:
        self.gate.wait(5)
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("broken")
        if self.is_away:
            return False
        self.taken.append((task, ids))
        return True


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def gatherer(broker: Broker) -> Iterator[Gatherer]:
    made = Gatherer(broker)
    yield made
    broker.gate.set()


def test_what_comes_alone_goes_alone_and_at_once(broker: Broker, gatherer: Gatherer) -> None:
    gatherer.put(TASK, [1])
    gatherer.flush()

    assert broker.taken == [(TASK, [1])]


def test_what_comes_in_a_rush_goes_together_each_once_and_in_order(
    broker: Broker, gatherer: Gatherer
) -> None:
    broker.gate.clear()
    gatherer.put(TASK, [0])
    time.sleep(0.05)  # the first one is on its way, and waits at the broker's gate
    for number in range(1, 2 * TOGETHER_AT_MOST + 6):
        gatherer.put(TASK, [number])
    gatherer.put(OTHER, [7])
    broker.gate.set()
    gatherer.flush(5)

    assert [len(ids) for task, ids in broker.taken if task is TASK] == [
        1,
        TOGETHER_AT_MOST,
        TOGETHER_AT_MOST,
        5,
    ]
    assert [each for task, ids in broker.taken if task is TASK for each in ids] == list(range(46))
    assert [ids for task, ids in broker.taken if task is OTHER] == [[7]]


def test_a_broker_that_is_away_or_broken_does_not_stop_the_next_ones(
    broker: Broker, gatherer: Gatherer
) -> None:
    broker.is_away = True
    gatherer.put(TASK, [1])
    gatherer.flush()
    broker.is_away, broker.breaks = False, 1
    gatherer.put(TASK, [2])
    gatherer.flush()
    gatherer.put(TASK, [3])
    gatherer.flush()

    assert broker.taken == [(TASK, [3])]


def test_a_forked_child_begins_with_nothing_and_hands_over_itself(broker: Broker, gatherer: Gatherer) -> None:
    gatherer.put(TASK, [1])
    gatherer.flush()

    gatherer._start_anew()  # what the child does first
    gatherer.put(TASK, [2])
    gatherer.flush()

    assert broker.taken == [(TASK, [1]), (TASK, [2])]
