"""The fate of a reply: claimed, sent, delivered, read, failed. Only the machine calls these."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError
from tickets import policies
from tickets.actor import AUTOMATION, Actor
from tickets.events import record
from tickets.locking import locked_ticket
from tickets.models import Message

CLAIM_LOST_AFTER = timedelta(minutes=10)
_ORDER = ["none", "queued", "sending", "sent", "delivered", "read"]


def claim(message_id: int) -> bool:
    """Take a message that is due for sending. Only one worker gets True."""
    now = timezone.now()
    return bool(
        Message.objects.filter(pk=message_id, delivery=Message.Delivery.QUEUED, send_at__lte=now).update(
            delivery=Message.Delivery.SENDING, claimed_at=now, attempts=F("attempts") + 1
        )
    )


def put_back(message_id: int, *, retry_at: object, reason: str) -> None:
    """Put a claimed message back, to be tried again at a time."""
    Message.objects.filter(pk=message_id, delivery=Message.Delivery.SENDING).update(
        delivery=Message.Delivery.QUEUED, send_at=retry_at, failure=reason[:500]
    )


def due() -> list[int]:
    """Return ids of messages to send now: due ones, and those whose worker died while sending."""
    now = timezone.now()
    Message.objects.filter(delivery=Message.Delivery.SENDING, claimed_at__lt=now - CLAIM_LOST_AFTER).update(
        delivery=Message.Delivery.QUEUED, send_at=now
    )
    queued = Message.objects.filter(delivery=Message.Delivery.QUEUED, send_at__lte=now)
    return list(queued.order_by("send_at").values_list("pk", flat=True)[:500])


@transaction.atomic
def mark_sent(message_id: int, *, external_id: str) -> Message:
    """The provider took it. `external_id` is the id by which it will speak of it. Twice is harmless."""
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.delivery == Message.Delivery.SENT:
        return message
    return _mark(
        message_id,
        Message.Delivery.SENT,
        "message.sent",
        external_id=external_id[:255],
        sent_at=timezone.now(),
    )


@transaction.atomic
def mark_progress(message_id: int, *, status: str, reason: str = "") -> Message:
    """The provider says what became of it. What came late or twice changes nothing."""
    message = Message.objects.select_for_update().get(pk=message_id)
    if status == Message.Delivery.FAILED:
        return mark_failed(message_id, reason=reason)
    if message.delivery in _ORDER and _ORDER.index(message.delivery) >= _ORDER.index(status):
        return message
    return _mark(message_id, status, f"message.{status}")


@transaction.atomic
def mark_failed(message_id: int, *, reason: str) -> Message:
    """It will not arrive. The agent sees the provider's words and may try again."""
    message = Message.objects.get(pk=message_id)
    if message.delivery == Message.Delivery.FAILED:
        return message
    return _mark(message_id, Message.Delivery.FAILED, "message.failed", failure=reason[:500])


@transaction.atomic
def retry(message_id: int, *, actor: Actor) -> Message:
    """Send a failed reply again. Raises ConflictError when it has not failed."""
    message = Message.objects.select_related("ticket").get(pk=message_id)
    ticket = locked_ticket(message.ticket_id)
    policies.require_work_on(actor, ticket)
    changed = Message.objects.filter(pk=message_id, delivery=Message.Delivery.FAILED).update(
        delivery=Message.Delivery.QUEUED, send_at=timezone.now(), failure="", attempts=0
    )
    if not changed:
        raise ConflictError(_("Only a reply that was not delivered can be sent again."), code="not_failed")
    message.refresh_from_db()
    record(ticket, "message.queued", actor=actor, message=message, again=True)
    return message


def _mark(message_id: int, delivery: str, kind: str, **fields: object) -> Message:
    message = Message.objects.select_related("ticket").get(pk=message_id)
    message.delivery = delivery
    for name, value in fields.items():
        setattr(message, name, value)
    message.save(update_fields=["delivery", *fields])
    record(message.ticket, kind, actor=AUTOMATION, message=message)
    return message
