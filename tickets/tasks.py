"""Celery's doors into tickets. Each loads, and calls one function."""

from __future__ import annotations

from celery import shared_task

from tickets import events
from tickets.actions.attach import purge_orphans
from tickets.actions.snooze import wake_due
from tickets.actions.status import close_solved
from tickets.awaymail import mail_away
from tickets.models import Event


@shared_task
def react(event_ids: list[int]) -> None:
    """Take facts to their subscribers, unless that was done."""
    waiting = Event.objects.filter(pk__in=event_ids, handled_at=None).select_related("ticket", "message")
    events.handle_all(list(waiting.order_by("pk")))


@shared_task
def react_to_forgotten() -> int:
    """Take up facts whose task was lost, and subscribers that failed. Runs every few seconds."""
    event_ids = events.unhandled()
    if event_ids:
        react(event_ids)
    return len(event_ids)


@shared_task
def wake_snoozed() -> int:
    """Bring back tickets whose time has come. Runs every few seconds."""
    return wake_due()


@shared_task
def close_long_solved() -> int:
    """Close what no customer may reopen any more. Runs every few minutes."""
    return close_solved()


@shared_task
def purge_uploads() -> int:
    """Remove uploads that were never sent. Runs every hour."""
    return purge_orphans()


@shared_task
def tell_those_away() -> int:
    """Mail agents what they have not read while they are away. Runs every minute."""
    return mail_away()
