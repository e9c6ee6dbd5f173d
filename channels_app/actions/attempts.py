"""The delivery log: one row per try."""

from __future__ import annotations

from django.utils import timezone

from channels_app.models import DeliveryAttempt, Inbox
from tickets.models import Message


def begin(message: Message, *, inbox: Inbox) -> DeliveryAttempt:
    """Write down that a try begins; earlier ones that never ended were interrupted."""
    running = DeliveryAttempt.objects.filter(message=message, outcome=DeliveryAttempt.Outcome.RUNNING)
    running.update(outcome=DeliveryAttempt.Outcome.LOST, finished_at=timezone.now())
    return DeliveryAttempt.objects.create(message=message, inbox=inbox, number=message.attempts)


def end(attempt: DeliveryAttempt, *, outcome: str, detail: str) -> None:
    """Write down how a try ended, with the provider's words."""
    attempt.outcome, attempt.detail, attempt.finished_at = outcome, detail[:500], timezone.now()
    attempt.save(update_fields=["outcome", "detail", "finished_at"])
