"""Celery's doors into channels. Each loads, and calls one function."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup
from django.utils import timezone

from channels_app import imap, ingest
from channels_app.actions import polling
from channels_app.deliver import deliver
from channels_app.models import InboundCall, Inbox
from channels_app.registry import ADAPTERS, adapter_class
from helpdesk.live import enqueue
from tickets.actions import delivery

TAKES_IN = "inbound"  # the queue of process_calls


@celeryd_after_setup.connect
def warm_up(instance: Any, **kwargs: Any) -> None:
    """Before a worker that takes calls in begins, and before it divides itself into processes."""
    if TAKES_IN in instance.app.amqp.queues.consume_from:
        for slug in ADAPTERS:
            adapter_class(slug).warm_up()


@shared_task
def process_calls(call_ids: list[int]) -> None:
    """Understand stored calls, unless that was done."""
    ingest.process_all(call_ids)


@shared_task
def process_forgotten_calls() -> int:
    """Take up calls whose task was lost or failed, each alone: one may be what killed its worker."""
    due = InboundCall.objects.filter(state=InboundCall.State.RECEIVED, next_attempt_at__lte=timezone.now())
    call_ids = list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:500])
    for call_id in call_ids:
        enqueue(process_calls, [call_id])
    return len(call_ids)


@shared_task
def poll_mailboxes() -> int:
    """Have every mailbox fetched whose time has come. Runs every few seconds, unless a poller does."""
    inbox_ids = polling.due()
    for inbox_id in inbox_ids:
        enqueue(poll_mailbox, inbox_id)
    return len(inbox_ids)


@shared_task(acks_late=False)
def poll_mailbox(inbox_id: int) -> int:
    """Fetch what is new in one mailbox, unless that is being done."""
    return imap.poll_alone(Inbox.objects.get(pk=inbox_id))


@shared_task
def send_message(message_id: int) -> None:
    """Send one reply, if it is due and nobody else has it."""
    deliver(message_id)


@shared_task
def send_due_messages() -> int:
    """Send what is due: later replies, retries, and what a dead worker left. Runs every few seconds."""
    message_ids = delivery.due()
    for message_id in message_ids:
        enqueue(send_message, message_id)
    return len(message_ids)
