"""Facts: write them down, announce them, and see that every subscriber runs.

`record` is called by actions, inside their transaction. After the commit the live sockets are poked
directly, and one task takes all the facts of that transaction to their subscribers. A subscriber that
raises is run again later, alone; a sweep takes up facts whose task was lost.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from helpdesk import live, rows
from helpdesk.wiring import SUBSCRIBERS, TOGETHER
from tickets.models import Event

if TYPE_CHECKING:
    from tickets.actor import Actor
    from tickets.models import Message, Ticket

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=30)  # how long a fact may wait for its task before the sweep takes it up
MAX_ATTEMPTS = 20
ENOUGH_TOGETHER = 2  # facts
NOTE_SECONDS = 1  # far less than GRACE


@dataclass(frozen=True)
class Fact:
    """One fact about a ticket, before it is written down. `data` is JSON: ids, numbers, short words."""

    kind: str
    actor: Actor
    message: Message | None = None
    data: dict[str, object] = field(default_factory=dict)


def record(
    ticket: Ticket, kind: str, *, actor: Actor, message: Message | None = None, **data: object
) -> Event:
    """Write down a fact, and announce it once the transaction has committed.

    `data` is JSON: ids, numbers and short words, shown in the timeline and read by subscribers.
    Raises LookupError for a kind that is not in `helpdesk/wiring.py`.
    """
    return record_all(ticket, Fact(kind, actor, message, data))[0]


def record_all(ticket: Ticket, *facts: Fact) -> list[Event]:
    """Write down several facts of one ticket in one statement; see `record`."""
    for fact in facts:
        if fact.kind not in SUBSCRIBERS:
            raise LookupError(f"Unknown fact {fact.kind!r}: add it to helpdesk/wiring.py.")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record() belongs inside the transaction of an action.")
    now = timezone.now()
    events = [_event(ticket, fact, now) for fact in facts]
    rows.insert(*events)
    for event in events:
        _announce_after_commit(event, _topics(ticket, event.data))
    return events


def _event(ticket: Ticket, fact: Fact, now: datetime) -> Event:
    return Event(
        ticket=ticket,
        message=fact.message,
        kind=fact.kind,
        actor=fact.actor.user,
        actor_name=fact.actor.name,
        actor_kind=fact.actor.kind,
        data=fact.data,
        created_at=now,
        handled_at=None if SUBSCRIBERS[fact.kind] else now,
        next_attempt_at=now + GRACE,
    )


def handle_all(events: Sequence[Event]) -> None:
    """Take facts to their subscribers; remember which failed, to run those again alone.

    That a fact was handled is written for many at once, and again and again while it takes long: what is
    not written when the worker dies is taken to its subscribers once more.
    """
    done = _run_together([event for event in events if not event.failed])
    handled: list[int] = []
    began = time.monotonic()
    for event in events:
        wanted = event.failed or SUBSCRIBERS.get(event.kind, [])
        failed = [name for name in wanted if (name, event.pk) not in done and not _run(name, event)]
        if failed:
            _note_failed(event, failed)
        else:
            handled.append(event.pk)
        if time.monotonic() - began > NOTE_SECONDS:
            _note_handled(handled)
            handled, began = [], time.monotonic()
    _note_handled(handled)


def _run_together(events: list[Event]) -> set[tuple[str, int]]:
    """Run subscribers that take many facts; return (subscriber, fact) of what is done."""
    done: set[tuple[str, int]] = set()
    for name, many in TOGETHER.items():
        theirs = [event for event in events if name in SUBSCRIBERS.get(event.kind, [])]
        if len(theirs) < ENOUGH_TOGETHER:
            continue
        try:
            import_string(many)(theirs)
        except Exception:
            logger.exception("subscriber failed, each fact goes alone", extra={"subscriber": many})
        else:
            done.update((name, event.pk) for event in theirs)
    return done


def _note_handled(event_ids: list[int]) -> None:
    if event_ids:
        now = timezone.now()
        Event.objects.filter(pk__in=event_ids).update(failed=[], attempts=F("attempts") + 1, handled_at=now)


def _note_failed(event: Event, failed: list[str]) -> None:
    now = timezone.now()
    attempts = event.attempts + 1
    if attempts < MAX_ATTEMPTS:
        delay = timedelta(seconds=min(5 * 2**attempts, 3600))
        Event.objects.filter(pk=event.pk).update(
            failed=failed, attempts=attempts, next_attempt_at=now + delay
        )
    else:
        Event.objects.filter(pk=event.pk).update(failed=failed, attempts=attempts, handled_at=now)


def unhandled() -> list[int]:
    """Return ids of facts that should have been handled by now: a lost task, or a failed subscriber."""
    due = Event.objects.filter(handled_at=None, next_attempt_at__lte=timezone.now())
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:500])


def _run(name: str, event: Event) -> bool:
    try:
        import_string(name)(event)
    except Exception:
        logger.exception("subscriber failed", extra={"subscriber": name, "event": event.pk})
        return False
    return True


def _announce_after_commit(event: Event, topics: set[str]) -> None:
    """Gather the facts of one transaction: one poke and one task for all of them."""
    pending: _Pending | None = getattr(connection, "pending_facts", None)
    if pending is None or pending.is_stale():
        pending = _Pending()
        connection.pending_facts = pending  # type: ignore[attr-defined]
        transaction.on_commit(pending.publish)
    pending.add(event, topics)


class _Pending:
    """The facts of the transaction under way on one connection."""

    def __init__(self) -> None:
        self.event_ids: list[int] = []
        self.topics: set[str] = set()
        self.kinds: set[str] = set()
        self.hook_position = len(connection.run_on_commit)

    def is_stale(self) -> bool:
        """True once the transaction (or the savepoint) that gathered these has gone."""
        hooks = connection.run_on_commit
        return len(hooks) <= self.hook_position or hooks[self.hook_position][1] != self.publish

    def add(self, event: Event, topics: Iterable[str]) -> None:
        if event.handled_at is None:
            self.event_ids.append(event.pk)
        self.topics.update(topics)
        self.kinds.add(event.kind)

    def publish(self) -> None:
        from tickets.tasks import react

        if getattr(connection, "pending_facts", None) is self:
            connection.pending_facts = None  # type: ignore[attr-defined]
        live.poke(self.topics, self.kinds)
        if self.event_ids:
            live.enqueue_each(react, self.event_ids)


def _topics(ticket: Ticket, data: dict[str, object]) -> set[str]:
    topics = {f"ticket:{ticket.pk}", f"team:{ticket.team_id or 0}"}
    if ticket.assignee_id:
        topics.add(f"user:{ticket.assignee_id}")
    if "team_before" in data:
        topics.add(f"team:{data['team_before'] or 0}")
    if data.get("assignee_before"):
        topics.add(f"user:{data['assignee_before']}")
    return topics
