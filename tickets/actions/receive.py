"""Put what a customer wrote on the right ticket."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import LANGUAGES
from customers.actions.resolve import resolve_identity
from helpdesk import rows
from tickets import destination
from tickets.actions.attach import MAX_FILES, attach_inbound
from tickets.actor import AUTOMATION, CUSTOMER, Actor
from tickets.due import next_due
from tickets.events import Fact, record_all
from tickets.models import Attachment, Conversation, Event, Message, Status, Ticket

if TYPE_CHECKING:
    from accounts.models import User
    from channels_app.contract import InboundMessage
    from channels_app.models import Inbox
    from customers.models import Identity
    from tickets.destination import Destination, Known

KNOWN_LANGUAGES = frozenset(code for code, _name in LANGUAGES)
LAST_MESSAGE = ["last_message_at", "updated_at", "last_message_id", "last_message_kind", "preview"]
USUAL_FACTS = 2  # opened or reopened, received
WAITING = ["status", "waiting_since", "snoozed_until", "solved_at", "next_due_at"]


@dataclass(frozen=True)
class Received:
    """Where a message ended: ticketed, threaded, follow_up, duplicate, blocked or auto_reply."""

    outcome: str
    message: Message | None
    ticket: Ticket | None
    reason: str = ""


@transaction.atomic(savepoint=False)
@rows.together()
def receive(inbox: Inbox, *, inbound: InboundMessage, brought_by: User | None = None) -> Received:
    """Put one inbound message on the right ticket, exactly once.

    Providers deliver at least once, so a message that we have already stored is returned as it is.
    Locks are always taken in this order: identity, then ticket. See `tickets.destination` for what
    counts as a reference, so that nobody writes into a stranger's conversation. `brought_by` is the agent
    who forwarded the customer's message to us.
    """
    sender = inbound.sender
    clues, new = destination.Clues(inbound), rows.keys(_likely_rows(inbound))
    identity = resolve_identity(
        kind=sender.kind,
        address=sender.address,
        name=sender.name,
        is_verified=sender.is_verified,
        language=inbound.language if inbound.language in KNOWN_LANGUAGES else "",
        beside=(*clues.questions, new),
    )
    stored, inbound = _stored_before(inbox, identity, inbound, clues.known.answer)
    if stored is not None:
        return Received("duplicate", stored, stored.ticket, "stored before")
    if identity.is_blocked:
        return Received("blocked", None, None, "sender is blocked")

    found = destination.find(inbox, identity, inbound, clues)
    previous, conversation = None, None
    if found.ticket_id:
        previous, conversation = _locked_destination(found, inbox, identity, inbound)
    if previous is None and not inbound.opens_ticket:
        return Received("auto_reply", None, None, "an automatic answer to nothing that we know")
    if previous is not None and _takes(previous, inbound):
        message = _continue(previous, inbox, identity, inbound, conversation)
        return Received("threaded", message, previous, found.why)
    message = _begin(
        inbox, identity, inbound, follow_up_of=previous, related_id=found.related_id, brought_by=brought_by
    )
    return Received("follow_up" if previous else "ticketed", message, message.ticket, found.why)


def _likely_rows(inbound: InboundMessage) -> dict[type[Model], int]:
    """What will be written, as far as can be told yet; numbers of tickets are not drawn in vain."""
    if inbound.ticket_hint or inbound.in_reply_to or inbound.thread or not inbound.opens_ticket:
        return {}
    return _ticket_rows(inbound)


def _ticket_rows(inbound: InboundMessage) -> dict[type[Model], int]:
    return {Ticket: 1, Conversation: 1, **_message_rows(inbound)}


def _message_rows(inbound: InboundMessage) -> dict[type[Model], int]:
    return {Message: 1, Attachment: min(len(inbound.files), MAX_FILES), Event: USUAL_FACTS}


def _stored_before(
    inbox: Inbox, identity: Identity, inbound: InboundMessage, known: list[Known]
) -> tuple[Message | None, InboundMessage]:
    """Return the stored message, or the inbound one under an id that is free.

    Some programs write the same id on different mails: those are kept apart by sender and text.
    """
    same = [row for row in known if row.inbox_id == inbox.pk and row.external_id == inbound.external_id[:255]]
    if not same:
        return None, inbound
    stored = Message.objects.select_related("ticket", "identity").get(pk=same[0].pk)
    if not inbound.is_id_claimed or _says_the_same(stored, identity, inbound):
        return stored, inbound
    digest = hashlib.sha256(f"{identity.address}\0{inbound.subject}\0{inbound.text}".encode()).hexdigest()
    other_id = f"{inbound.external_id[:220]}#{digest[:24]}"
    again = Message.objects.filter(inbox=inbox, external_id=other_id).select_related("ticket").first()
    return again, replace(inbound, external_id=other_id)


def _says_the_same(stored: Message, identity: Identity, inbound: InboundMessage) -> bool:
    return (stored.identity_id, stored.subject, stored.body) == (
        identity.pk,
        inbound.subject[:250],
        inbound.text,
    )


def _locked_destination(
    found: Destination, inbox: Inbox, identity: Identity, inbound: InboundMessage
) -> tuple[Ticket, Conversation | None]:
    """Lock the ticket, or the one that its conversations went to, and read the sender's thread there.

    The way there is read first and only its end is locked: a merge locks by number, and we might cross.
    Keys of what we shall write are drawn under the lock: facts of one ticket are in the order of their keys.
    """
    end = found.ticket_id if found.is_end else destination.end_of(found.ticket_id or 0)
    if end is None:
        raise Ticket.DoesNotExist(found.ticket_id)
    rows.forget_keys()
    locked = rows.one(Ticket, locked=True, pk=end)
    theirs = rows.one(Conversation, ticket=end, inbox=inbox.pk, identity=identity.pk, thread="")
    rows.ask(locked, rows.keys(_message_rows(inbound)), theirs)
    ticket = locked.answer
    if ticket is None:
        raise Ticket.DoesNotExist(end)
    if ticket.merged_into_id is not None:  # meanwhile
        return _locked_destination(replace(found, is_end=False), inbox, identity, inbound)
    return ticket, theirs.answer


def _takes(ticket: Ticket, inbound: InboundMessage) -> bool:
    return ticket.accepts_customer_message or (inbound.is_automatic and ticket.merged_into_id is None)


def _begin(
    inbox: Inbox,
    identity: Identity,
    inbound: InboundMessage,
    *,
    follow_up_of: Ticket | None,
    related_id: int | None,
    brought_by: User | None,
) -> Message:
    """Open a ticket with this message on it."""
    now = timezone.now()
    ticket = Ticket(
        subject=inbound.subject[:250],
        customer_id=identity.customer_id,
        team_id=inbox.team_id,
        inbox=inbox,
        channel=inbox.channel,
        language=inbound.language or identity.customer.language or inbox.language,
        weight=inbox.weight,
        type=inbound.attributes.get("type", "question"),
        custom=inbound.attributes.get("custom", {}),
        follow_up_of=follow_up_of,
        maybe_related_to_id=related_id,
        waiting_since=None if inbound.is_automatic else now,
        routed_at=now,
        created_at=now,
    )
    _show_last(ticket, Message.Kind.INBOUND, inbound.text, now)
    opened: dict[str, object] = {
        "inbox": inbox.pk,
        "follow_up_of": follow_up_of.pk if follow_up_of else None,
    }
    by = Actor.of(brought_by) if brought_by else CUSTOMER
    if brought_by is not None:
        opened["forwarded_by"] = brought_by.pk
    with rows.together(_ticket_rows(inbound)):
        ticket.last_message_id = rows.next_key(Message)
        rows.insert(ticket)
        conversation = _conversation(ticket, inbox, identity, inbound, None, now)
        message = _insert_message(ticket, conversation, identity, inbound)
        if ticket.last_message_id != message.pk:  # its key was not known before
            ticket.last_message_id = message.pk
            rows.update(ticket, "last_message_id")
        opening = Fact("ticket.opened", by, data=opened)
        record_all(ticket, opening, _received(message, along=opening.kind))
    return message


def _continue(
    ticket: Ticket,
    inbox: Inbox,
    identity: Identity,
    inbound: InboundMessage,
    conversation: Conversation | None,
) -> Message:
    """Put the message on a ticket that is there, and wake it."""
    conversation = _conversation(ticket, inbox, identity, inbound, conversation, timezone.now())
    message = _insert_message(ticket, conversation, identity, inbound)
    _show_last(ticket, message.kind, message.body, message.created_at)
    ticket.last_message_id = message.pk
    if message.is_automatic:  # a machine's mail changes nothing
        rows.update(ticket, *LAST_MESSAGE)
        record_all(ticket, _received(message, along=""))
        return message
    before, woken = ticket.status, ticket.snoozed_until is not None
    if before not in (Status.NEW, Status.OPEN):
        ticket.status = Status.OPEN
    ticket.waiting_since = ticket.waiting_since or message.created_at
    ticket.snoozed_until = ticket.solved_at = None
    ticket.next_due_at = next_due(ticket)
    rows.update(ticket, *LAST_MESSAGE, *WAITING)
    along = "ticket.reopened" if before == Status.SOLVED else ""
    record_all(ticket, *_waking_facts(ticket, before, woken=woken), _received(message, along=along))
    return message


def _waking_facts(ticket: Ticket, before: str, *, woken: bool) -> list[Fact]:
    facts = []
    if before == Status.SOLVED:
        facts.append(Fact("ticket.reopened", CUSTOMER, data={"before": before}))
    elif before != ticket.status:
        facts.append(
            Fact("ticket.status_changed", AUTOMATION, data={"before": before, "after": ticket.status})
        )
    if woken:
        facts.append(Fact("ticket.woken", AUTOMATION, data={"because": "message"}))
    return facts


def _received(message: Message, *, along: str) -> Fact:
    """`along` is the fact that came with it, for those who tell of both as one."""
    data: dict[str, object] = {"automatic": message.is_automatic, "along": along}
    return Fact("message.received", CUSTOMER, message=message, data=data)


def _conversation(
    ticket: Ticket,
    inbox: Inbox,
    identity: Identity,
    inbound: InboundMessage,
    conversation: Conversation | None,
    now: datetime,
) -> Conversation:
    """The thread this belongs to, one message longer. A chat thread moves along to the follow-up ticket.

    `conversation` is the sender's on this ticket, for what names no thread.
    """
    if inbound.thread:
        conversation = rows.first(Conversation, locked=True, inbox=inbox.pk, thread=inbound.thread)
    if conversation is None:
        conversation = Conversation(
            ticket=ticket, inbox=inbox, identity=identity, channel=inbox.channel, thread=inbound.thread,
            last_seq=1, last_message_at=now,
        )  # fmt: skip
        rows.insert(conversation)
        return conversation
    conversation.ticket = ticket
    conversation.last_seq += 1
    conversation.last_message_at = now
    rows.update(conversation, "ticket", "last_seq", "last_message_at")
    return conversation


def _insert_message(
    ticket: Ticket, conversation: Conversation, identity: Identity, inbound: InboundMessage
) -> Message:
    message = Message(
        ticket=ticket,
        conversation=conversation,
        inbox_id=conversation.inbox_id,
        seq=conversation.last_seq,
        kind=Message.Kind.INBOUND,
        channel=conversation.channel,
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
        in_reply_to=inbound.in_reply_to[0][:255] if inbound.in_reply_to else "",
        sent_at=inbound.sent_at,
        created_at=conversation.last_message_at,
    )
    rows.insert(message)
    if inbound.files:
        attach_inbound(message, files=inbound.files)
    return message


def _show_last(ticket: Ticket, kind: str, body: str, at: datetime) -> None:
    ticket.last_message_at = ticket.updated_at = at
    ticket.last_message_kind = kind
    ticket.preview = " ".join(body[:600].split())[:140]


def note_last_message(ticket: Ticket, message: Message) -> None:
    """Keep on the ticket what its row in a list shows."""
    _show_last(ticket, message.kind, message.body, message.created_at)
    ticket.last_message_id = message.pk
    ticket.save(update_fields=LAST_MESSAGE)
