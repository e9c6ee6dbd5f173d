"""Take a message off to a ticket of its own, and put it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, NotFoundError
from tickets import lastmessage, policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_of_message, locked_tickets, require_here
from tickets.models import Conversation, Message, Operation, Status, Ticket, TicketLink
from tickets.moving import earliest, move_messages, waiting_since
from tickets.statuses import MOVED, move


@transaction.atomic
def split(message_id: int, *, subject: str = "", actor: Actor) -> Ticket:
    """Open a ticket with one message of the customer on it, linked to where it came from.

    Answers and later mail to that message go to the new ticket. Raises ConflictError for what no
    customer wrote, and for the only message of a ticket.
    """
    source = locked_of_message(message_id)
    policies.require_work_on(actor, source)
    require_here(source)
    message = source.messages.select_related("conversation").get(pk=message_id)
    _require_splittable(source, message)
    ticket = _open(source, message, subject)
    home = message.conversation
    assert home is not None  # noqa: S101  # what a customer wrote stands in a conversation
    there = Conversation.objects.create(
        ticket=ticket,
        inbox_id=home.inbox_id,
        identity_id=home.identity_id,
        channel=home.channel,
        last_seq=1,
        last_message_at=message.created_at,
    )
    seq = message.seq
    move_messages(Message.objects.filter(pk=message.pk), to=ticket)
    Message.objects.filter(pk=message.pk).update(conversation=there, seq=1)
    link = TicketLink.objects.create(source=source, target=ticket, kind=TicketLink.Kind.RELATED)
    operation = Operation.objects.create(
        kind="split",
        ticket=source,
        other=ticket,
        data={"message": message.pk, "conversation": home.pk, "seq": seq, "there": there.pk, "link": link.pk},
        actor=actor.user,
    )
    _settle(source)
    lastmessage.refresh(ticket)
    keep(ticket, *lastmessage.LAST_MESSAGE)
    facts: dict[str, Any] = {"operation": operation.pk, "split_message": message.pk}
    record(source, "ticket.split", actor=actor, other=ticket.pk, **facts)
    record(ticket, "ticket.opened", actor=actor, split_from=source.pk, **facts)
    return ticket


@transaction.atomic
def unsplit(operation_id: int, *, actor: Actor) -> Ticket:
    """Put a message that was split off back where its conversation is now, and return that ticket.

    The emptied ticket leads there from now on. Twice is harmless. Raises ConflictError when the new ticket
    has gone on living: then the two can be merged.
    """
    operation = Operation.objects.filter(pk=operation_id, kind="split").first()
    if operation is None:
        raise NotFoundError(_("There is no such split."))
    home_id = _home(operation).ticket_id
    tickets = locked_tickets([home_id, operation.other_id])
    home, ticket = tickets[home_id], tickets[operation.other_id]
    policies.require_work_on(actor, ticket)
    policies.require_work_on(actor, home)
    operation.refresh_from_db()
    if operation.undone_at is not None:
        return home
    there = _home(operation)
    if there.ticket_id != home_id:
        raise ConflictError(_("The conversation has just moved. Look again."), code="moved")
    require_here(ticket)
    _require_apart(ticket, home)
    _require_untouched(ticket, operation)
    _put_back(ticket, home, operation, there)
    operation.undone_at = timezone.now()
    operation.save(update_fields=["undone_at"])
    record(home, "ticket.unsplit", actor=actor, other=ticket.pk, operation=operation.pk, role="kept")
    record(ticket, "ticket.unsplit", actor=actor, other=home.pk, operation=operation.pk, role="away")
    return home


def _require_splittable(source: Ticket, message: Message) -> None:
    if message.kind != Message.Kind.INBOUND:
        raise ConflictError(_("Only what the customer wrote can be split off."), code="not_inbound")
    others = source.messages.filter(kind=Message.Kind.INBOUND).exclude(pk=message.pk)
    if not others.exists():
        raise ConflictError(
            _("This is the only message of the customer here. There is nothing to split."),
            code="only_message",
        )


def _open(source: Ticket, message: Message, subject: str) -> Ticket:
    now = timezone.now()
    return Ticket.objects.create(
        subject=(" ".join(subject.split()) or message.subject or source.subject)[:250],
        type=source.type,
        priority=source.priority,
        customer_id=source.customer_id,
        team_id=source.team_id,
        inbox_id=message.inbox_id,
        channel=message.channel,
        language=source.language,
        weight=source.weight,
        waiting_since=None if message.is_automatic else message.created_at,
        routed_at=now,
        created_at=now,
    )


def _home(operation: Operation) -> Conversation:
    """The conversation that the message was taken from; merges move it to other tickets.

    When it was made by a split that has been undone since, what was said in it goes on where that went.
    """
    wanted = operation.data["conversation"]
    while (found := Conversation.objects.filter(pk=wanted).first()) is None:
        undone = Operation.objects.filter(kind="split", undone_at__isnull=False, data__there=wanted)
        wanted = undone.get().data["conversation"]
    return found


def _require_apart(ticket: Ticket, home: Ticket) -> None:
    if ticket.pk == home.pk:
        raise ConflictError(
            _("What it was split off from stands there too, on #%(number)s. There is nothing to put back.")
            % {"number": ticket.pk},
            code="together",
            ticket=ticket.pk,
        )


def _require_untouched(ticket: Ticket, operation: Operation) -> None:
    """Nothing but the message, and no conversation to which what was split off from it could come back."""
    message, there = operation.data["message"], operation.data["there"]
    said = ticket.messages.exclude(pk=message).exclude(delivery=Message.Delivery.CANCELLED)
    came = ticket.conversations.exclude(pk=there)
    if said.exists() or came.exists() or not ticket.messages.filter(pk=message).exists():
        raise ConflictError(
            _("Ticket #%(number)s has gone on since. Merge it back instead.") % {"number": ticket.pk},
            code="gone_on",
            ticket=ticket.pk,
        )


def _put_back(ticket: Ticket, home: Ticket, operation: Operation, there: Conversation) -> None:
    data = operation.data
    seq = data["seq"]
    if there.pk != data["conversation"]:  # it never stood in this one: it is its newest
        there.last_seq = seq = there.last_seq + 1
        there.save(update_fields=["last_seq"])
    Message.objects.filter(pk=data["message"]).update(conversation=there, seq=seq)
    move_messages(ticket.messages.all(), to=home)  # with it go replies that were taken back
    Message.objects.filter(conversation=data["there"]).update(conversation=there)
    Conversation.objects.filter(pk=data["there"]).delete()
    TicketLink.objects.filter(pk=data["link"]).delete()
    waits = ticket.waiting_since
    if ticket.status != Status.CLOSED:
        move(ticket, Status.CLOSED)
    ticket.merged_into = home
    lastmessage.refresh(ticket)
    keep(ticket, *MOVED, *lastmessage.LAST_MESSAGE, "merged_into")
    if home.is_unresolved:
        home.waiting_since = earliest(home.waiting_since, waits)
    lastmessage.refresh(home)
    keep(home, "waiting_since", *lastmessage.LAST_MESSAGE)


def _settle(source: Ticket) -> None:
    """What is left on the ticket may have been answered."""
    if source.waiting_since is not None:
        source.waiting_since = waiting_since(source)
    lastmessage.refresh(source)
    keep(source, "waiting_since", *lastmessage.LAST_MESSAGE)
