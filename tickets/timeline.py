"""Everything that happened on one ticket, in one line of time: messages, notes, and thin lines between.

At most six queries, whatever the length: the last entries first, older ones by cursor, newer
ones by "since". Messages of tickets that were merged into this one stand among its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk import paging
from helpdesk.compiled import compiled
from helpdesk.errors import DomainError
from tickets import sentences
from tickets.models import Attachment, Event, Message, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from accounts.models import User

PAGE_SIZE = 30
FOLD_FROM = 3
FOLLOWS_WITHIN = timedelta(minutes=5)
_OLDER = ("-created_at", "-id")


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as an entry shows it."""

    id: int
    name: str
    size: int
    content_type: str
    is_inline: bool
    content_id: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thin line: what happened, when, and by whom."""

    id: int
    kind: str
    icon: str
    text: str
    created_at: datetime
    actor: str = ""
    actor_kind: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `kind` is in, out, note or events; of events, `lines` holds one or more.

    `day` is set on the first entry of each day. `follows` says that the same person goes on writing.
    """

    kind: str
    created_at: datetime
    id: int = 0
    lines: tuple[Line, ...] = ()
    folded: str = ""  # "4 changes", when there are many
    author: str = ""
    author_id: int | None = None
    customer_id: int | None = None
    is_mine: bool = False
    channel: str = ""
    inbox: str = ""
    inbox_id: int | None = None
    conversation_id: int | None = None
    address: str = ""
    ticket_id: int | None = None  # another ticket's number, for what came by a merge
    subject: str = ""
    body: str = ""
    html: str = ""
    quoted: str = ""
    signature: str = ""
    language: str = ""
    to: tuple[tuple[str, str], ...] = ()
    cc: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    mentions: tuple[tuple[int, str], ...] = ()
    is_automatic: bool = False
    is_redacted: bool = False
    delivery: str = ""
    failure: str = ""
    send_at: datetime | None = None
    sent_at: datetime | None = None
    can_cancel: bool = False
    can_retry: bool = False
    day: datetime | None = None
    follows: bool = False
    is_first_unread: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of entries, oldest first. `older` is the cursor of the stretch before, empty at the start.

    `newest` is given back as `since` to fetch what came after.
    """

    entries: list[Entry]
    older: str = ""
    newest: str = ""
    last_message_id: int = 0


def timeline(
    ticket: Ticket,
    agent: User,
    *,
    before: str = "",
    since: str = "",
    read_to: int | None = None,
    size: int = PAGE_SIZE,
) -> Timeline:
    """Return the last entries of a ticket that the agent may see, or those before or since a cursor.

    `read_to` is the last message the agent had read: the next from someone else is `is_first_unread`.
    Raises DomainError for a cursor that is not ours.
    """
    ids = _with_merged(ticket)
    is_continued = ticket.follow_up_of_id is not None
    if since:
        return _since(ticket, agent, _messages(ids), _events(ids, is_continued=is_continued), since, read_to)
    found: list[Message | Event]
    if before:
        messages, events = _messages(ids), _events(ids, is_continued=is_continued)
        created_at, rank, pk = paging.decode(f"timeline/{ticket.pk}", before, ("created_at", "rank", "id"))
        messages = messages.filter(_before(created_at, pk, same=rank == 1))
        events = events.filter(_before(created_at, pk, same=rank == 0, up_to=rank == 1))
        found = [*messages.order_by(*_OLDER)[: size + 1], *events.order_by(*_OLDER)[: size + 1]]
    else:
        found = [
            *_newest_messages(ids, number=size + 1),
            *_newest_events(ids, number=size + 1, is_continued=is_continued),
        ]
    found.sort(key=_place)
    kept = found[-size:]
    older = ""
    if len(found) > len(kept):
        older = paging.encode(f"timeline/{ticket.pk}", _place(kept[0]))
    return _stretch(ticket, agent, kept, older=older, read_to=read_to)


def entry(ticket: Ticket, agent: User, message_id: int) -> Entry | None:
    """Return one message as its entry, to draw it anew when its delivery moved on."""
    message = _messages(_with_merged(ticket)).filter(pk=message_id).first()
    return _message(message, ticket, agent, _attached([message])) if message else None


def _since(
    ticket: Ticket,
    agent: User,
    messages: QuerySet[Message],
    events: QuerySet[Event],
    since: str,
    read_to: int | None,
) -> Timeline:
    """By ids, not by times: a ticket's rows are written under its lock, so ids only grow."""
    message_id, _dash, event_id = since.partition("-")
    if not (message_id.isdecimal() and event_id.isdecimal() and len(since) < 40):
        raise DomainError(_("Reload this ticket to see what is new."), code="bad_cursor", field="since")
    found: list[Message | Event] = [
        *messages.filter(pk__gt=int(message_id)).order_by("pk")[:200],
        *events.filter(pk__gt=int(event_id)).order_by("pk")[:200],
    ]
    found.sort(key=_place)
    return _stretch(ticket, agent, found, read_to=read_to, newest=(int(message_id), int(event_id)))


def _with_merged(ticket: Ticket) -> list[int]:
    """This ticket, those merged into it, and those merged into them: by index, one step at a time."""
    ids = [ticket.pk]
    if not getattr(ticket, "has_merged", True):  # the query that brought it has looked
        return ids
    away = list(Ticket.objects.filter(merged_into=ticket.pk).values_list("pk", flat=True))
    if away:
        ids += [*away, *Ticket.objects.filter(merged_into__in=away).values_list("pk", flat=True)]
    return ids


def _messages(ticket_ids: list[int]) -> QuerySet[Message]:
    """What was said, with the few words of other rows that an entry shows."""
    messages = Message.objects.filter(ticket_id__in=ticket_ids).exclude(delivery=Message.Delivery.CANCELLED)
    return messages.annotate(
        inbox_name=F("inbox__name"), address=F("identity__address"), customer_id=F("identity__customer_id")
    )


def _events(ticket_ids: list[int], *, is_continued: bool) -> QuerySet[Event]:
    """What was done, as far as it is told."""
    events = Event.objects.filter(ticket_id__in=ticket_ids, kind__in=sentences.TOLD)
    if len(ticket_ids) > 1:  # a merge is told by the ticket that stays
        events = events.exclude(ticket_id__in=ticket_ids[1:], kind="ticket.merged", data__role="away")
    if not is_continued:  # the first message says that a customer opened it
        events = events.exclude(kind="ticket.opened", actor_kind="customer")
    return events


@compiled()
def _newest_messages(ticket_ids: list[int], *, number: int) -> QuerySet[Message]:
    return _messages(ticket_ids).order_by(*_OLDER)[:number]


@compiled()
def _newest_events(ticket_ids: list[int], *, number: int, is_continued: bool) -> QuerySet[Event]:
    return _events(ticket_ids, is_continued=is_continued).order_by(*_OLDER)[:number]


class _Attached(NamedTuple):
    """What belongs to messages, by message."""

    files: dict[int, list[File]]
    mentions: dict[int, list[tuple[int, str]]]


def _attached(rows: Iterable[Message | Event]) -> _Attached:
    """Return files and people named in notes, in two queries for any number of messages."""
    messages = [row for row in rows if isinstance(row, Message)]
    found = _Attached({}, {})
    for message_id, *file in _files_of([each.pk for each in messages]):
        found.files.setdefault(message_id, []).append(File(*file))
    for message_id, user_id, name in _mentions_in([each.pk for each in messages if each.is_note]):
        found.mentions.setdefault(message_id, []).append((user_id, name))
    return found


@compiled()
def _files_of(message_ids: list[int]) -> QuerySet[Attachment, tuple[Any, ...]]:
    files = Attachment.objects.filter(message_id__in=message_ids).order_by("pk")
    return files.values_list("message_id", "pk", "name", "size", "content_type", "is_inline", "content_id")


@compiled()
def _mentions_in(message_ids: list[int]) -> QuerySet[Any, tuple[int, int, str]]:
    named = Message.mentions.through.objects.filter(message_id__in=message_ids).order_by("pk")
    return named.values_list(
        "message_id", "user_id", Coalesce(NullIf("user__name", Value("")), "user__username")
    )


def _before(created_at: object, pk: object, *, same: bool, up_to: bool = False) -> Q:
    """Earlier than a place. At the very same moment events stand before messages."""
    earlier = Q(created_at__lt=created_at)
    if same:
        return earlier | Q(created_at=created_at, pk__lt=pk)
    return Q(created_at__lte=created_at) if up_to else earlier


def _place(row: Message | Event) -> tuple[datetime, int, int]:
    return (row.created_at, 1 if isinstance(row, Message) else 0, row.pk)


def _stretch(
    ticket: Ticket,
    agent: User,
    rows: list[Message | Event],
    *,
    read_to: int | None,
    older: str = "",
    newest: tuple[int, int] = (0, 0),
) -> Timeline:
    last_message = max((row.pk for row in rows if isinstance(row, Message)), default=newest[0])
    last_event = max((row.pk for row in rows if isinstance(row, Event)), default=newest[1])
    with_them = _attached(rows)
    entries = _fold(
        _message(row, ticket, agent, with_them) if isinstance(row, Message) else _line(row) for row in rows
    )
    return Timeline(
        _arranged(entries, read_to), older, f"{last_message}-{last_event}", last_message_id=last_message
    )


def _line(event: Event) -> Line:
    return Line(
        event.pk,
        event.kind,
        sentences.icon(event),
        sentences.sentence(event),
        event.created_at,
        event.actor_name,
        event.actor_kind,
    )


def _fold(items: Iterable[Entry | Line]) -> list[Entry]:
    """Put lines that stand together into one entry; many of them get a heading to open."""
    entries: list[Entry] = []
    lines: list[Line] = []
    for item in items:
        if isinstance(item, Line):
            lines.append(item)
            continue
        entries += _group(lines)
        lines = []
        entries.append(item)
    return entries + _group(lines)


def _group(lines: list[Line]) -> list[Entry]:
    if not lines:
        return []
    number = len(lines)
    folded = ngettext("%d change", "%d changes", number) % number if number >= FOLD_FROM else ""
    return [Entry("events", lines[0].created_at, id=lines[0].id, lines=tuple(lines), folded=folded)]


def _arranged(entries: list[Entry], read_to: int | None) -> list[Entry]:
    arranged: list[Entry] = []
    before: Entry | None = None
    unread_seen = read_to is None
    for each in entries:
        changes: dict[str, object] = {}
        if before is None or _day(before.created_at) != _day(each.created_at):
            changes["day"] = each.created_at
        elif _follows(before, each):
            changes["follows"] = True
        if not unread_seen and each.kind != "events" and each.id > (read_to or 0) and not each.is_mine:
            changes["is_first_unread"] = unread_seen = True
        arranged.append(replace(each, **changes) if changes else each)  # type: ignore[arg-type]
        before = each
    return arranged


def _day(moment: datetime) -> object:
    return timezone.localtime(moment).date()


def _follows(before: Entry, each: Entry) -> bool:
    if each.kind == "events" or each.kind != before.kind:
        return False
    same = (before.author, before.author_id, before.channel) == (each.author, each.author_id, each.channel)
    return same and each.created_at - before.created_at <= FOLLOWS_WITHIN


def _message(message: Any, ticket: Ticket, agent: User, attached: _Attached) -> Entry:
    """`message` is one of `_messages`, annotated."""
    sent = message.kind == Message.Kind.REPLY
    return Entry(
        kind=message.kind,
        created_at=message.created_at,
        id=message.pk,
        author=message.author_name,
        author_id=message.author_id,
        customer_id=message.customer_id if not sent else None,
        is_mine=message.author_id is not None and message.author_id == agent.pk,
        channel=message.channel,
        inbox=message.inbox_name or "",
        inbox_id=message.inbox_id,
        conversation_id=message.conversation_id,
        address=message.address or "",
        ticket_id=message.ticket_id if message.ticket_id != ticket.pk else None,
        subject=message.subject,
        body=message.body,
        html=message.html,
        quoted=message.quoted,
        signature=message.signature,
        language=message.language,
        to=_people(message.to),
        cc=_people(message.cc),
        files=tuple(attached.files.get(message.pk, ())),
        mentions=tuple(attached.mentions.get(message.pk, ())),
        is_automatic=message.is_automatic,
        is_redacted=message.redacted_at is not None,
        delivery=message.delivery if sent else "",
        failure=message.failure,
        send_at=message.send_at,
        sent_at=message.sent_at,
        can_cancel=sent and message.delivery == Message.Delivery.QUEUED and message.attempts == 0,
        can_retry=sent and message.delivery == Message.Delivery.FAILED,
    )


def _people(pairs: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(pairs, list):
        return ()
    return tuple((str(pair[0] or ""), str(pair[1] or "")) for pair in pairs if len(pair) == 2)
