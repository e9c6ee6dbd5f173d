"""Celery's doors into channels. Each loads, and calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from channels_app import imap, ingest
from channels_app.actions import polling
from channels_app.deliver import deliver
from channels_app.models import InboundCall, Inbox
from helpdesk.live import enqueue
from tickets.actions import delivery


@shared_task
def process_call(call_id: int) -> None:
    """Understand one stored call, unless that was done."""
    call = ingest.load(call_id)
    if call.state != InboundCall.State.DONE:
        ingest.process(call)


@shared_task
def process_forgotten_calls() -> int:
    """Take up calls whose task was lost or failed. Runs every few seconds."""
    due = InboundCall.objects.filter(state=InboundCall.State.RECEIVED, next_attempt_at__lte=timezone.now())
    call_ids = list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:500])
    for call_id in call_ids:
        enqueue(process_call, call_id)
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
