"""What every scene works with: the desk, its clock and its post, and short words for what happens often."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from channels_app.contract import Request
from channels_app.deliver import deliver
from channels_app.ingest import process, store_call
from channels_app.models import InboundCall
from customers.models import Customer
from helpdesk.demo import cast, files, mails
from helpdesk.demo.clock import Clock
from helpdesk.demo.customers import WRITERS, Writer
from helpdesk.demo.desk import Desk
from helpdesk.demo.post import PostOffice
from helpdesk.demo.telling import UNDO, weighed
from tickets.actions import delivery
from tickets.actions.assign import assign
from tickets.actions.attach import upload
from tickets.actions.properties import change_priority, change_type
from tickets.actions.reply import reply
from tickets.actions.tag import tag
from tickets.actions.team import move_team
from tickets.actor import AUTOMATION, Actor
from tickets.models import Message, Ticket

Answering = Generator[datetime, None, Message]
_ADDRESSES = {"email": cast.SUPPORT, "corporate": cast.CORPORATE}


def writer(name: str) -> Writer:
    """Return one of those whom the bank knows."""
    return next(each for each in WRITERS if each.name == name)


def stranger(name: str, local: str, language: str) -> Writer:
    """Return somebody who has never written before."""
    return Writer(name, language, local)


@dataclass(frozen=True)
class Matter:
    """A question by mail, who gets it, and what they write."""

    who: Writer
    agent: str
    team: str
    hours: float  # before now
    subject: str
    text: str
    answer: str = ""


class Stage:
    """One for all scenes."""

    def __init__(self, desk: Desk, clock: Clock, post: PostOffice) -> None:
        self.desk, self.clock, self.post = desk, clock, post
        self.random = Random(7)  # noqa: S311  # a story, not a secret

    def ago(self, hours: float) -> datetime:
        return self.clock.ago(hours)

    def later(self, minutes: float) -> datetime:
        return self.clock.now + timedelta(minutes=minutes)

    def actor(self, key: str) -> Actor:
        return Actor.of(self.desk.people[key])

    def take(self, inbox: str, request: Request, *, source: str) -> InboundCall:
        """Bring a call in, as the channel's own door would."""
        call, _is_new = store_call(
            self.desk.inboxes[inbox], request=request, source=source, is_processed_here=True
        )
        return process(call)

    def mail(self, raw: bytes, *, inbox: str = "email") -> InboundCall:
        return self.take(inbox, Request(raw), source="smtp")

    def open(
        self, who: Writer, *, key: str, subject: str, text: str, inbox: str = "email", **more: Any
    ) -> int:
        """A customer writes about a new matter. `key` makes the mail this one and no other."""
        raw = mails.first(
            who, number=key, when=self.clock.now, subject=subject, text=text, to=_ADDRESSES[inbox], **more
        )
        return number_of(self.mail(raw, inbox=inbox))

    def begin(self, matter: Matter, *, key: str, type: str = "question", **given: Any) -> int:
        """The mail comes in and is given to its agent."""
        ticket_id = self.open(matter.who, key=key, subject=matter.subject, text=matter.text)
        self.give(ticket_id, matter.agent, team=matter.team, type=type, **given)
        return ticket_id

    def give(
        self, ticket_id: int, to: str, *, team: str = "", type: str = "", priority: int = 0, tags: str = ""
    ) -> None:
        """What rules and routing do with a new ticket."""
        if team:
            move_team(ticket_id, team=self.desk.teams[team], actor=AUTOMATION)
        if type:
            change_type(ticket_id, to=type, actor=AUTOMATION)
        if priority:
            change_priority(ticket_id, to=priority, actor=AUTOMATION)
        if tags:
            tag(ticket_id, add=tags.split(", "), actor=AUTOMATION)
        agent = self.desk.people[to]
        assign(ticket_id, to=agent, actor=AUTOMATION, why=weighed(agent, self.random))

    def answer(
        self, ticket_id: int, by: str, text: str, *, is_seen: bool = True, **options: Any
    ) -> Answering:
        """An agent writes; when the undo time is over it leaves, and arrives."""
        message = reply(ticket_id, actor=self.actor(by), body=text, **options)
        yield self.clock.now + UNDO
        deliver(message.pk)
        if is_seen:
            yield self.clock.now + timedelta(seconds=40)
            delivery.mark_progress(message.pk, status="delivered")
        message.refresh_from_db()
        return message

    def hear(
        self, who: Writer, ours: Message, text: str, *, key: str, inbox: str = "email", **more: Any
    ) -> InboundCall:
        """A customer answers a mail of ours."""
        raw = mails.answer(
            who,
            number=key,
            when=self.clock.now,
            subject=ours.subject,
            text=text,
            answered=(ours.external_id, ours.body, ours.created_at),
            to=_ADDRESSES[inbox],
            **more,
        )
        return self.mail(raw, inbox=inbox)

    def deliver_first(self, ticket_id: int) -> None:
        """The worker sends what opened the ticket."""
        deliver(Message.objects.filter(ticket=ticket_id, kind="out").earliest("pk").pk)

    def customer(self, address: str) -> Customer:
        return Customer.objects.get(identities__kind="email", identities__address=address)

    def file(self, ticket_id: int, by: str, name: str) -> int:
        """An agent adds a file to what they write."""
        ticket = Ticket.objects.get(pk=ticket_id)
        return upload(ticket, name=name, content=files.content(name), actor=self.actor(by)).pk


def number_of(call: InboundCall) -> int:
    """The ticket that a call ended on."""
    if call.ticket_id is None:
        raise RuntimeError(f"{call.subject} ended on no ticket: {call.verdict}, {call.reason}")
    return int(call.ticket_id)
