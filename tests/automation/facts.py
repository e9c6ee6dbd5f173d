"""Run what a worker would run: every fact that waits for its subscribers."""

from __future__ import annotations

from tickets.models import Event
from tickets.tasks import react


def run() -> None:
    """Take facts to their subscribers until there are none left."""
    for _ in range(20):
        event_ids = list(Event.objects.filter(handled_at=None).order_by("pk").values_list("pk", flat=True))
        if not event_ids:
            return
        react(event_ids)
        failed = Event.objects.filter(pk__in=event_ids).exclude(failed=[])
        assert not failed, [(event.kind, event.failed) for event in failed]
    raise AssertionError("the facts never come to rest")
