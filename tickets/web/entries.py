"""The timeline, drawn: what each entry shows beside its text."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from helpdesk import times
from tickets import policies
from tickets.files import INLINE_TYPES
from tickets.timeline import timeline
from tickets.web import channels, drawing
from tickets.web.http import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.http import AgentRequest
    from tickets import timeline as model
    from tickets.models import Ticket

DELIVERY_ICONS = {
    "queued": "clock", "sending": "clock", "sent": "check", "delivered": "checks", "read": "checks",
    "failed": "alert-circle",
}  # fmt: skip
FILE_ICONS = {
    "application/pdf": "file-type-pdf", "application/zip": "file-zip", "text/csv": "file-type-csv",
    "text/plain": "file-text",
}  # fmt: skip
MAYBE_LINK = re.compile(r"://|@|\w\.\w")
REMOTE_IMAGE = re.compile(r"<img\b[^>]*\bsrc=[\"']?https?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """A file, as its chip shows it."""

    name: str
    size: str
    url: str
    icon: str
    thumb_url: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a reply, and what may be done about it."""

    state: str
    icon: str
    text: str
    at: str = ""
    cancel_url: str = ""
    retry_url: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One `<li>` of the timeline. `kind` is day, new, events, note or message; `of` is what it draws."""

    kind: str
    id: str
    at: datetime
    of: model.Entry | None = None
    author: str = ""
    author_key: str = ""
    look: channels.Look | None = None
    lang: str = ""
    body: SafeString | str = ""
    is_ours: bool = False
    is_wide: bool = False
    follows: bool = False
    state: str = ""
    mail_head: list[tuple[str, str]] = field(default_factory=list)
    frame_url: str = ""
    images_url: str = ""
    files: list[File] = field(default_factory=list)
    delivery: Delivery | None = None
    can_split: bool = False
    can_redact: bool = False
    version: str = ""  # changes with what may change: a page redraws only that


def panel(
    request: AgentRequest, ticket: Ticket, *, before: str = "", read_to: int | None = None
) -> dict[str, Any]:
    """Return what `tickets/_thread.html` and `_entries.html` expect."""
    read = read_to if read_to is not None else getattr(ticket, "read_to", 0)
    found = timeline(ticket, request.user, before=before, read_to=read or None)
    url = reverse("tickets:timeline", args=[ticket.pk])
    lines = drawn(request, ticket, found.entries)
    return {
        "entries": lines,
        "entries_html": drawing.html_of(request, lines),
        "older_url": f"{url}?{urlencode({'before': found.older})}" if found.older else "",
        "last_message_id": found.last_message_id or ticket.last_message_id or 0,
        "read_to": read,
    }


def drawn(request: AgentRequest, ticket: Ticket, entries: Iterable[model.Entry]) -> list[Drawn]:
    """Return entries ready to print, with the lines that part days and the new from the read."""
    actor = actor_of(request)
    here = ticket.merged_into_id is None
    may = (here and policies.can_work_on(actor, ticket), policies.can_supervise(actor, ticket))
    lines: list[Drawn] = []
    for entry in entries:
        if entry.day is not None:
            day = f"{timezone.localtime(entry.day):%Y-%m-%d}"
            lines.append(Drawn("day", f"day-{day}", entry.day))
        if entry.is_first_unread:
            lines.append(Drawn("new", "unread-line", entry.created_at))
        lines.append(_drawn(entry, *may))
    return lines


def _drawn(entry: model.Entry, may_work: bool, may_supervise: bool) -> Drawn:  # noqa: FBT001
    if entry.kind == "events":
        return Drawn("events", f"e-{entry.id}", entry.created_at, entry, version=str(entry.lines[-1].id))
    is_note, is_ours = entry.kind == "note", entry.kind == "out"
    look = channels.look(entry.channel)
    frame = "" if is_note else _frame_url(entry)
    return Drawn(
        kind="note" if is_note else "message",
        id=f"m-{entry.id}",
        at=entry.created_at,
        of=entry,
        author=_("You") if entry.is_mine else entry.author or entry.address or _("Unknown sender"),
        author_key=str(entry.author_id or entry.customer_id or entry.author),
        look=look,
        lang=entry.language,
        body=_note_text(entry) if is_note else _text(entry.body),
        is_ours=is_ours,
        is_wide=bool(frame) or (look.has_subject and not is_ours),
        follows=entry.follows,
        state=_state(entry),
        mail_head=_mail_head(entry, look),
        frame_url=frame,
        images_url=f"{frame}?images=1" if frame and REMOTE_IMAGE.search(entry.html) else "",
        files=[_file(each) for each in entry.files if not (each.is_inline and frame)],
        delivery=_delivery(entry, may_work=may_work) if is_ours else None,
        can_split=may_work and not is_note and not is_ours and not entry.is_redacted,
        can_redact=may_supervise and not entry.is_redacted,
        version=_version(entry),
    )


def _version(entry: model.Entry) -> str:
    moving = (
        entry.delivery,
        entry.failure,
        entry.is_redacted,
        entry.can_cancel,
        entry.follows,
        len(entry.body),
    )
    return f"{zlib.crc32(repr(moving).encode()):x}"


def _frame_url(entry: model.Entry) -> str:
    return reverse("tickets:message_html", args=[entry.id]) if entry.html and not entry.is_redacted else ""


def _text(body: str) -> SafeString:
    """Plain text as paragraphs with links that open beside the desk."""
    linked = str(escape(body))
    if MAYBE_LINK.search(body):
        linked = urlize(body, nofollow=True, autoescape=True).replace(
            'rel="nofollow"', 'rel="noopener nofollow" target="_blank"'
        )
    paragraphs = re.split(r"\n{2,}", linked.replace("\r\n", "\n").strip())
    return mark_safe("".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs))  # noqa: S308  # urlize escaped it


def _note_text(entry: model.Entry) -> SafeString:
    """A note as text, with the people it names marked."""
    text = str(_text(entry.body))
    for _pk, name in sorted(entry.mentions, key=lambda pair: -len(pair[1])):
        marked = format_html('<span class="at">@{}</span>', name)
        text = text.replace(f"@{escape(name)}", str(marked))
    return mark_safe(text)  # noqa: S308  # escaped above, names escaped by format_html


def _state(entry: model.Entry) -> str:
    return {"queued": "sending", "sending": "sending", "failed": "failed"}.get(entry.delivery, "")


def _mail_head(entry: model.Entry, look: channels.Look) -> list[tuple[str, str]]:
    """What a mail says on its envelope; our own replies only when somebody got a copy."""
    if not look.has_subject:
        return []
    pairs = [(_("Cc"), _addresses(entry.cc))]
    if entry.kind == "in":
        pairs = [
            (_("From"), entry.address),
            (_("To"), _addresses(entry.to)),
            *pairs,
            (_("Subject"), entry.subject),
        ]
    return [(label, value) for label, value in pairs if value]


def _addresses(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(
        f"{name} <{address}>" if name and name != address else address for name, address in pairs
    )


def _file(each: model.File) -> File:
    url = reverse("tickets:attachment", args=[each.id])
    return File(
        name=each.name,
        size=size_text(each.size),
        url=url,
        icon="photo"
        if each.content_type.startswith("image/")
        else FILE_ICONS.get(each.content_type, "paperclip"),
        thumb_url=f"{url}?inline=1" if each.content_type in INLINE_TYPES else "",
    )


def size_text(size: int) -> str:
    """Return a size as people read it: 412 KB."""
    if size < 1024 * 1024:
        return _("%(number)s KB") % {"number": max(1, round(size / 1024))}
    return _("%(number)s MB") % {"number": f"{size / 1024 / 1024:.1f}"}


def _delivery(entry: model.Entry, *, may_work: bool) -> Delivery | None:
    text = _delivery_text(entry)
    if not text:
        return None
    can_cancel, can_retry = entry.can_cancel and may_work, entry.can_retry and may_work
    return Delivery(
        state="sending" if entry.delivery == "queued" else entry.delivery,
        icon=DELIVERY_ICONS.get(entry.delivery, "clock"),
        text=text,
        at=entry.send_at.isoformat() if entry.delivery == "queued" and entry.send_at else "",
        cancel_url=reverse("tickets:reply_cancel", args=[entry.id]) if can_cancel else "",
        retry_url=reverse("tickets:reply_retry", args=[entry.id]) if can_retry else "",
    )


def _delivery_text(entry: model.Entry) -> str:
    if entry.delivery == "failed":
        return _("Not delivered: %(reason)s") % {"reason": entry.failure or _("the channel refused it")}
    if entry.delivery == "queued":
        return _queued_text(entry)
    sent = times.clock(entry.sent_at) if entry.sent_at else ""
    return {
        "sending": _("Being sent"),
        "sent": _("Sent %(time)s") % {"time": sent},
        "delivered": _("Delivered"),
        "read": _("Read"),
    }.get(entry.delivery, "")


def _queued_text(entry: model.Entry) -> str:
    if entry.failure:
        return _("Will be tried again: %(reason)s") % {"reason": entry.failure}
    seconds = (entry.send_at - timezone.now()).total_seconds() if entry.send_at else 0
    if entry.send_at and seconds > 60:
        return _("Goes out %(time)s") % {"time": times.stamp(entry.send_at)}
    return _("Goes out in %(number)s s") % {"number": max(0, round(seconds))}


def plain(entry: model.Entry) -> SafeString:
    """A short text of an entry, for a strip."""
    return SafeString(conditional_escape(" ".join(entry.body.split())[:400]))
