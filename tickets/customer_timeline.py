"""Everything that was said with one customer, over all channels and tickets, the newest first.

A fixed number of queries (four), whatever the length. What stands on tickets that the agent may not see
is left out, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpdesk import paging
from tickets.models import Message, Ticket
from tickets.timeline import File

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from customers.models import Customer

PAGE_SIZE = 20
ORDER = ("-created_at", "-id")


@dataclass(frozen=True, slots=True)
class Said:
    """One message as the customer's page shows it. `kind` is in, out or note."""

    id: int
    kind: str
    created_at: datetime
    author: str
    author_id: int | None
    channel: str
    inbox: str
    address: str
    ticket_id: int
    subject: str
    body: str
    language: str
    files: tuple[File, ...]
    delivery: str
    delivery_label: str
    failure: str
    is_automatic: bool


def customer_timeline(
    customer: Customer, agent: User, *, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[list[Said], str]:
    """Return the newest messages with a customer, or those after a cursor, and the cursor of the older ones.

    Raises DomainError for a cursor that is not of this list.
    """
    kind = f"said/{customer.pk}"
    seen = Ticket.objects.visible_to(agent).filter(customer=customer)
    found = Message.objects.filter(ticket__in=seen).exclude(delivery=Message.Delivery.CANCELLED)
    if cursor:
        found = found.filter(paging.after(ORDER, paging.decode(kind, cursor, ORDER)))
    wanted = found.select_related("ticket", "inbox", "identity").prefetch_related("attachments")
    messages = list(wanted.order_by(*ORDER)[: size + 1])
    more = ""
    if len(messages) > size:
        messages = messages[:size]
        more = paging.encode(kind, [messages[-1].created_at, messages[-1].pk])
    return [_said(message) for message in messages], more


def _said(message: Message) -> Said:
    is_reply = message.kind == Message.Kind.REPLY
    return Said(
        id=message.pk,
        kind=message.kind,
        created_at=message.created_at,
        author=message.author_name,
        author_id=message.author_id,
        channel=message.channel,
        inbox=message.inbox.name if message.inbox else "",
        address=message.identity.address if message.identity else "",
        ticket_id=message.ticket_id,
        subject=message.ticket.subject,
        body=message.body,
        language=message.language,
        files=tuple(
            File(each.pk, each.name, each.size, each.content_type, each.is_inline, each.content_id)
            for each in message.attachments.all()
        ),
        delivery=message.delivery if is_reply else "",
        delivery_label=str(Message.Delivery(message.delivery).label) if is_reply else "",
        failure=message.failure,
        is_automatic=message.is_automatic,
    )
