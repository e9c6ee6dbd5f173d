"""Tell a plan: each step happens through the action that would do it in life, at its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from channels_app.contract import Request
from channels_app.deliver import deliver
from channels_app.ingest import process, store_call
from helpdesk.demo import mails
from helpdesk.demo.clock import Clock
from helpdesk.demo.desk import Desk
from helpdesk.demo.lives import Plan
from tickets.actions import delivery
from tickets.actions.assign import assign
from tickets.actions.draft import save_draft
from tickets.actions.follow import follow
from tickets.actions.link import link
from tickets.actions.merge import merge
from tickets.actions.note import add_note
from tickets.actions.properties import change_priority, change_type, set_custom, set_due
from tickets.actions.read import mark_read
from tickets.actions.reply import reply
from tickets.actions.snooze import snooze
from tickets.actions.spam import mark_spam
from tickets.actions.status import change_status
from tickets.actions.tag import tag
from tickets.actions.team import move_team
from tickets.actor import AUTOMATION, Actor
from tickets.models import Message, Ticket

UNDO = timedelta(seconds=12)
SIGN = "\n\n{me}"
_ASKING = {
    "en": ("Did you get my mail?", "I wrote earlier and have not heard from you yet."),
    "vi": ("Anh chị đã nhận được thư chưa?", "Tôi đã gửi thư trước đó mà chưa thấy trả lời."),
    "zh-hans": ("收到我的邮件了吗？", "之前写过邮件，还没有收到回复。"),
    "zh-hant": ("有收到我的信嗎？", "先前寄過信，還沒有收到回覆。"),
}
_AGAIN = {
    "en": "It has happened again, the same as last time. Can you have another look?",
    "vi": "Việc này lại xảy ra giống lần trước. Nhờ anh chị xem lại giúp.",
    "zh-hans": "又发生了同样的问题，请再帮忙看一下。",
    "zh-hant": "又發生了同樣的問題，請再幫忙看一下。",
}


class Teller:
    """One ticket's life. Steps take their times from the clock; between them, other tickets live."""

    def __init__(self, plan: Plan, desk: Desk, clock: Clock) -> None:
        self.plan, self.desk, self.clock = plan, desk, clock
        self.random = Random(plan.number)  # noqa: S311  # a story, not a secret
        self.agent = desk.people[plan.agent]
        self.actor = Actor.of(self.agent)
        self.words = {**plan.words, "me": self.agent.name}
        self.ticket_id = 0
        self.last_reply: Message | None = None

    def life(self) -> Iterator[datetime]:
        """Yield when each step is due; do it when resumed."""
        plan = self.plan
        yield plan.begun
        self._begin()
        if plan.state == "spam":
            yield plan.begun + timedelta(minutes=30)
            mark_spam(self.ticket_id, actor=self.actor, block_sender=False)
            return
        if plan.state == "new":
            return
        at = plan.begun + timedelta(minutes=self.random.uniform(0.2, 9))
        yield at
        self._give()
        for number, (who, text) in enumerate(plan.story.turns[1 : plan.stop], 1):
            at += timedelta(hours=plan.pace * self.random.uniform(0.5, 1.1))
            yield at
            yield from self._turn(who, self._say(text), at, number)
        yield from self._end(at)

    def _begin(self) -> None:
        plan, story = self.plan, self.plan.story
        raw = mails.first(
            plan.writer,
            number=plan.number,
            when=self.clock.now,
            subject=self._say(story.subject),
            text=self._say(story.turns[0][1]),
            file=story.file if plan.number % 3 else "",
        )
        self.ticket_id = self._take(raw)
        team = self.desk.teams[story.team]
        move_team(self.ticket_id, team=team, actor=AUTOMATION)
        change_type(self.ticket_id, to=story.type, actor=AUTOMATION)
        change_priority(self.ticket_id, to=story.priority, actor=AUTOMATION)
        tag(self.ticket_id, add=story.tags, actor=AUTOMATION)
        if story.priority > 2:
            hours = 40 if plan.state == "new" else 60
            set_due(self.ticket_id, due_at=plan.begun + timedelta(hours=hours), actor=AUTOMATION)

    def _give(self) -> None:
        assign(self.ticket_id, to=self.agent, actor=AUTOMATION, why=weighed(self.agent, self.random))

    def _turn(self, who: str, text: str, at: datetime, number: int) -> Iterator[datetime]:
        if who == "n":
            self._note(text)
        elif who == "c":
            if self.last_reply is None or self.last_reply.external_id:  # who got no answer does not thank
                self._customer_answers(text, number)
        else:
            yield from self._answer(text, at, is_last=number == self.plan.stop - 1)

    def _note(self, text: str) -> None:
        mentioned = self.desk.people["thuha" if self.plan.agent != "thuha" else "linh"]
        is_asking = self.plan.number % 3 == 0
        add_note(
            self.ticket_id,
            actor=self.actor,
            body=f"@{mentioned.name} {text}" if is_asking else text,
            mention_ids=(mentioned.pk,) if is_asking else (),
        )

    def _customer_answers(self, text: str, number: int) -> None:
        answered = self.last_reply
        self._take(
            mails.answer(
                self.plan.writer,
                number=f"{self.plan.number}.{number}",
                when=self.clock.now,
                subject=self._say(self.plan.story.subject),
                text=text,
                answered=(
                    answered.external_id if answered else "",
                    answered.body if answered else self._say(self.plan.story.turns[0][1]),
                    answered.created_at if answered else self.plan.begun,
                ),
            )
        )

    def _answer(self, text: str, at: datetime, *, is_last: bool) -> Iterator[datetime]:
        status = "pending" if is_last and self.plan.state in ("pending", "on_hold") else ""
        body = text if self.agent.name in text else text + self._say(SIGN)
        message = reply(self.ticket_id, actor=self.actor, body=body, status_after=status)
        yield at + UNDO
        deliver(message.pk)
        message.refresh_from_db()
        self.last_reply = message
        if message.delivery == Message.Delivery.SENT and self.plan.number % 4:
            yield at + UNDO + timedelta(seconds=40)
            delivery.mark_progress(message.pk, status="delivered")

    def _end(self, at: datetime) -> Iterator[datetime]:
        state = self.plan.state
        if state in ("solved", "closed"):
            yield at + timedelta(minutes=20)
            self._fill_in()
            change_status(self.ticket_id, to="solved", actor=self.actor)
            self._read()
        if state == "closed":
            yield at + timedelta(days=14)
            change_status(self.ticket_id, to="closed", actor=AUTOMATION)
            if self.plan.number % 6 == 0:  # closed is the end: this becomes a follow-up ticket
                yield at + timedelta(days=16)
                self._customer_answers(_AGAIN[self.plan.writer.language], 99)
        if state == "on_hold":
            yield at + timedelta(minutes=3)
            change_status(self.ticket_id, to="on_hold", actor=self.actor)
        yield from self._extras(at)

    def _extras(self, at: datetime) -> Iterator[datetime]:
        """What agents do beside answering; a few tickets each."""
        number, state = self.plan.number, self.plan.state
        yield at + timedelta(minutes=30)
        if state in ("pending", "on_hold") and number % 4 == 1:
            snooze(self.ticket_id, until=self.clock.end + timedelta(hours=8 + number % 60), actor=self.actor)
        if number % 14 == 5:
            self._link()
        if state == "open" and number % 6 == 3:
            self._asked_twice()
        if number % 9 == 2:
            follow(self.ticket_id, actor=Actor.of(self.desk.people["mara"]))
        if state == "open" and number % 5 == 1:
            text = self._say(next(text for who, text in self.plan.story.turns if who == "a"))
            save_draft(self.ticket_id, mode="reply", body=text[:120], version=0, actor=self.actor)
        if state == "open" and number % 2:
            self._read()

    def _link(self) -> None:
        """To an older one: the first tickets are what later ones are compared with."""
        older = Ticket.objects.filter(pk__lt=self.ticket_id, merged_into=None).order_by("pk")
        ids = list(older.values_list("pk", flat=True)[:7])
        if ids:
            other = ids[self.plan.number % len(ids)]
            link(self.ticket_id, other_id=other, kind="related", actor=Actor.of(self.desk.people["mara"]))

    def _asked_twice(self) -> None:
        """An impatient second mail opens a ticket of its own, and is merged into the first."""
        subject, text = _ASKING[self.plan.writer.language]
        number = 1000 + self.plan.number
        raw = mails.first(self.plan.writer, number=number, when=self.clock.now, subject=subject, text=text)
        merge(self._take(raw), into_id=self.ticket_id, actor=Actor.of(self.desk.people["mara"]))

    def _fill_in(self) -> None:
        values: dict[str, object] = {"identity_checked": "true"}
        if self.plan.story.type == "complaint":
            values["root_cause"] = self.random.choice(["Our mistake", "Partner", "Misunderstanding"])
        if self.plan.story.type == "problem":
            values["case_number"] = self.words["ref"]
        set_custom(self.ticket_id, values=values, actor=self.actor)

    def _read(self) -> None:
        newest = Message.objects.filter(ticket=self.ticket_id).order_by("-pk").values_list("pk", flat=True)
        mark_read(self.ticket_id, last_message_id=newest[0], actor=self.actor)

    def _take(self, raw: bytes) -> int:
        call, _is_new = store_call(
            self.desk.inboxes["email"], request=Request(raw), source="smtp", is_processed_here=True
        )
        process(call)
        ticket_id = call.ticket_id or Ticket.objects.values_list("pk", flat=True).latest("pk")
        return int(ticket_id)

    def _say(self, text: str) -> str:
        for name, value in self.words.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def weighed(agent: User, random: Random) -> dict[str, object]:
    """Return what routing would have weighed; who was there then, nobody remembers."""
    limit = float(agent.capacity)
    why: dict[str, object] = {
        "candidates": random.randrange(3, 6),
        "offline": 1,
        "away": 0,
        "at_limit": 1,
        "load": random.randrange(0, int(limit)) / 2,
        "capacity": limit,
        "idle_minutes": random.randrange(2, 40),
    }
    why["text"] = (
        f"of {why['candidates']}: 1 offline, 1 at limit; load {why['load']:g} of {limit:g}, the least; "
        f"idle {why['idle_minutes']} min"
    )
    return why
