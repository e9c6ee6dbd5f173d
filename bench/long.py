"""A ticket with many messages, for the ticket page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from channels_app.contract import InboundMessage, Sender
from channels_app.models import Inbox
from tickets.actions.assign import assign
from tickets.actions.note import add_note
from tickets.actions.receive import receive
from tickets.actions.reply import reply
from tickets.actor import Actor
from tickets.models import Event, Message, Ticket

SUBJECT = "A long conversation, for measuring"


def ticket_with_messages(number: int) -> int:
    """Return the ticket, made through the actions the first time."""
    made = Ticket.objects.filter(subject=SUBJECT).values_list("pk", flat=True).first()
    return made or _make(number)


def _make(number: int) -> int:
    inbox = Inbox.objects.filter(channel="email").earliest("pk")
    agent = User.objects.get(username="mara")
    actor = Actor.of(agent)
    ticket_id = _customer_writes(inbox, 0)
    assign(ticket_id, to=agent, actor=actor)
    for turn in range(1, number):
        if turn % 5 == 4:
            add_note(ticket_id, actor=actor, body=f"Note {turn}: the branch has confirmed it by phone.")
        elif turn % 2:
            reply(ticket_id, actor=actor, body=f"Answer {turn}.\n\n" + "We have looked into it. " * 20)
        else:
            _customer_writes(inbox, turn, ticket_id)
    now = timezone.now()
    Message.objects.filter(ticket=ticket_id, kind="out").update(delivery="sent", sent_at=now)
    Event.objects.filter(ticket=ticket_id).update(handled_at=now)
    return ticket_id


def _customer_writes(inbox: Inbox, turn: int, ticket_id: int | None = None) -> int:
    inbound = InboundMessage(
        external_id=f"long-{turn}@many.example",
        sender=Sender("email", "long@many.example", "Long Writer"),
        text=f"Message {turn}.\n\n" + "It is still not right, and I would like to know why. " * 12,
        quoted="> We have looked into it.\n" * 10 if turn else "",
        subject=SUBJECT,
        sent_at=timezone.now() - timedelta(minutes=60 - turn),
        ticket_hint=ticket_id,
    )
    received = receive(inbox, inbound=inbound)
    if received.ticket is None:
        raise SystemExit(f"The long ticket could not be made: {received.reason}")
    return received.ticket.pk
