"""Put what a customer wrote on the right ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.actions.resolve import resolve_identity
from tickets.actions.attach import attach_inbound
from tickets.actor import AUTOMATION, CUSTOMER
from tickets.events import record
from tickets.models import Conversation, Message, Status, Ticket
from tickets.subjects import clean_subject

if TYPE_CHECKING:
    from channels_app.contract import InboundMessage
    from channels_app.models import Inbox
    from customers.models import Identity

RELATED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Received:
    """Where a message ended: `outcome` is ticketed, threaded, follow_up, duplicate or blocked."""

    outcome: str
    message: Message | None
    ticket: Ticket | None
    reason: str = ""


@transaction.atomic
def receive(inbox: Inbox, *, inbound: InboundMessage) -> Received:
    """Put one inbound message on the right ticket, exactly once.

    Providers deliver at least once, so a message that we have already stored is returned as it is.
    Locks are always taken in this order: identity, then ticket. A reference to a ticket counts when we
    signed it, or when the sender already takes part and the subject is the same; otherwise a new ticket
    is opened and marked "maybe related", so that nobody writes into a stranger's conversation.
    """
    sender = inbound.sender
    identity = resolve_identity(
        kind=sender.kind,
        address=sender.address,
        name=sender.name,
        is_verified=sender.is_verified,
        language=inbound.language,
    )
    if stored := _already_stored(inbox, inbound):
        return Received("duplicate", stored, stored.ticket, "stored before")
    if identity.is_blocked:
        return Received("blocked", None, None, "sender is blocked")

    found, why = _find_ticket(inbox, identity, inbound)
    previous = _locked_destination(found) if found else None
    if previous is not None and _takes(previous, inbound):
        return _append(previous, inbox, identity, inbound, Received("threaded", None, previous, why))
    related = None if previous else _maybe_related(identity, inbound)
    ticket = _open(inbox, identity, inbound, follow_up_of=previous, related=related)
    outcome = "follow_up" if previous else "ticketed"
    return _append(ticket, inbox, identity, inbound, Received(outcome, None, ticket, why))


def _already_stored(inbox: Inbox, inbound: InboundMessage) -> Message | None:
    stored = Message.objects.filter(inbox=inbox, external_id=inbound.external_id)
    return stored.select_related("ticket").first()


def _find_ticket(inbox: Inbox, identity: Identity, inbound: InboundMessage) -> tuple[int | None, str]:
    """Return the ticket this belongs to and how we know, or (None, "")."""
    if inbound.thread:
        conversation = Conversation.objects.filter(inbox=inbox, thread=inbound.thread).first()
        return (conversation.ticket_id, "same thread") if conversation else (None, "")
    if inbound.ticket_hint and Ticket.objects.filter(pk=inbound.ticket_hint).exists():
        return inbound.ticket_hint, "signed address"
    if inbound.in_reply_to and (ticket_id := _ticket_of(Q(external_id__in=inbound.in_reply_to))):
        return ticket_id, "signed reference"
    return _find_by_claim(identity, inbound)


def _find_by_claim(identity: Identity, inbound: InboundMessage) -> tuple[int | None, str]:
    """What anyone could have written counts only from someone who already takes part."""
    if inbound.references and (ticket_id := _ticket_of(Q(external_id__in=inbound.references))):
        ticket = Ticket.objects.get(pk=ticket_id)
        same = clean_subject(ticket.subject) == clean_subject(inbound.subject)
        if same and _takes_part(identity, ticket_id):
            return ticket_id, "reference, same subject, known participant"
    if inbound.subject_ticket and _takes_part(identity, inbound.subject_ticket):
        return inbound.subject_ticket, "number in the subject, known participant"
    return None, ""


def _ticket_of(condition: Q) -> int | None:
    return Message.objects.filter(condition).order_by("-pk").values_list("ticket_id", flat=True).first()


def _takes_part(identity: Identity, ticket_id: int) -> bool:
    same_person = Q(customer=identity.customer_id) | Q(conversations__identity=identity)
    if Ticket.objects.filter(same_person, pk=ticket_id).exists():
        return True
    lists = Message.objects.filter(ticket=ticket_id, kind=Message.Kind.REPLY).values_list("to", "cc")
    return any(
        address.lower() == identity.address for both in lists for people in both for _name, address in people
    )


def _locked_destination(ticket_id: int) -> Ticket:
    """Lock the ticket, following merges to where its conversations went."""
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    while ticket.merged_into_id is not None:
        ticket = Ticket.objects.select_for_update().get(pk=ticket.merged_into_id)
    return ticket


def _takes(ticket: Ticket, inbound: InboundMessage) -> bool:
    return ticket.accepts_customer_message or (inbound.is_automatic and ticket.merged_into_id is None)


def _maybe_related(identity: Identity, inbound: InboundMessage) -> Ticket | None:
    """A ticket that the mail points at without proof, or a recent one with the same subject."""
    ids = [*inbound.references, *inbound.in_reply_to]
    if ids and (ticket_id := _ticket_of(Q(external_id__in=ids))):
        return Ticket.objects.get(pk=ticket_id)
    subject = clean_subject(inbound.subject)
    if not subject:
        return None
    recent = Ticket.objects.filter(
        customer=identity.customer_id, created_at__gt=timezone.now() - RELATED_WITHIN
    ).order_by("-pk")[:20]
    return next((ticket for ticket in recent if clean_subject(ticket.subject) == subject), None)


def _open(
    inbox: Inbox,
    identity: Identity,
    inbound: InboundMessage,
    *,
    follow_up_of: Ticket | None,
    related: Ticket | None,
) -> Ticket:
    now = timezone.now()
    ticket = Ticket.objects.create(
        subject=inbound.subject[:250],
        customer_id=identity.customer_id,
        team_id=inbox.team_id,
        inbox=inbox,
        channel=inbox.channel,
        language=inbound.language or identity.customer.language or inbox.language,
        weight=inbox.adapter.weight,
        type=inbound.attributes.get("type", "question"),
        custom=inbound.attributes.get("custom", {}),
        follow_up_of=follow_up_of,
        maybe_related_to=related,
        waiting_since=None if inbound.is_automatic else now,
        routed_at=now,
        created_at=now,
    )
    record(
        ticket,
        "ticket.opened",
        actor=CUSTOMER,
        inbox=inbox.pk,
        follow_up_of=follow_up_of.pk if follow_up_of else None,
    )
    return ticket


def _append(
    ticket: Ticket, inbox: Inbox, identity: Identity, inbound: InboundMessage, received: Received
) -> Received:
    now = timezone.now()
    conversation = _conversation(ticket, inbox, identity, inbound)
    conversation.last_seq += 1
    conversation.last_message_at = now
    conversation.save(update_fields=["last_seq", "last_message_at"])
    message = Message.objects.create(
        ticket=ticket,
        conversation=conversation,
        inbox=inbox,
        seq=conversation.last_seq,
        kind=Message.Kind.INBOUND,
        channel=inbox.channel,
        identity=identity,
        author_name=(inbound.sender.name or identity.address)[:200],
        subject=inbound.subject[:250],
        body=inbound.text,
        html=inbound.html,
        quoted=inbound.quoted,
        signature=inbound.signature,
        language=inbound.language,
        to=[list(pair) for pair in inbound.to],
        cc=[list(pair) for pair in inbound.cc],
        is_automatic=inbound.is_automatic,
        external_id=inbound.external_id[:255],
        sent_at=inbound.sent_at,
        created_at=now,
    )
    attach_inbound(message, files=inbound.files)
    note_last_message(ticket, message)
    _react_to_message(ticket, message)
    record(ticket, "message.received", actor=CUSTOMER, message=message, automatic=message.is_automatic)
    return Received(received.outcome, message, ticket, received.reason)


def _conversation(ticket: Ticket, inbox: Inbox, identity: Identity, inbound: InboundMessage) -> Conversation:
    """The thread this belongs to. A chat thread moves along to the follow-up ticket."""
    if inbound.thread:
        conversation, created = Conversation.objects.get_or_create(
            inbox=inbox,
            thread=inbound.thread,
            defaults={"ticket": ticket, "identity": identity, "channel": inbox.channel},
        )
        if not created and conversation.ticket_id != ticket.pk:
            conversation.ticket = ticket
            conversation.save(update_fields=["ticket"])
        return conversation
    conversation = Conversation.objects.filter(ticket=ticket, inbox=inbox, identity=identity).first()
    return conversation or Conversation.objects.create(
        ticket=ticket, inbox=inbox, identity=identity, channel=inbox.channel
    )


def note_last_message(ticket: Ticket, message: Message) -> None:
    """Keep on the ticket what its row in a list shows."""
    ticket.last_message_at = ticket.updated_at = message.created_at
    ticket.last_message_id = message.pk
    ticket.last_message_kind = message.kind
    ticket.preview = " ".join(message.body.split())[:140]
    ticket.save(
        update_fields=["last_message_at", "updated_at", "last_message_id", "last_message_kind", "preview"]
    )


def _react_to_message(ticket: Ticket, message: Message) -> None:
    """A person wrote: the ticket waits for us again. A machine's mail changes nothing."""
    if message.is_automatic:
        return
    before = ticket.status
    if ticket.status not in (Status.NEW, Status.OPEN):
        ticket.status = Status.OPEN
    ticket.waiting_since = ticket.waiting_since or message.created_at
    woken, ticket.snoozed_until, ticket.solved_at = ticket.snoozed_until is not None, None, None
    ticket.save(update_fields=["status", "waiting_since", "snoozed_until", "solved_at"])
    if before == Status.SOLVED:
        record(ticket, "ticket.reopened", actor=CUSTOMER, before=before)
    elif before != ticket.status:
        record(ticket, "ticket.status_changed", actor=AUTOMATION, before=before, after=ticket.status)
    if woken:
        record(ticket, "ticket.woken", actor=AUTOMATION, because="message")
