"""Send replies: claim, talk to the provider outside any transaction, write down what came of it."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from channels_app.actions import attempts
from channels_app.contract import OutboundFile, OutboundMessage, PermanentError, TemporaryError
from tickets.actions import delivery
from tickets.models import Attachment, Event, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels_app.contract import Adapter
    from channels_app.models import Inbox

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
MAX_REFERENCES = 20
PAUSES = (0.5, 1, 2, 4, 8, 15, 30, 30, 30, 30)  # seconds; a task may take five minutes


def on_event(event: Event) -> None:
    """Subscriber of `message.queued`: have it sent when its undo time is over."""
    from channels_app.tasks import send_message

    message = event.message
    if message is None or message.send_at is None:
        return
    wait = (message.send_at - timezone.now()).total_seconds()
    if wait < 60:  # later ones are for the sweep
        send_message.apply_async([message.pk], countdown=max(wait, 0) + 0.05)


def deliver(message_id: int) -> None:
    """Send one reply that is due. The network call is made outside any transaction."""
    if not delivery.claim(message_id):
        return
    message = Message.objects.select_related("conversation", "inbox", "identity", "ticket", "author").get(
        pk=message_id
    )
    inbox = message.inbox
    if inbox is None:
        delivery.mark_failed(message_id, reason="This reply has no inbox to be sent from.")
        return
    attempt = attempts.begin(message, inbox=inbox)
    try:
        external_id = sending_adapter(inbox).send(outbound(message))
    except PermanentError as error:
        attempts.end(attempt, outcome="permanent", detail=str(error))
        delivery.mark_failed(message_id, reason=str(error))
    except (TemporaryError, OSError) as error:
        attempts.end(attempt, outcome="temporary", detail=str(error))
        _later(message, str(error))
    except Exception as error:  # a defect or a broken configuration: the reply must not stay claimed
        logger.exception("reply not sent", extra={"reply": message_id})
        attempts.end(attempt, outcome="temporary", detail=f"{type(error).__name__}: {error}")
        _later(message, str(error) or type(error).__name__)
    else:
        _keep_trying(lambda: delivery.mark_sent(message_id, external_id=external_id))
        _keep_trying(lambda: attempts.end(attempt, outcome="sent", detail=""))


def _keep_trying(write: Callable[[], object]) -> None:
    """Wait for a database that restarts: what has left must be known, or it would leave again."""
    for pause in PAUSES:
        try:
            write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            logger.warning("database away after sending, waiting", extra={"seconds": pause})
            connection.close()
            time.sleep(pause)
        else:
            return
    write()


def sending_adapter(inbox: Inbox) -> Adapter:
    """The code that sends for this inbox: its own, or that of the inbox it answers through."""
    adapter = inbox.adapter
    if adapter.relay_inbox_id is None:
        return adapter
    relay = type(inbox).objects.filter(pk=adapter.relay_inbox_id, is_active=True).first()
    return relay.adapter if relay is not None else adapter


def _later(message: Message, reason: str) -> None:
    if message.attempts >= MAX_ATTEMPTS:
        delivery.mark_failed(message.pk, reason=reason)
        return
    delay = timedelta(seconds=min(10 * 2**message.attempts, 3600))
    delivery.put_back(message.pk, retry_at=timezone.now() + delay, reason=reason)


def outbound(message: Message) -> OutboundMessage:
    """Return the reply as adapters want it: threaded onto what the customer wrote before."""
    conversation, inbox, identity = message.conversation, message.inbox, message.identity
    if conversation is None or inbox is None or identity is None:
        raise PermanentError("This reply has no inbox to be sent from, or nobody to be sent to.")
    earlier = (
        conversation.messages.exclude(external_id="")
        .filter(pk__lt=message.pk)
        .order_by("-pk")
        .values_list("external_id", flat=True)[:MAX_REFERENCES]
    )
    references = tuple(reversed(earlier))
    return OutboundMessage(
        message_id=message.pk,
        ticket_id=message.ticket_id,
        to=identity.address,
        to_name=identity.name or identity.customer.name,
        text=message.body,
        html=message.html,
        subject=message.subject or message.ticket.subject,
        thread=conversation.thread,
        author_name=message.author_name,
        signature="\n\n".join(
            part for part in (message.author.signature if message.author else "", inbox.signature) if part
        ),
        cc=tuple((name, address) for name, address in message.cc),
        files=[_file(file, message.html) for file in message.attachments.all()],
        in_reply_to=references[-1] if references else "",
        references=references,
        is_automatic=message.is_automatic,
        language=inbox.language,
        idempotency_key=f"message-{message.pk}",
    )


def _file(attachment: Attachment, html: str) -> OutboundFile:
    """A picture that the text shows travels inside the text; everything else below it."""
    content_id = attachment.content_id or f"file-{attachment.pk}@helpdesk"
    is_shown = f"/attachments/{attachment.pk}/" in html or f"cid:{content_id}" in html
    with attachment.file.open("rb") as handle:
        content = handle.read()
    return OutboundFile(
        attachment.name,
        attachment.content_type,
        content,
        content_id,
        is_inline=is_shown,
        attachment_id=attachment.pk,
    )
