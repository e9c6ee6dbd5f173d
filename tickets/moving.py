"""Messages change tickets: with their files, and without breaking what makes a repeated send harmless."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from tickets.models import Attachment, Message, Ticket


def move_messages(messages: QuerySet[Message], *, to: Ticket) -> list[int]:
    """Put messages and their files on a ticket, and return their ids. The caller holds both tickets.

    A client id is unique per ticket: one that is taken there has done its work and is given up.
    """
    ids = list(messages.exclude(ticket=to).values_list("pk", flat=True))
    moved = Message.objects.filter(pk__in=ids)
    taken = to.messages.exclude(client_id="").values_list("client_id", flat=True)
    moved.filter(client_id__in=list(taken)).update(client_id="")
    moved.update(ticket=to)
    Attachment.objects.filter(message__in=ids).update(ticket=to)
    return ids


def waiting_since(ticket: Ticket) -> datetime | None:
    """Return when the customer wrote what nobody has answered yet, read from the messages."""
    said = ticket.messages.filter(is_automatic=False)
    replies = said.filter(kind=Message.Kind.REPLY).exclude(delivery=Message.Delivery.CANCELLED)
    answered = replies.order_by("-created_at").values_list("created_at", flat=True).first()
    inbound = said.filter(kind=Message.Kind.INBOUND)
    if answered is not None:
        inbound = inbound.filter(created_at__gt=answered)
    return inbound.order_by("created_at").values_list("created_at", flat=True).first()


def earliest(*moments: datetime | None) -> datetime | None:
    """Return the first of several moments, some of which may not be."""
    return min((moment for moment in moments if moment is not None), default=None)


def iso(values: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return values as JSON keeps them: moments as text."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}
