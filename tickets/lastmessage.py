"""What a row of the list shows of the last message, kept on the ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickets.models import Message

if TYPE_CHECKING:
    from tickets.models import Ticket

LAST_MESSAGE = ("last_message_at", "last_message_id", "last_message_kind", "preview")


def show(ticket: Ticket, message: Message) -> None:
    """Show this message on the row at hand. The caller writes `LAST_MESSAGE`."""
    ticket.last_message_at = message.created_at
    ticket.last_message_id = message.pk
    ticket.last_message_kind = message.kind
    ticket.preview = " ".join(message.body[:600].split())[:140]


def refresh(ticket: Ticket) -> None:
    """Show whatever is last now that messages moved or were taken back. The caller writes `LAST_MESSAGE`."""
    said = ticket.messages.exclude(kind=Message.Kind.NOTE).exclude(delivery=Message.Delivery.CANCELLED)
    last = said.order_by("-created_at", "-pk").first()
    if last is not None:
        show(ticket, last)
    else:
        ticket.last_message_id, ticket.last_message_kind, ticket.preview = None, "", ""
        ticket.last_message_at = ticket.created_at
