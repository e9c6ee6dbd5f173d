"""Where a customer's message belongs. Reads only; `receive` decides and writes.

A reference to a ticket counts when we signed it, or when the sender already takes part and the subject
is the same. Anything else is at most a hint that the new ticket is related.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from customers.addresses import as_kept
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
    merged_into_id: int | None


@dataclass(frozen=True)
class Destination:
    """The ticket it belongs to and how we know, or a ticket that may be related."""

    ticket_id: int | None = None
    why: str = ""
    related_id: int | None = None
    is_end: bool = False  # it was just seen not to be merged away


Recent = list[tuple[int, str]]

# In plain SQL since every mail passes here; see helpdesk.rows.
_KNOWN = """
SELECT message.id, message.inbox_id, message.external_id, message.ticket_id,
       ticket.subject, ticket.customer_id, ticket.merged_into_id
FROM tickets_message AS message JOIN tickets_ticket AS ticket ON ticket.id = message.ticket_id
WHERE {condition} AND message.external_id <> '' ORDER BY message.id DESC
"""
_MERGED_INTO = "SELECT merged_into_id FROM tickets_ticket WHERE id = %s"
_RECENT = """
SELECT id, subject FROM tickets_ticket
WHERE customer_id = {customer} AND created_at > %s ORDER BY last_message_at DESC LIMIT 20
"""
_CUSTOMER = "(SELECT customer_id FROM customers_identity WHERE kind = %s AND address = %s)"


class Clues:
    """What is asked to find the destination, all at once: `questions` go along with that for the sender.

    What is asked last, by subject, only when nothing else can lead anywhere.
    """

    def __init__(self, inbound: InboundMessage) -> None:
        ids = [
            each[:255] for each in {inbound.external_id, *inbound.in_reply_to, *inbound.references} if each
        ]
        condition, values = rows.any_of("message.external_id", ids)
        sql = _KNOWN.format(condition=condition)
        self.known = rows.Question(sql, values, lambda found: [Known(*row) for row in found])
        hinted: list[rows.Question[list[tuple[int | None]]]] = []
        if inbound.ticket_hint:
            hinted.append(rows.Question(_MERGED_INTO, [inbound.ticket_hint], list))
        recent: list[rows.Question[Recent]] = []
        if inbound.subject and not names_something(inbound):
            sql = _RECENT.format(customer=_CUSTOMER)
            sender = [inbound.sender.kind, as_kept(inbound.sender.address)]
            recent.append(rows.Question(sql, [*sender, timezone.now() - RELATED_WITHIN], list))
        self.questions: list[rows.Question[Any]] = [self.known, *hinted, *recent]
        self._hinted, self._recent = hinted, recent

    @property
    def hinted(self) -> tuple[bool, bool]:
        """Whether the ticket of the hint is there, and whether it is where its conversations are."""
        found = self._hinted[0].answer if self._hinted else []
        return bool(found), bool(found) and found[0][0] is None

    def recent(self, identity: Identity) -> Recent:
        """The sender's tickets of late; asked now if they were not asked before."""
        if not self._recent:
            since = timezone.now() - RELATED_WITHIN
            sql = _RECENT.format(customer="%s")
            self._recent.append(rows.Question(sql, [identity.customer_id, since], list))
            rows.ask(self._recent[0])
        return self._recent[0].answer


def names_something(inbound: InboundMessage) -> bool:
    """Whether it says where it belongs, truly or not."""
    named = inbound.in_reply_to or inbound.references or inbound.thread
    return bool(named or inbound.ticket_hint or inbound.subject_ticket)


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


def find(inbox: Inbox, identity: Identity, inbound: InboundMessage, clues: Clues) -> Destination:
    """Return where the message belongs, once the clues were asked."""
    if inbound.thread:
        conversation = Conversation.objects.filter(inbox=inbox, thread=inbound.thread).first()
        return Destination(conversation.ticket_id, "same thread") if conversation else Destination()
    named = [row for row in clues.known.answer if row.external_id != inbound.external_id]
    for row in named:
        if row.external_id in inbound.in_reply_to:
            return Destination(row.ticket_id, "signed reference", is_end=row.merged_into_id is None)
    is_there, is_end = clues.hinted
    if is_there:
        return Destination(inbound.ticket_hint, "signed address or reference", is_end=is_end)
    return _by_claim(identity, inbound, named, clues)


def _by_claim(identity: Identity, inbound: InboundMessage, named: list[Known], clues: Clues) -> Destination:
    """What anyone could have written counts only from someone who already takes part."""
    if named:
        row = named[0]
        same = clean_subject(row.subject) == clean_subject(inbound.subject)
        if same and _takes_part(identity, row.ticket_id, row.customer_id):
            return Destination(row.ticket_id, "reference, same subject, known participant")
    if (number := inbound.subject_ticket) and _takes_part(identity, number, None):
        return Destination(number, "number in the subject, known participant")
    return Destination(
        related_id=named[0].ticket_id if named else _with_same_subject(identity, inbound, clues)
    )


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


def _with_same_subject(identity: Identity, inbound: InboundMessage, clues: Clues) -> int | None:
    """A recent ticket of this customer about the same thing."""
    subject = clean_subject(inbound.subject)
    if not subject or identity.created_at > timezone.now() - timedelta(seconds=1):
        return None
    return next((pk for pk, other in clues.recent(identity) if clean_subject(other) == subject), None)
