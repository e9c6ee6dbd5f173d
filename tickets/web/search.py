"""Everything one may see, by words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Team
from helpdesk.compiled import compiled
from tickets import search
from tickets.models import Priority, Status, Ticket, TicketType
from tickets.web import channels
from tickets.web.http import agents_only, number, ticket_url
from tickets.web.rows import drawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

    from accounts.http import AgentRequest
    from accounts.models import User
    from channels_app.models import Inbox
    from tickets.models.ticket import TicketQuerySet

MAX_QUESTION = 200
MAX_OFFSET = 975  # deeper pages are no longer ranked by anything
FILTERS = ("status", "priority", "type", "team", "channel", "spam")


@agents_only
@require_GET
def search_page(request: AgentRequest) -> HttpResponse:
    """Tickets that hold every word, the best first."""
    question = request.GET.get("q", "").strip()[:MAX_QUESTION]
    offset = min(number(request.GET.get("offset")) or 0, MAX_OFFSET)
    by_time = request.GET.get("sort") == "newest"
    found = None
    if question:
        found = search.search(
            request.user, question, tickets=_narrowed(request), newest_first=by_time, offset=offset
        )
    context = {
        "q": question,
        "hits": [_hit(each) for each in found.hits] if found else [],
        "next_url": _next_url(request, found.next_offset) if found else "",
        "chosen": {name: request.GET.get(name, "") for name in FILTERS},
        "sort": "newest" if by_time else "best",
        "selects": _selects(request),
        "section": "inbox",
        "is_more": bool(offset),
    }
    if request.htmx and request.htmx.target in ("search-more", "search-results"):
        return render(request, "tickets/_hits.html", context)
    return render(request, "tickets/search.html", context)


def _narrowed(request: AgentRequest) -> TicketQuerySet:
    """The filters of the page; what is not one of their values narrows nothing."""
    given = request.GET
    tickets = Ticket.objects.filter(merged_into=None, is_spam=given.get("spam") == "1")
    if given.get("status") in Status.values:
        tickets = tickets.filter(status=given["status"])
    if given.get("type") in TicketType.values:
        tickets = tickets.filter(type=given["type"])
    if (priority := number(given.get("priority"))) in Priority.values:
        tickets = tickets.filter(priority=priority)
    if (team := number(given.get("team"))) is not None:
        tickets = tickets.filter(team_id=team)
    if given.get("channel"):
        tickets = tickets.filter(channel=given["channel"][:20])
    return tickets


def _hit(hit: search.Hit) -> dict[str, Any]:
    row = drawn([hit.row], "")[0]
    anchor = f"#m-{hit.message_id}" if hit.message_id else ""
    return {
        "row": row, "url": ticket_url(hit.row.id) + anchor, "subject": marked(hit.subject),
        "snippet": marked(hit.snippet), "status": Status(hit.row.status).label, "team": hit.row.team,
        "is_note": hit.message_kind == "note", "is_ours": hit.message_kind == "out",
    }  # fmt: skip


def marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Return text with what was found marked."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", text) if is_match else text,) for text, is_match in pieces)
    )


def _selects(request: AgentRequest) -> list[tuple[str, str, list[tuple[str, object]]]]:
    """The filters: name, label, and what may be chosen."""
    user = request.user
    teams = _all_teams() if user.is_administrator else _own_teams(user)
    slugs = sorted(set(_channels_in_use()))
    return [
        ("status", _("Status"), list(Status.choices)),
        ("priority", _("Priority"), [(str(value), label) for value, label in Priority.choices]),
        ("type", _("Type"), list(TicketType.choices)),
        ("team", _("Team"), [(str(team.pk), team.name) for team in teams]),
        ("channel", _("Channel"), [(slug, channels.look(slug).label) for slug in slugs]),
    ]


@compiled()
def _all_teams() -> QuerySet[Team]:
    return Team.objects.all()


@compiled()
def _own_teams(user: User) -> QuerySet[Team]:
    return Team.objects.filter(pk__in=user.team_ids)


@compiled()
def _channels_in_use() -> QuerySet[Inbox, str]:
    return channels.active_inboxes().values_list("channel", flat=True)


def _next_url(request: AgentRequest, offset: int | None) -> str:
    if offset is None or offset > MAX_OFFSET:
        return ""
    kept = {name: value for name, value in request.GET.items() if name != "offset" and value}
    return f"{reverse('tickets:search')}?{urlencode({**kept, 'offset': offset})}"
