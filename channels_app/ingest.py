"""Store a call first, understand it later; every call ends in a verdict with a reason."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from channels_app.contract import Parsed, Request, StatusUpdate
from channels_app.models import InboundCall, Inbox
from customers.actions.undeliverable import mark_undeliverable
from helpdesk.live import enqueue
from tickets.actions import delivery
from tickets.actions.receive import Received, receive
from tickets.models import Message

logger = logging.getLogger(__name__)

NEVER_STORED = {"authorization", "cookie", "proxy-authorization"}
MAX_ATTEMPTS = 8
GRACE = timedelta(seconds=60)


def store_call(
    inbox: Inbox, *, request: Request, source: str, provider_id: str = ""
) -> tuple[InboundCall, bool]:
    """Keep a verified call and have it processed once it is safely stored.

    Returns the call and whether it is new: a provider that calls twice gets the stored one.
    """
    from channels_app.tasks import process_call

    headers = {name: value for name, value in request.headers.items() if name not in NEVER_STORED}
    provider_id = (provider_id or inbox.adapter.provider_id(request))[:255]
    now = timezone.now()
    try:
        with transaction.atomic():
            call = InboundCall.objects.create(
                inbox=inbox,
                provider_id=provider_id,
                source=source,
                body=request.body,
                headers=headers,
                size=len(request.body),
                received_at=now,
                next_attempt_at=now + GRACE,
            )
            transaction.on_commit(lambda: enqueue(process_call, call.pk))
    except IntegrityError:
        return InboundCall.objects.get(inbox=inbox, provider_id=provider_id), False
    return call, True


def process(call: InboundCall) -> InboundCall:
    """Turn one stored call into messages on tickets, with a verdict. Safe to repeat."""
    inbox = call.inbox
    try:
        parsed = inbox.adapter.parse(call.request)
        received = [receive(inbox, inbound=inbound) for inbound in parsed.messages]
        updated = [_apply(inbox, update) for update in parsed.updates]
    except Exception as error:
        _fail(call, error)
        raise
    _conclude(call, parsed, received, updated)
    return call


def _apply(inbox: Inbox, update: StatusUpdate) -> Message | None:
    """What became of one of our replies; and an address that does not work."""
    message = Message.objects.filter(
        inbox=inbox, external_id=update.external_id, kind=Message.Kind.REPLY
    ).first()
    if message is not None:
        delivery.mark_progress(message.pk, status=update.status, reason=update.reason)
    if update.address and update.is_permanent:
        mark_undeliverable(kind=inbox.adapter.identity_kind, address=update.address, reason=update.reason)
    return message


def _conclude(
    call: InboundCall, parsed: Parsed, received: list[Received], updated: list[Message | None]
) -> None:
    call.state, call.error, call.processed_at = InboundCall.State.DONE, "", timezone.now()
    call.sender = parsed.sender[:254]
    call.subject = parsed.subject[:250]
    call.verdict, call.reason = parsed.verdict or InboundCall.Verdict.IGNORED, parsed.reason[:500]
    if received:
        last = received[-1]
        call.verdict = last.outcome
        call.message, call.ticket, call.reason = last.message, last.ticket, last.reason or parsed.reason
    elif updated:
        known = next((message for message in updated if message is not None), None)
        call.verdict = parsed.verdict or InboundCall.Verdict.STATUS
        if known is not None:
            call.message, call.ticket_id = known, known.ticket_id
    call.save(
        update_fields=[
            "state", "error", "processed_at", "sender", "subject", "verdict", "reason", "message", "ticket",
        ]
    )  # fmt: skip


def _fail(call: InboundCall, error: Exception) -> None:
    attempts = call.attempts + 1
    is_last = attempts >= MAX_ATTEMPTS
    InboundCall.objects.filter(pk=call.pk).update(
        attempts=attempts,
        state=InboundCall.State.FAILED if is_last else InboundCall.State.RECEIVED,
        verdict=InboundCall.Verdict.FAILED,
        reason=type(error).__name__,
        error=repr(error)[:2000],
        next_attempt_at=timezone.now() + timedelta(seconds=min(15 * 2**attempts, 3600)),
    )
    logger.error("call failed", extra={"call": call.pk, "attempt": attempts, "last": is_last})
