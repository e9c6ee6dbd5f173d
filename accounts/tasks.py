"""Celery's doors into accounts."""

from __future__ import annotations

from celery import shared_task

from accounts import presence, reactions


@shared_task
def react(kind: str, user_id: int) -> None:
    """Take what happened to a person to its subscribers."""
    reactions.run_subscribers(kind, user_id)


@shared_task
def sweep_presence() -> int:
    """Notice who has gone. Runs every few seconds."""
    return presence.sweep()
