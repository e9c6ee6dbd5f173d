"""Very many tickets, for measuring: rows of the right shape, as fast as the database takes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import Team, User
from channels_app.models import Inbox
from customers.models import Customer, Identity
from customers.searching import words_of
from helpdesk.demo import lives
from tickets.models import NEVER, Conversation, Event, Message, Ticket
from tickets.models.ticket import RESOLVED
from tickets.search import index_messages

BATCH = 4000
SPAN = timedelta(days=700)
PER_CUSTOMER = 8  # tickets
UNRESOLVED_SHARE = 0.05  # most of what a desk ever had is done
MESSAGES = (1, 2, 2, 3, 3, 4)
_TEXT = """
    account balance branch bureau calendar charge clerk confirm contract copy counter currency customer
    deposit document exchange fee form holiday interest invoice letter limit monthly mortgage notice number
    office open password payment pension policy postal premium quote rate receipt refund reminder rent
    salary savings schedule signature statement tax terminal transfer update urgent voucher weekly
"""
_WORDS = _TEXT.split()


class Table:
    """Writes rows of one model, given only what differs from its defaults."""

    def __init__(self, model: type[models.Model], *names: str) -> None:
        self.model, self.names = model, names
        self.fields = [field for field in model._meta.concrete_fields if field.attname not in names]
        defaults = {field.attname: _plain(field, field.get_default()) for field in self.fields}
        self.rest = tuple(defaults[field.attname] for field in self.fields)
        self.columns = [_column(model, name) for name in names]
        self.columns += [_column(model, field.attname) for field in self.fields]
        self.rows: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        self.rows.append((*values, *self.rest))

    def write(self) -> None:
        """Give the gathered rows to the database: COPY where there is one."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        columns = ", ".join(connection.ops.quote_name(column) for column in self.columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in self.rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608  # our own names
                    self.rows,
                )
        self.rows = []


def _column(model: type[models.Model], attname: str) -> str:
    return next(str(field.column) for field in model._meta.concrete_fields if field.attname == attname)


def _plain(field: models.Field[Any, Any], value: Any) -> Any:
    """A default as the driver takes it."""
    if isinstance(field, models.JSONField):
        return json.dumps(value)
    if value is None and not field.null:
        return ""
    return value if connection.vendor == "postgresql" else _for_sqlite(value)


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value if value is None or isinstance(value, int | str) else str(value)


@dataclass
class _Tables:
    customers: Table
    identities: Table
    tickets: Table
    conversations: Table
    messages: Table
    events: Table

    def write(self) -> None:
        for table in vars(self).values():
            table.write()


def add(total: int, *, say: Callable[[str], None] = lambda text: None) -> None:
    """Add `total` tickets with their customers, messages and facts to the demo's desk."""
    writer = _Writer(total)
    begun = timezone.now()
    for done in range(0, total, BATCH):
        number = min(BATCH, total - done)
        with transaction.atomic():
            writer.write(number)
        seconds = (timezone.now() - begun).total_seconds()
        say(f"    {done + number} of {total} tickets, {seconds:.0f} s")
    _forward_sequences()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class _Writer:
    def __init__(self, total: int) -> None:
        self.random = Random(lives.SEED)  # noqa: S311  # numbers for measuring
        self.inbox = Inbox.objects.filter(channel="email").earliest("pk")
        members = User.objects.filter(role__in=["agent", "senior"]).prefetch_related("teams")
        teams = list(Team.objects.order_by("pk").values_list("pk", flat=True))
        self.desks = [
            (team, [user.pk for user in members if team in {each.pk for each in user.teams.all()}])
            for team in teams
        ]
        self.stories = [(language, story) for language, some in lives.STORIES.items() for story in some]
        self.next: dict[type[models.Model], int] = {
            model: (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
            for model in (Customer, Identity, Ticket, Conversation, Message, Event)
        }
        self.now = timezone.now()
        self.total, self.done = total, 0
        self.end = _for_driver(NEVER)

    def take(self, model: type[models.Model]) -> int:
        number = self.next[model]
        self.next[model] = number + 1
        return number

    def write(self, number: int) -> None:
        tables = _Tables(
            Table(Customer, "id", "name", "language", "search_words"),
            Table(Identity, "id", "customer_id", "kind", "address", "name"),
            Table(
                Ticket, "id", "subject", "type", "priority", "status", "customer_id", "team_id",
                "assignee_id", "inbox_id", "channel", "language", "next_due_at", "waiting_since",
                "first_replied_at", "solved_at", "closed_at", "created_at", "updated_at", "last_message_at",
                "last_message_id", "last_message_kind", "preview",
            ),
            Table(
                Conversation, "id", "ticket_id", "inbox_id", "identity_id", "channel", "last_seq",
                "last_message_at", "created_at",
            ),
            Table(
                Message, "id", "ticket_id", "conversation_id", "inbox_id", "seq", "kind", "channel",
                "author_id", "identity_id", "author_name", "subject", "body", "external_id", "delivery",
                "created_at",
            ),
            Table(
                Event, "id", "ticket_id", "message_id", "kind", "actor_kind", "data", "created_at",
                "handled_at",
            ),
        )  # fmt: skip
        first_message = self.next[Message]
        for _ in range(-(-number // PER_CUSTOMER)):
            customer = self._customer(tables)
            for _ in range(min(PER_CUSTOMER, number)):
                self._ticket(tables, customer)
            number -= PER_CUSTOMER
        tables.write()
        _index(first_message)

    def _customer(self, tables: _Tables) -> tuple[int, int, str]:
        pk, identity = self.take(Customer), self.take(Identity)
        name = f"{self.random.choice(_WORDS).title()} {self.random.choice(_WORDS).title()} {pk}"
        address = f"writer{pk}@many.example"
        tables.customers.add(pk, name, "en", words_of(name, "", [address]))
        tables.identities.add(identity, pk, "email", address, name)
        return pk, identity, name

    def _ticket(self, tables: _Tables, customer: tuple[int, int, str]) -> None:
        random = self.random
        language, story = random.choice(self.stories)
        team, members = random.choice(self.desks)
        pk, conversation = self.take(Ticket), self.take(Conversation)
        # numbers follow time, as in life
        created = self.now - SPAN * (1 - self.done / self.total)
        self.done += 1
        status = self._status()
        turns = [self._turn(story, position) for position in range(random.choice(MESSAGES))]
        subject = f"{story.subject} {random.choice(_WORDS)}".replace("{amount}", "$120")
        times = [min(created + timedelta(hours=7 * each), self.now) for each in range(len(turns))]
        last_id = 0
        for seq, ((kind, text), at) in enumerate(zip(turns, times, strict=True), 1):
            last_id = self.take(Message)
            self._message(tables, last_id, pk, conversation, seq, kind, text, at, customer, members, subject)
        resolved = times[-1] + timedelta(hours=2) if status in RESOLVED_NAMES else None
        tables.tickets.add(
            pk, subject, story.type, story.priority, status, customer[0], team,
            random.choice(members) if members and status != "new" else None, self.inbox.pk, "email", language,
            self._due(created, status),
            _for_driver(times[-1]) if turns[-1][0] == "in" and resolved is None else None,
            _for_driver(times[1]) if len(times) > 1 else None,
            _for_driver(resolved), _for_driver(resolved) if status == "closed" else None,
            _for_driver(created), _for_driver(times[-1]), _for_driver(times[-1]), last_id, turns[-1][0],
            " ".join(turns[-1][1].split())[:140],
        )  # fmt: skip
        tables.conversations.add(
            conversation, pk, self.inbox.pk, customer[1], "email", len(turns), _for_driver(times[-1]),
            _for_driver(created),
        )  # fmt: skip
        self._facts(tables, pk, last_id, created)

    def _message(
        self, tables: _Tables, pk: int, ticket: int, conversation: int, seq: int, kind: str, text: str,
        at: datetime, customer: tuple[int, int, str], members: Sequence[int], subject: str,
    ) -> None:  # fmt: skip
        is_ours = kind == "out"
        tables.messages.add(
            pk, ticket, conversation, self.inbox.pk, seq, kind, "email",
            members[0] if is_ours and members else None, customer[1], "Agent" if is_ours else customer[2],
            subject, text, f"many-{pk}@many.example", "sent" if is_ours else "none", _for_driver(at),
        )  # fmt: skip

    def _facts(self, tables: _Tables, ticket: int, message: int, at: datetime) -> None:
        when = _for_driver(at)
        for kind, of in (("ticket.opened", None), ("message.received", message), ("ticket.assigned", None)):
            tables.events.add(self.take(Event), ticket, of, kind, "automation", "{}", when, when)

    def _status(self) -> str:
        if self.random.random() >= UNRESOLVED_SHARE:
            return "closed" if self.random.random() < 0.9 else "solved"
        return self.random.choice(("new", "open", "open", "pending", "on_hold"))

    def _due(self, created: datetime, status: str) -> Any:
        if status in RESOLVED_NAMES or self.random.random() < 0.5:
            return self.end
        return _for_driver(created + timedelta(days=2))

    def _turn(self, story: Any, position: int) -> tuple[str, str]:
        _who, text = story.turns[position % len(story.turns)]
        extra = " ".join(self.random.choices(_WORDS, k=30))
        return ("out" if position % 2 else "in"), f"{text}\n\n{extra}"


RESOLVED_NAMES = frozenset(str(each) for each in RESOLVED)


def _for_driver(value: datetime | None) -> Any:
    return value if connection.vendor == "postgresql" else _for_sqlite(value)


def _index(first_message: int) -> None:
    index_messages(Message.objects.filter(pk__gte=first_message))


def _forward_sequences() -> None:
    """Ids were given out here: the database goes on after them."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in (Customer, Identity, Ticket, Conversation, Message, Event):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
