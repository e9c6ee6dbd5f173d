"""Builders for tests. Plain functions: name what matters, default the rest.

A ticket comes to be as in life: somebody wrote to us.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts.models import Membership, Presence, Role, Team, User
from channels_app import secrets
from channels_app.contract import InboundMessage, Sender
from channels_app.models import Inbox
from tickets.actions.receive import receive
from tickets.actor import Actor
from tickets.models import Message, Ticket

_serial = count(1)
SIGNING_KEY = "a signing key for tests"


def team(name: str = "Support") -> Team:
    return Team.objects.get_or_create(name=name)[0]


def agent(name: str, *teams: Team, role: str = Role.AGENT, online: bool = False, **fields: Any) -> User:
    user = User.objects.create_user(
        name.lower(), email=f"{name.lower()}@desk.example", password="correct horse", name=name.title(),
        role=role, **fields,
    )  # fmt: skip
    for each in teams:
        Membership.objects.create(user=user, team=each)
    if online:
        Presence.objects.create(user=user, state=Presence.State.ONLINE)
    return user


def actor(user: User) -> Actor:
    return Actor.of(user)


def inbox(channel: str = "api", *, team: Team | None = None, **fields: Any) -> Inbox:
    sealed = secrets.seal({"signing_key": SIGNING_KEY}) if channel == "api" else ""
    fields = {"name": f"{channel} inbox", "sealed": sealed, **fields}
    return Inbox.objects.create(channel=channel, team=team, **fields)


def inbound(text: str = "My card is blocked", **fields: Any) -> InboundMessage:
    number = next(_serial)
    defaults: dict[str, Any] = {
        "external_id": f"<m{number}@mail.example>",
        "sender": Sender("email", "mia@mail.example", "Mia Chen"),
        "subject": "Blocked card",
        "sent_at": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
    }
    return InboundMessage(text=text, **{**defaults, **fields})


def message(*, team: Team | None = None, inbox_: Inbox | None = None, **fields: Any) -> Message:
    """An inbound message on its ticket."""
    received = receive(inbox_ or inbox(team=team), inbound=inbound(**fields))
    assert received.message is not None
    return received.message


def ticket(*, team: Team | None = None, inbox_: Inbox | None = None, **fields: Any) -> Ticket:
    return Ticket.objects.get(pk=message(team=team, inbox_=inbox_, **fields).ticket_id)


def reply_from_customer(ticket: Ticket, text: str = "One more thing") -> Message:
    """The customer writes again on the same ticket."""
    first = ticket.messages.filter(kind=Message.Kind.INBOUND).latest("pk")
    received = receive(first.inbox, inbound=inbound(text, in_reply_to=(first.external_id,)))
    assert received.message is not None
    return received.message
