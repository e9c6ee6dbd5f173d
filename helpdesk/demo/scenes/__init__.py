"""Scenes: what happens on a desk now and then, each once or a few times, beside the many ordinary tickets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from helpdesk.demo.scenes import (
    corporate,
    forms,
    full_disk,
    handling,
    machines,
    same_person,
    sending,
    tangles,
    terminals,
)

if TYPE_CHECKING:
    from helpdesk.demo.clock import Life
    from helpdesk.demo.scenes.stage import Stage

ALL = (forms, terminals, corporate, tangles, machines, sending, handling, same_person, full_disk)
TICKETS = 69  # how many tickets they make


def lives(stage: Stage) -> Iterator[Life]:
    """Return them all, to be told side by side."""
    for scene in ALL:
        yield from scene.lives(stage)
