"""Rows of the queue, drawn before the template runs: fifty of them must cost next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk import times
from helpdesk.templatetags.ui import avatar as draw_avatar
from helpdesk.templatetags.ui import channel_glyph as draw_channel_glyph
from helpdesk.templatetags.ui import icon as draw_icon
from helpdesk.templatetags.ui import priority as draw_priority
from helpdesk.templatetags.ui import sla as draw_sla
from helpdesk.templatetags.ui import sla_pill as draw_sla_pill
from helpdesk.templatetags.ui import when as draw_when
from tickets.models import Status
from tickets.web import channels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickets.queue import QueueRow


class Row(NamedTuple):
    """One drawn row: `html` is its whole `<li>`; search prints the parts its own way."""

    pk: int
    html: SafeString
    channel: SafeString
    who: str
    lang: str
    time: SafeString
    priority: SafeString
    owner: SafeString


# The mark-up of a row: text with places. The template engine takes five times as long for fifty rows.
_LI = (
    '<li id="row-{pk}" data-ticket="{pk}" hx-get="{page}row/{query}" hx-trigger="ticket:{pk} from:body"'
    ' hx-swap="outerHTML"{gone}>'
    '<input class="form-check-input row-pick" type="checkbox" name="ticket" value="{pk}" form="bulk"'
    ' aria-label="#{pk} {who}">'
    '<a class="row-t" id="open-{pk}" href="{page}{query}" hx-get="{page}{query}" hx-target="#conversation"'
    ' hx-swap="outerHTML" hx-push-url="true"{current}{unread}>{dot}{channel}<span class="row-body">'
    '<span class="row-line"><span class="row-who"><span class="truncate" dir="auto" title="{who}">{who}'
    "</span></span>{due}</span>"
    '<span class="row-line"><span class="row-subject truncate"{lang} dir="auto" title="{subject}">{subject}'
    "</span>{time}</span>"
    '<span class="row-line"><span class="row-snippet truncate"{lang} dir="auto">{preview}</span>'
    '<span class="row-meta">{priority}{owner}</span></span></span></a></li>'
)


def drawn(
    rows: Iterable[QueueRow], query: str, *, current_id: int | None = None, gone: bool = False
) -> list[Row]:
    """Return rows ready to print. `query` is the queue they stand in, kept in their addresses."""
    page = reverse("tickets:ticket", args=[0])
    dot = format_html('<span class="dot"></span><span class="vh">{}</span>', _("Unread."))
    return [
        _drawn(row, page.replace("/0/", f"/{row.id}/"), escape(query), dot, current_id=current_id, gone=gone)
        for row in rows
    ]


def _drawn(row: QueueRow, page: str, query: str, dot: str, *, current_id: int | None, gone: bool) -> Row:
    look = channels.look(row.channel)
    who = row.customer or _("Unknown sender")
    channel = draw_channel_glyph(look.icon, look.label)
    time, priority = draw_when(row.last_message_at, "row-time"), draw_priority(row.priority)
    owner = draw_avatar(row.assignee, row.assignee_id, "xs", label=row.assignee)
    html = _LI.format(
        pk=row.id,
        page=page,
        query=query,
        gone=" data-gone" if gone else "",
        who=escape(who),
        current=' aria-current="true"' if row.id == current_id else "",
        unread=" data-unread" if row.is_unread else "",
        dot=dot if row.is_unread else "",
        channel=channel,
        due=_due(row),
        lang=f' lang="{escape(row.language)}"' if row.language else "",
        subject=escape(row.subject or _("(no subject)")),
        time=time,
        preview=escape(_said(row)),
        priority=priority,
        owner=owner,
    )
    return Row(row.id, SafeString(html), channel, who, row.language, time, priority, owner)


def _said(row: QueueRow) -> str:
    """The last words, and who of us wrote them."""
    if row.preview and row.is_own_reply:
        return _("You: %(text)s") % {"text": row.preview}
    if row.preview and row.replied_by:
        return _("%(name)s: %(text)s") % {"name": row.replied_by, "text": row.preview}
    return row.preview


def _due(row: QueueRow) -> SafeString | str:
    """The promise that comes next; without one, what the ticket waits for."""
    due = row.due
    if due.state:
        state = due.state if due.state in ("paused", "met") else ""
        return draw_sla(due.due_at, due.started_at, state, due.target, due.met_seconds)
    if row.snoozed_until is not None:
        until = times.stamp(row.snoozed_until)
        return draw_sla_pill("paused", draw_icon("alarm-snooze"), times.relative(row.snoozed_until),
                           _("Snoozed until %(time)s") % {"time": until})  # fmt: skip
    if row.status in (Status.SOLVED, Status.CLOSED):
        return draw_sla_pill("met", draw_icon("check"), str(Status(row.status).label), _("Solved"))
    return ""
