"""The second column: the rows of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from tickets import counting, queue
from tickets.models import Priority, TicketType
from tickets.web import channels
from tickets.web.http import queue_choice
from tickets.web.rows import drawn

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from tickets.queue import View

FIRST_VIEW = "my_open"
SHOWS = ("reply", "all")


def order_labels() -> dict[str, str]:
    return {
        "due": _("Due first"),
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "priority": _("Priority first"),
        "updated": _("Last message first"),
    }


def panel(
    request: AgentRequest, views: dict[str, Any] | None = None, *, current_id: int | None = None
) -> dict[str, object]:
    """Return what `tickets/_queue.html` expects: one page of the view that the address names.

    `views` is what the first column has read already.
    """
    choice = queue_choice(request)
    view, show = choice.get("view", FIRST_VIEW), choice.get("show", "all")
    show = show if show in SHOWS else "all"
    narrowing, filters = _filters(request)
    known = views or {}
    counts: dict[str, int] = known.get("view_counts", {})
    found: View | str = known.get("view", view)
    page = queue.queue_page(
        request.user,
        found,
        order=choice.get("order", ""),
        cursor=request.GET.get("cursor", ""),
        needs_reply=show == "reply",
        extra=narrowing,
        with_tags=False,
    )
    query = _query(view, choice.get("order", ""), show)
    count = counting.text(counts[view]) if view in counts else ""
    waiting = known.get("view_waiting")
    waiting_text = "" if waiting is None else counting.text(waiting)
    labels = order_labels()
    return {
        "is_beside": current_id is not None,
        "rows": drawn(page.rows, query, current_id=current_id),
        "view_key": view,
        "view_title": page.title,
        "view_count": count,
        "show": show,
        "shows": [
            ("reply", _("Needs reply"), waiting_text, _url(view, page.order, "reply")),
            ("all", _("All"), count, _url(view, page.order, "all")),
        ],
        "order": page.order,
        "order_label": labels[page.order],
        "orders": [(key, label, _url(view, key, show)) for key, label in labels.items()],
        "queue_query": query,
        "queue_url": f"{reverse('tickets:inbox')}{query}",
        "refetch_url": _with(query, filters, ""),
        "next_url": _with(query, filters, page.next_cursor) if page.next_cursor else "",
        "filters": filters,
        "is_filtered": narrowing is not None or show == "reply",
        "is_selecting": "select" in request.GET,
        "priorities": tuple((each.value, str(each.label)) for each in Priority),
        "types": TicketType.choices,
        "channel_looks": [(slug, channels.look(slug).label) for slug in _slugs(counts)],
    }


def later(request: AgentRequest) -> dict[str, object]:
    """Return what `tickets/_queue_later.html` expects: where the queue is, to be fetched after the ticket."""
    choice = queue_choice(request)
    view, order = choice.get("view", FIRST_VIEW), choice.get("order", "")
    query = _query(view, order, choice.get("show", "all"))
    return {
        "is_queue_later": True,
        "view_title": queue.find_view(request.user, view).title or _("Queue"),
        "queue_query": query,
        "queue_url": f"{reverse('tickets:inbox')}{query}",
    }


def _filters(request: AgentRequest) -> tuple[Q | None, dict[str, str]]:
    """Read what the filter menu narrows by; unknown values narrow nothing."""
    given = {name: request.GET.get(f"f_{name}", "") for name in ("priority", "type", "channel", "mine")}
    condition = Q()
    if given["priority"].isdecimal():
        condition &= Q(priority__gte=int(given["priority"][:2]))
    if given["type"] in TicketType.values:
        condition &= Q(type=given["type"])
    if given["channel"]:
        condition &= Q(channel=given["channel"][:20])
    if given["mine"]:
        condition &= Q(assignee_id=request.user.pk)
    return condition or None, {name: value for name, value in given.items() if value}


def _slugs(counts: dict[str, int]) -> list[str]:
    return sorted(key.removeprefix("channel-") for key in counts if key.startswith("channel-"))


def _query(view: str, order: str, show: str) -> str:
    parts = {
        "view": view if view != FIRST_VIEW else "",
        "order": order,
        "show": show if show != "all" else "",
    }
    kept = {name: value for name, value in parts.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def _url(view: str, order: str, show: str) -> str:
    return f"{reverse('tickets:inbox')}?{urlencode({'view': view, 'order': order, 'show': show})}"


def _with(query: str, filters: dict[str, str], cursor: str) -> str:
    """Return the address of this list as it is narrowed now, from a cursor on."""
    more = {f"f_{name}": value for name, value in filters.items()} | ({"cursor": cursor} if cursor else {})
    joined = f"{'&' if query else '?'}{urlencode(more)}" if more else ""
    return f"{reverse('tickets:inbox')}{query}{joined}"
