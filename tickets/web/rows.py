"""Rows of the queue, drawn before the template runs: fifty of them must cost next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from helpdesk import times
from helpdesk.templatetags.ui import avatar as draw_avatar
from helpdesk.templatetags.ui import channel_glyph as draw_channel_glyph
from helpdesk.templatetags.ui import icon as draw_icon
from helpdesk.templatetags.ui import priority as draw_priority
from helpdesk.templatetags.ui import sla as draw_sla
from helpdesk.templatetags.ui import sla_pill as draw_sla_pill
from helpdesk.templatetags.ui import when as draw_when
from tickets.models import Message, Status
from tickets.web import channels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from tickets.queue import QueueRow


class Row(NamedTuple):
    """What `tickets/_row.html` prints."""

    pk: int
    url: str
    refetch: str
    channel: SafeString
    who: str
    subject: str
    preview: str
    lang: str
    due: SafeString | str
    time: SafeString
    priority: SafeString
    owner: SafeString
    is_unread: bool
    is_gone: bool = False


def drawn(rows: Iterable[QueueRow], query: str, *, gone: bool = False) -> list[Row]:
    """Return rows ready to print. `query` is the queue they stand in, kept in their addresses."""
    page = reverse("tickets:ticket", args=[0])
    return [_drawn(row, page, query, gone=gone) for row in rows]


def _drawn(row: QueueRow, page: str, query: str, *, gone: bool) -> Row:
    look = channels.look(row.channel)
    url = page.replace("/0/", f"/{row.id}/")
    ours = row.last_message_kind == Message.Kind.REPLY
    return Row(
        pk=row.id,
        url=f"{url}{query}",
        refetch=f"{url}row/{query}",
        channel=draw_channel_glyph(look.icon, look.label),
        who=row.customer or _("Unknown sender"),
        subject=row.subject or _("(no subject)"),
        preview=_("You: %(text)s") % {"text": row.preview} if ours and row.preview else row.preview,
        lang=row.language,
        due=_due(row),
        time=draw_when(row.last_message_at, "row-time"),
        priority=draw_priority(row.priority),
        owner=draw_avatar(row.assignee, row.assignee_id, "xs", label=row.assignee),
        is_unread=row.is_unread,
        is_gone=gone,
    )


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
