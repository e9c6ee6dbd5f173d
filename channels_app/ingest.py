"""Store a call first, understand it later; every call ends in a verdict with a reason."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from channels_app import after
from channels_app.contract import InboundMessage, Parsed, Request, StatusUpdate
from channels_app.models import InboundCall, Inbox
from customers.actions.undeliverable import mark_undeliverable
from helpdesk import rows
from helpdesk.live import enqueue_each
from tickets.actions import delivery
from tickets.actions.doubt import doubt_forward
from tickets.actions.note import add_note
from tickets.actions.receive import Received, receive
from tickets.actor import AUTOMATION, Actor
from tickets.files import discarded_on_failure
from tickets.models import Message

if TYPE_CHECKING:
    from channels_app.contract import Adapter

logger = logging.getLogger(__name__)

NEVER_STORED = {"authorization", "cookie", "proxy-authorization"}
VERDICT = ["state", "error", "processed_at", "sender", "subject", "verdict", "reason", "message", "ticket"]
MAX_ATTEMPTS = 8
UNPROVED = "forwarded from an agent's address, without proof that the agent sent it"
GRACE = timedelta(seconds=60)
LIGHT = 200_000  # bytes of a call that is read along with others


def store_call(
    inbox: Inbox, *, request: Request, source: str, provider_id: str = "", is_processed_here: bool = False
) -> tuple[InboundCall, bool]:
    """Keep a verified call and have it processed once it is safely stored.

    Returns the call and whether it is new: a provider that calls twice gets the stored one. With
    `is_processed_here` the caller runs `process` at once, and no task is sent.
    """
    from channels_app.tasks import process_calls

    headers = {name: value for name, value in request.headers.items() if name not in NEVER_STORED}
    provider_id = (provider_id or inbox.adapter.provider_id(request))[:255]
    now = timezone.now()
    call = InboundCall(
        inbox=inbox,
        provider_id=provider_id,
        source=source,
        body=request.body,
        headers=headers,
        size=len(request.body),
        received_at=now,
        next_attempt_at=now + GRACE,
    )
    try:
        with transaction.atomic():
            rows.insert(call)
            if not is_processed_here:
                transaction.on_commit(lambda: enqueue_each(process_calls, [call.pk]))
    except IntegrityError:
        return InboundCall.objects.get(inbox=inbox, provider_id=provider_id), False
    return call, True


def load(
    call_id: int, inboxes: dict[int, Inbox] | None = None, call: InboundCall | None = None
) -> InboundCall:
    """Return a stored call with its inbox, from those at hand if given. Raises InboundCall.DoesNotExist."""
    call = call or rows.first(InboundCall, pk=call_id)
    if call is None:
        raise InboundCall.DoesNotExist(call_id)
    at_hand = inboxes if inboxes is not None else {}
    inbox = at_hand.get(call.inbox_id) or rows.first(Inbox, pk=call.inbox_id)
    if inbox is None:
        raise InboundCall.DoesNotExist(call_id)
    call.inbox = at_hand[call.inbox_id] = inbox
    return call


def process_all(call_ids: Iterable[int]) -> None:
    """Process stored calls, each on its own. Raises the last error once every one had its turn."""
    failed: Exception | None = None
    inboxes: dict[int, Inbox] = {}
    call_ids = list(call_ids)
    light = {call.pk: call for call in rows.several(InboundCall, call_ids, at_most=("size", LIGHT))}
    for call_id in call_ids:
        try:
            call = load(call_id, inboxes, light.pop(call_id, None))
            if call.state != InboundCall.State.DONE:
                process(call)
        except Exception as error:
            failed = error
            if not connection.in_atomic_block:
                close_old_connections()  # one that broke would fail the others as well
    if failed is not None:
        raise failed


def process(call: InboundCall) -> InboundCall:
    """Turn one stored call into messages on tickets, with a verdict. Safe to repeat.

    All that a call brings is written in one transaction, its verdict included: a worker that dies
    anywhere leaves either nothing or everything.
    """
    inbox = call.inbox
    try:
        adapter = inbox.adapter
        parsed = adapter.parse(call.request)
        with discarded_on_failure(), transaction.atomic(), rows.together():
            received = [_take(inbox, inbound) for inbound in parsed.messages]
            updated = [_apply(inbox, adapter, update) for update in parsed.updates]
            _conclude(call, parsed, received, updated)
    except Exception as error:
        _fail(call, error)
        raise
    return call


def _take(inbox: Inbox, inbound: InboundMessage) -> Received:
    """Receive one message, as the customer's when an agent passed it on, and do what follows.

    Anyone may write an agent's address: without proof the mail is its sender's own.
    """
    agent = _forwarding_agent(inbound)
    if agent is not None and inbound.forwarded is not None and inbound.is_sender_proven:
        received = receive(inbox, inbound=inbound.forwarded, brought_by=agent)
        note = str(inbound.forwarded.attributes.get("note", ""))
        if received.ticket is not None and received.outcome != "duplicate" and note:
            add_note(received.ticket.pk, actor=Actor(agent, agent.name, "automation"), body=note)
        return Received(received.outcome, received.message, received.ticket, "forwarded by an agent")
    received = receive(inbox, inbound=inbound)
    if received.message is not None and received.outcome != "duplicate":
        after.received(inbox, received.message, inbound)
        if agent is not None:
            doubt_forward(received.message.ticket_id, agent=agent, actor=AUTOMATION)
            return replace(received, reason=UNPROVED)
    return received


def _forwarding_agent(inbound: InboundMessage) -> User | None:
    if inbound.forwarded is None:
        return None
    senders = User.objects.alias(folded=Lower("email")).filter(folded=inbound.sender.address.lower())
    return senders.filter(is_active=True).first()


def _apply(inbox: Inbox, adapter: Adapter, update: StatusUpdate) -> Message | None:
    """What became of one of our replies; and an address that does not work."""
    replies = Message.objects.filter(kind=Message.Kind.REPLY)
    if update.message_hint is not None:
        message = replies.filter(pk=update.message_hint).first()
    else:
        message = replies.filter(inbox=inbox, external_id=update.external_id).exclude(external_id="").first()
    if message is not None and update.status:
        delivery.mark_progress(message.pk, status=update.status, reason=update.reason)
    if update.address and update.is_permanent and (message is None or _went_to(message, update.address)):
        mark_undeliverable(kind=adapter.identity_kind, address=update.address, reason=update.reason)
    return message


def _went_to(message: Message, address: str) -> bool:
    """A report may only condemn an address that the reply was sent to."""
    return any(address.lower() == each.lower() for _name, each in (*message.to, *message.cc))


def _conclude(
    call: InboundCall, parsed: Parsed, received: list[Received], updated: list[Message | None]
) -> None:
    """Write down how it ended, unless another worker has done so meanwhile."""
    call.state, call.error, call.processed_at = InboundCall.State.DONE, "", timezone.now()
    call.sender = parsed.sender[:254]
    call.subject = parsed.subject[:250]
    call.verdict, call.reason = parsed.verdict or InboundCall.Verdict.IGNORED, parsed.reason[:500]
    if received:
        last = received[-1]
        call.verdict = parsed.verdict if parsed.verdict and last.outcome == "threaded" else last.outcome
        call.message, call.ticket = last.message, last.ticket
        call.reason = "; ".join(part for part in (last.reason, parsed.reason) if part)[:500]
    elif updated:
        known = next((message for message in updated if message is not None), None)
        call.verdict = parsed.verdict or InboundCall.Verdict.STATUS
        if known is not None:
            call.message, call.ticket_id = known, known.ticket_id
    rows.update(call, *VERDICT, unless=("state", InboundCall.State.DONE))
    _touch(call.inbox)


def _touch(inbox: Inbox) -> None:
    """Note that the inbox is alive; at most once a minute, since every mail would wait for this row."""
    now = timezone.now()
    if inbox.last_call_at is None or now - inbox.last_call_at > timedelta(minutes=1):
        inbox.last_call_at = now
        transaction.on_commit(lambda: Inbox.objects.filter(pk=inbox.pk).update(last_call_at=now))


def _fail(call: InboundCall, error: Exception) -> None:
    attempts = call.attempts + 1
    is_last = attempts >= MAX_ATTEMPTS
    InboundCall.objects.filter(pk=call.pk).exclude(state=InboundCall.State.DONE).update(
        attempts=attempts,
        state=InboundCall.State.FAILED if is_last else InboundCall.State.RECEIVED,
        verdict=InboundCall.Verdict.FAILED,
        reason=type(error).__name__,
        error=repr(error)[:2000],
        next_attempt_at=timezone.now() + timedelta(seconds=min(15 * 2**attempts, 3600)),
    )
    logger.error("call failed", extra={"call": call.pk, "attempt": attempts, "last": is_last})
