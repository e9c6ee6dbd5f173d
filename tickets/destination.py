"""Where a customer's message belongs. Reads only; `receive` decides and writes.

A reference to a ticket counts when we signed it, or when the sender already takes part and the subject
is the same. Anything else is at most a hint that the new ticket is related.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q
from django.utils import timezone

from helpdesk import rows
from tickets.models import Conversation, Message, Ticket
from tickets.subjects import clean_subject

if TYPE_CHECKING:
    from channels_app.contract import InboundMessage
    from channels_app.models import Inbox
    from customers.models import Identity

RELATED_WITHIN = timedelta(days=30)


class Known(NamedTuple):
    """A stored message that the inbound one names by its id."""

    pk: int
    inbox_id: int
    external_id: str
    ticket_id: int
    subject: str
    customer_id: int


@dataclass(frozen=True)
class Destination:
    """The ticket it belongs to and how we know, or a ticket that may be related."""

    ticket_id: int | None = None
    why: str = ""
    related_id: int | None = None


# In plain SQL since every mail passes here; see helpdesk.rows.
_KNOWN = """
SELECT message.id, message.inbox_id, message.external_id, message.ticket_id,
       ticket.subject, ticket.customer_id
FROM tickets_message AS message JOIN tickets_ticket AS ticket ON ticket.id = message.ticket_id
WHERE message.external_id IN (%s) AND message.external_id <> '' ORDER BY message.id DESC
"""
_MERGED_INTO = "SELECT merged_into_id FROM tickets_ticket WHERE id = %s"
_RECENT = """
SELECT id, subject FROM tickets_ticket
WHERE customer_id = %s AND created_at > %s ORDER BY last_message_at DESC LIMIT 20
"""


def known_messages(inbound: InboundMessage) -> rows.Question[list[Known]]:
    """Ask for all stored messages that it names, itself included, newest first."""
    ids = [each[:255] for each in {inbound.external_id, *inbound.in_reply_to, *inbound.references} if each]
    sql = _KNOWN % ", ".join(["%s"] * len(ids))
    return rows.Question(sql, [*ids], lambda found: [Known(*row) for row in found])


def end_of(ticket_id: int) -> int | None:
    """The ticket itself, or the one that its conversations went to when it was merged away."""
    while True:
        step: rows.Question[list[tuple[int | None]]] = rows.Question(_MERGED_INTO, [ticket_id], list)
        rows.ask(step)
        if not step.answer:
            return None
        if step.answer[0][0] is None:
            return ticket_id
        ticket_id = step.answer[0][0]


def find(inbox: Inbox, identity: Identity, inbound: InboundMessage, known: list[Known]) -> Destination:
    """Return where the message belongs."""
    if inbound.thread:
        conversation = Conversation.objects.filter(inbox=inbox, thread=inbound.thread).first()
        return Destination(conversation.ticket_id, "same thread") if conversation else Destination()
    named = [row for row in known if row.external_id != inbound.external_id]
    for row in named:
        if row.external_id in inbound.in_reply_to:
            return Destination(row.ticket_id, "signed reference")
    if inbound.ticket_hint and end_of(inbound.ticket_hint) is not None:
        return Destination(inbound.ticket_hint, "signed address or reference")
    return _by_claim(identity, inbound, named)


def _by_claim(identity: Identity, inbound: InboundMessage, named: list[Known]) -> Destination:
    """What anyone could have written counts only from someone who already takes part."""
    if named:
        row = named[0]
        same = clean_subject(row.subject) == clean_subject(inbound.subject)
        if same and _takes_part(identity, row.ticket_id, row.customer_id):
            return Destination(row.ticket_id, "reference, same subject, known participant")
    if (number := inbound.subject_ticket) and _takes_part(identity, number, None):
        return Destination(number, "number in the subject, known participant")
    return Destination(related_id=named[0].ticket_id if named else _with_same_subject(identity, inbound))


def _takes_part(identity: Identity, ticket_id: int, customer_id: int | None) -> bool:
    if customer_id == identity.customer_id:
        return True
    same_person = Q(customer=identity.customer_id) | Q(conversations__identity=identity)
    if Ticket.objects.filter(same_person, pk=ticket_id).exists():
        return True
    lists = Message.objects.filter(ticket=ticket_id, kind=Message.Kind.REPLY).values_list("to", "cc")
    return any(
        address.lower() == identity.address for both in lists for people in both for _name, address in people
    )


def _with_same_subject(identity: Identity, inbound: InboundMessage) -> int | None:
    """A recent ticket of this customer about the same thing."""
    subject = clean_subject(inbound.subject)
    now = timezone.now()
    if not subject or identity.created_at > now - timedelta(seconds=1):
        return None
    recent: rows.Question[list[tuple[int, str]]]
    recent = rows.Question(_RECENT, [identity.customer_id, now - RELATED_WITHIN], list)
    rows.ask(recent)
    return next((pk for pk, other in recent.answer if clean_subject(other) == subject), None)
