"""Rows of any list of tickets: everything a row shows in two queries, in pages by keyset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, When
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from customers.models import Customer, Identity
from helpdesk import paging
from helpdesk.compiled import compiled
from helpdesk.people import initials
from tickets.models import Message, Priority, Tag, Ticket, TicketRead
from tickets.promise import NOTHING_DUE, Due, due_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from accounts.models import User

PAGE_SIZE = 50
ORDERS: dict[str, tuple[str, ...]] = {
    "due": ("next_due_at", "id"),
    "newest": ("-id",),
    "oldest": ("id",),
    "priority": ("-priority", "next_due_at", "id"),
    "updated": ("-last_message_at", "-id"),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Everything one row shows, ready to be drawn."""

    id: int
    subject: str
    preview: str
    customer_id: int
    customer: str
    channel: str
    inbox_id: int | None
    status: str
    priority: str
    type: str
    team_id: int | None
    team: str
    assignee_id: int | None
    assignee: str
    assignee_initials: str
    language: str
    last_message_at: datetime
    last_message_kind: str
    created_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    is_spam: bool
    is_unread: bool = False
    replied_by: str = ""  # who wrote the preview when it is a reply; nobody when it was sent by itself
    is_own_reply: bool = False
    due: Due = NOTHING_DUE
    tags: tuple[str, ...] = ()


class _Values(NamedTuple):
    """The columns of a row as they come from the database."""

    id: int
    subject: str
    preview: str
    customer_id: int
    who: str
    channel: str
    inbox_id: int | None
    status: str
    priority: int
    type: str
    team_id: int | None
    team__name: str | None
    assignee_id: int | None
    assignee__name: str | None
    language: str
    last_message_at: datetime
    last_message_id: int | None
    last_message_kind: str
    created_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    is_spam: bool
    next_due_at: datetime
    first_reply_due_at: datetime | None
    solve_due_at: datetime | None
    first_replied_at: datetime | None
    solved_at: datetime | None
    read_to: int | None
    replied_by: str | None
    replied_by_id: int | None


def page_of(
    tickets: QuerySet[Ticket],
    agent: User,
    *,
    order: str,
    cursor: str,
    kind: str,
    size: int = PAGE_SIZE,
    with_tags: bool = True,
) -> tuple[list[QueueRow], str]:
    """Return the rows of one page of any list of tickets, and the cursor of the next."""
    keys = ORDERS[order]
    if cursor:
        tickets = tickets.filter(paging.after(keys, paging.decode(kind, cursor, keys)))
    found = shown(tickets.order_by(*keys)[: size + 1], agent)
    return cut(found, agent, order=order, kind=kind, size=size, with_tags=with_tags)


def cut(
    found: Iterable[tuple[Any, ...]], agent: User, *, order: str, kind: str, size: int, with_tags: bool
) -> tuple[list[QueueRow], str]:
    """Return the rows of one page, of which one more than fit were read, and the cursor of the next."""
    values = [_Values(*each) for each in found]
    next_cursor = ""
    if len(values) > size:
        values = values[:size]
        last = [getattr(values[-1], key.lstrip("-")) for key in ORDERS[order]]
        next_cursor = paging.encode(kind, last)
    return _rows(values, agent, with_tags=with_tags), next_cursor


def rows_for(ticket_ids: list[int], agent: User, *, with_tags: bool = True) -> list[QueueRow]:
    """Return the rows of these tickets in the given order, without those the agent may not see."""
    found = {row.id: row for row in (_Values(*each) for each in _named(agent, ticket_ids))}
    return _rows([found[pk] for pk in ticket_ids if pk in found], agent, with_tags=with_tags)


@compiled()
def _named(agent: User, ticket_ids: list[int]) -> QuerySet[Ticket, tuple[Any, ...]]:
    return shown(Ticket.objects.visible_to(agent).filter(pk__in=ticket_ids).order_by(), agent)


def shown(tickets: QuerySet[Ticket], agent: User) -> QuerySet[Ticket, tuple[Any, ...]]:
    """Return what rows show. Names come by subquery: so they are looked up for the rows of the page only."""
    read = TicketRead.objects.filter(ticket=OuterRef("pk"), user=agent).values("last_message_id")[:1]
    named = tickets.annotate(
        who=_WHO,
        read_to=Subquery(read),
        replied_by=_of_reply("author_name"),
        replied_by_id=_of_reply("author_id"),
    )
    return named.values_list(*_Values._fields)


def _of_reply(name: str) -> Case:
    """What the last message says of itself, when it is ours."""
    last = Message.objects.filter(pk=OuterRef("last_message_id")).order_by().values(name)
    return Case(When(last_message_kind=Message.Kind.REPLY, then=Subquery(last)))


_WHO = Coalesce(
    NullIf(Subquery(Customer.objects.filter(pk=OuterRef("customer_id")).values("name")), Value("")),
    Subquery(Identity.objects.filter(customer=OuterRef("customer_id")).order_by("pk").values("address")[:1]),
    Value(""),
    output_field=CharField(),
)


def _rows(values: list[_Values], agent: User, *, with_tags: bool = True) -> list[QueueRow]:
    tags: dict[int, list[str]] = {}
    if values and with_tags:
        theirs = Tag.objects.filter(tickets__in=[row.id for row in values]).order_by("name")
        for ticket_id, name in theirs.values_list("tickets__id", "name"):
            tags.setdefault(ticket_id, []).append(name)
    now = timezone.now()
    return [_row(row, tuple(tags.get(row.id, ())), now, agent.pk) for row in values]


def _row(row: _Values, tags: tuple[str, ...], now: datetime, agent_id: int) -> QueueRow:
    return QueueRow(
        id=row.id,
        subject=row.subject,
        preview=row.preview,
        customer_id=row.customer_id,
        customer=row.who,
        channel=row.channel,
        inbox_id=row.inbox_id,
        status=row.status,
        priority=Priority(row.priority).slug,
        type=row.type,
        team_id=row.team_id,
        team=row.team__name or "",
        assignee_id=row.assignee_id,
        assignee=row.assignee__name or "",
        assignee_initials=initials(row.assignee__name or ""),
        language=row.language,
        last_message_at=row.last_message_at,
        last_message_kind=row.last_message_kind,
        created_at=row.created_at,
        waiting_since=row.waiting_since,
        snoozed_until=row.snoozed_until,
        is_spam=row.is_spam,
        is_unread=_is_unread(row),
        replied_by=row.replied_by or "",
        is_own_reply=row.replied_by_id == agent_id,
        due=due_of(row, now),
        tags=tags,
    )


def unread_of(tickets: QuerySet[Ticket], agent: User) -> QuerySet[Ticket]:
    """Those in which something came since the agent last looked: what `_is_unread` says of a row."""
    seen = TicketRead.objects.filter(ticket=OuterRef("pk"), user=agent).values("last_message_id")[:1]
    never_opened = Q(seen_to=None, last_message_kind=Message.Kind.INBOUND)
    return tickets.annotate(seen_to=Subquery(seen)).filter(Q(seen_to__lt=F("last_message_id")) | never_opened)


def _is_unread(row: _Values) -> bool:
    """Something came since the agent last looked; never opened, a customer's word is new."""
    if row.last_message_id is None:
        return False
    if row.read_to is None:
        return row.last_message_kind == Message.Kind.INBOUND
    return row.read_to < row.last_message_id
