"""Signs of life of worker and beat, read by /readyz."""

from __future__ import annotations

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

BEAT_KEY = "heartbeat.beat"


@shared_task(queue="rules")
def beat_heartbeat() -> None:
    """Written by a worker at beat's request: proves that beat, broker and a worker are alive."""
    cache.set(BEAT_KEY, timezone.now().isoformat(), timeout=600)
