"""What was taken out of a message also leaves the stored raw call: a subscriber of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from channels_app.models import InboundCall

if TYPE_CHECKING:
    from tickets.models import Event


def on_event(event: Event) -> None:
    """Empty the calls that brought a redacted message; their verdict stays. Safe to run twice.

    An emptied call has no bytes and cannot be replayed.
    """
    message = event.message
    if message is None:
        return
    brought = Q(message=message)
    if message.external_id and message.inbox_id:
        brought |= Q(inbox=message.inbox_id, provider_id=message.external_id)
    InboundCall.objects.filter(brought).update(body=b"", headers={}, subject="", error="")
