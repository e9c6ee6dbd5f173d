"""Celery's doors into automation."""

from __future__ import annotations

from celery import shared_task

from automation import handover, routing


@shared_task
def give_out_waiting() -> int:
    """Give out what waits, and take back what nobody can work on. Runs every few seconds."""
    handover.hand_back_everything()
    return len(routing.give_out_everything())
