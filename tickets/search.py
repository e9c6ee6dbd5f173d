"""Search over everything an agent may see: numbers, subjects, messages, notes, customers, addresses.

One entry per message holds its words and those of the subject and of the customer, so that "mia card"
finds what Mia wrote about cards. Entries are written by a subscriber, in the task that takes a fact to its
subscribers anyway: intake pays no transaction more, and a lost task is taken up by the sweep.
Customers are found by their own words, which their actions keep; so a new address is found at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Exists, OuterRef

from customers.models import Customer
from helpdesk.compiled import compiled
from helpdesk.search import Index, Text, highlighted
from tickets.models import Attachment, Message, SearchEntry, Ticket
from tickets.rows import QueueRow, rows_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from accounts.models import User
    from tickets.models import Event
    from tickets.models.ticket import TicketQuerySet

INDEX = Index("tickets_searchentry", owner="ticket_id")
BATCH = 200
PAGE_SIZE = 25
MAX_CUSTOMERS = 200
_NUMBER = re.compile(r"\s*#?(\d{1,15})\s*\Z")
_BY_NUMBER, _BY_CUSTOMER = 100.0, 0.5

Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One ticket that was found. Texts come in pieces, (text, is a match), never as markup."""

    row: QueueRow
    subject: Pieces
    snippet: Pieces
    message_id: int | None
    message_kind: str


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found, the best first. `next_offset` is None at the end."""

    hits: list[Hit]
    next_offset: int | None = None


class _Found(NamedTuple):
    rank: float
    message_id: int | None


def search(
    agent: User,
    question: str,
    *,
    tickets: TicketQuerySet | None = None,
    newest_first: bool = False,
    offset: int = 0,
    size: int = PAGE_SIZE,
) -> Results:
    """Return what the agent may see and what holds every word; the last word may be a beginning.

    `tickets` narrows (by the filters of a list). A bounded number of the newest matches is ranked: words
    of the subject count most, then names, then the text; of equals the newest comes first.
    """
    found = _found(agent, question, _within(agent, tickets))
    order = list(found)
    if not newest_first:
        order.sort(key=lambda ticket_id: -found[ticket_id].rank)
    page = order[offset : offset + size]
    following = offset + size if len(order) > offset + size else None
    return Results(_hits(page, found, agent, question), following)


def ticket_ids(agent: User, question: str, tickets: TicketQuerySet) -> list[int]:
    """Return the tickets that a question finds among these: the `q` of a list's filters."""
    return list(_found(agent, question, tickets.visible_to(agent)))


def on_event(event: Event) -> None:
    """Keep the index with what a fact changed. Safe to run twice: it writes what is true now."""
    if not event.kind.startswith("ticket."):
        index_messages(Message.objects.filter(pk=event.message_id or 0))
        return
    for ticket_id in _concerned(event):
        index_messages(Message.objects.filter(ticket_id=ticket_id))


def on_events(events: Sequence[Event]) -> None:
    """The same for many facts: all their messages in two statements."""
    message_ids = {event.message_id for event in events if not event.kind.startswith("ticket.")}
    index_messages(Message.objects.filter(pk__in=[each for each in message_ids if each is not None]))
    ticket_ids = {pk for event in events if event.kind.startswith("ticket.") for pk in _concerned(event)}
    for ticket_id in sorted(ticket_ids):
        index_messages(Message.objects.filter(ticket_id=ticket_id))


def index_messages(messages: QuerySet[Message]) -> int:
    """Write the entries of these messages; those that were taken back leave the index.

    Two statements for one message, since every mail pays them: columns rather than objects, and the names
    of files only where there are files.
    """
    number, last = 0, 0
    while True:
        rows = [_Row(*row) for row in _rows_of(messages.filter(pk__gt=last))]
        if gone := [row.pk for row in rows if row.delivery == Message.Delivery.CANCELLED]:
            SearchEntry.objects.filter(key__in=gone).delete()
        names = _file_names([row.pk for row in rows if row.has_files])
        kept = [row for row in rows if row.delivery != Message.Delivery.CANCELLED]
        INDEX.put([_text(row, names.get(row.pk, "")) for row in kept])
        number += len(rows)
        if len(rows) < BATCH:
            return number
        last = rows[-1].pk


def reindex(*, after: int = 0, everything: bool = False) -> Iterator[int]:
    """Index messages without an entry (or all) in the order they came; yield the last id of each batch."""
    messages = Message.objects.exclude(delivery=Message.Delivery.CANCELLED)
    if not everything:
        messages = messages.filter(~Exists(SearchEntry.objects.filter(key=OuterRef("pk"))))
    while True:
        ids = list(messages.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        index_messages(Message.objects.filter(pk__in=ids))
        after = ids[-1]
        yield after


def _concerned(event: Event) -> set[int]:
    """The ticket of a fact, and the other one that messages moved from or to."""
    others = (event.data.get(key) for key in ("other", "into", "ticket"))
    return {event.ticket_id, *(each for each in others if isinstance(each, int))}


class _Row(NamedTuple):
    pk: int
    ticket_id: int
    delivery: str
    body: str
    author_name: str
    subject: str
    customer: str
    company: str | None
    has_files: bool


def _rows_of(messages: QuerySet[Message]) -> QuerySet[Message, tuple[Any, ...]]:
    has_files = Exists(Attachment.objects.filter(message_id=OuterRef("pk")))
    return messages.order_by("pk").values_list(
        "pk", "ticket_id", "delivery", "body", "author_name",
        "ticket__subject", "ticket__customer__name", "ticket__customer__company__name", has_files,
    )[:BATCH]  # fmt: skip


def _file_names(message_ids: list[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    if message_ids:
        files = Attachment.objects.filter(message_id__in=message_ids)
        for message_id, name in files.values_list("message_id", "name"):
            names[message_id] = f"{names.get(message_id, '')} {name}"
    return names


def _text(row: _Row, files: str) -> Text:
    return Text(
        key=row.pk,
        owner_id=row.ticket_id,
        title=row.subject,
        names=f"{row.customer} {row.company or ''} {row.author_name}",
        body=f"{row.body} {files}",
    )


def _within(agent: User, tickets: TicketQuerySet | None) -> TicketQuerySet:
    listed = Ticket.objects.listed() if tickets is None else tickets
    return listed.visible_to(agent)


def _found(agent: User, question: str, tickets: TicketQuerySet) -> dict[int, _Found]:
    """Return the best of each ticket, the newest ticket first."""
    found: dict[int, _Found] = {}
    number = _NUMBER.match(question)
    if number and tickets.filter(pk=int(number[1])).exists():
        found[int(number[1])] = _Found(_BY_NUMBER, None)
    for key, ticket_id, rank in sorted(INDEX.matches(question, tickets), reverse=True):
        if ticket_id not in found or found[ticket_id].rank < rank:
            found[ticket_id] = _Found(rank, key)
    customers = list(Customer.objects.matching(question).values_list("pk", flat=True)[:MAX_CUSTOMERS])
    if customers:
        theirs = tickets.filter(customer_id__in=customers).order_by("-last_message_at", "-pk")
        for ticket_id in theirs.values_list("pk", flat=True)[:MAX_CUSTOMERS]:
            if ticket_id not in found or found[ticket_id].rank < _BY_CUSTOMER:
                before = found.get(ticket_id)
                found[ticket_id] = _Found(_BY_CUSTOMER, before.message_id if before else None)
    return found


def _hits(page: list[int], found: dict[int, _Found], agent: User, question: str) -> list[Hit]:
    wanted = [key for ticket_id in page if (key := found[ticket_id].message_id)]
    bodies = {pk: (kind, body) for pk, kind, body in _bodies(wanted)}
    rows = rows_for(page, agent, with_tags=False)
    return [_hit(row, found[row.id].message_id, bodies, question) for row in rows]


@compiled()
def _bodies(message_ids: list[int]) -> QuerySet[Message, tuple[int, str, str]]:
    return Message.objects.filter(pk__in=message_ids).order_by().values_list("pk", "kind", "body")


def _hit(row: QueueRow, message_id: int | None, bodies: dict[int, tuple[str, str]], question: str) -> Hit:
    kind, body = bodies.get(message_id or 0, ("", row.preview))
    return Hit(
        row=row,
        subject=tuple(highlighted(row.subject, question, length=250, around=250)),
        snippet=tuple(highlighted(body, question)),
        message_id=message_id if kind else None,
        message_kind=kind,
    )
