"""The pages of the workspace and the partials they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from helpdesk.compiled import compiled
from helpdesk.errors import ConflictError, NotFoundError
from helpdesk.wiring import NEXT_BEST
from tickets import queue, rows
from tickets.actions.read import mark_read
from tickets.models import Message, Status, Ticket
from tickets.web import customer_panel, entries, queue_panel, ticket_panel, viewers, views_panel
from tickets.web.http import (
    actor_of,
    agents_only,
    number,
    queue_choice,
    queue_query,
    ticket_url,
    visible_ticket,
)
from tickets.web.rows import drawn

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.http import AgentRequest
    from accounts.models import User

BULK_STATUSES = (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED)


@agents_only
@require_GET
def inbox(request: AgentRequest) -> HttpResponse:
    """The desk without a ticket; for htmx only the queue, or its next rows."""
    if request.htmx and request.GET.get("cursor"):
        return render(request, "tickets/_rows.html", _queue(request))
    views = views_panel.panel(request, queue_choice(request).get("view", queue_panel.FIRST_VIEW))
    context = {**views, **_queue(request, views)}
    if request.htmx and request.htmx.target == "queue":
        lists = render_to_string("tickets/_views_lists.html", {**views, "is_oob": True}, request=request)
        return HttpResponse(render_to_string("tickets/_queue.html", context, request=request) + lists)
    context |= {
        "section": "inbox",
        "pane": "queue",
        "skip_to": "queue-list",
        "blank": _blank(request.user, views),
    }
    return render(request, "tickets/workspace.html", context)


@agents_only
@require_GET
def ticket(request: AgentRequest, pk: int) -> HttpResponse:
    """One ticket, whose queue the page fetches after it; for htmx only the ticket and its customer."""
    return ticket_page(request, pk)


def ticket_page(request: AgentRequest, pk: int, *, status: int = 200, **shown: object) -> HttpResponse:
    """Draw a ticket; `shown` adds what a refused form has to say."""
    found = ticket_panel.load(request, pk)
    context = {**ticket_panel.panel(request, found), **shown}
    context["context"] = customer_panel.panel(request, found)
    if request.htmx and request.htmx.target == "conversation":
        return render(request, "tickets/_open.html", {**context, "is_oob": True}, status=status)
    context |= queue_panel.later(request) | {"capacity": views_panel.capacity(request.user)}
    context |= {"section": "inbox", "pane": "conversation", "skip_to": "conversation"}
    return render(request, "tickets/workspace.html", context, status=status)


def _queue(request: AgentRequest, views: dict[str, object] | None = None) -> dict[str, object]:
    panel = queue_panel.panel(request, views, current_id=_current(request))
    return {**panel, "statuses": tuple((each.value, str(each.label)) for each in BULK_STATUSES)}


def _current(request: AgentRequest) -> int | None:
    """The ticket that the page shows which asks for rows."""
    path = (request.htmx.current_url_abs_path or "").split("?")[0] if request.htmx else request.path
    prefix, _slash, rest = path.partition("/tickets/")
    return number(rest.rstrip("/")) if not prefix else None


def _blank(user: User, views: dict[str, object]) -> dict[str, str]:
    """What the empty sheet says: good news, or who waits."""
    counts: dict[str, int] = views["view_counts"]  # type: ignore[assignment]
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    number_answered = len(_answered(user, today))
    waiting, unowned = counts.get("needs_reply", 0), counts.get("unassigned", 0)
    parts = [
        ngettext("You answered %d customer today.", "You answered %d customers today.", number_answered)
        % number_answered
    ]
    if waiting:
        parts.append(ngettext("%d customer waits for you.", "%d customers wait for you.", waiting) % waiting)
    else:
        parts.append(_("None of them is waiting for you."))
    if unowned:
        parts.append(
            ngettext("%d ticket has no owner yet.", "%d tickets have no owner yet.", unowned) % unowned
        )
    return {"title": _("Choose a ticket") if waiting else _("All caught up"), "text": " ".join(parts)}


@compiled(is_planned_once=True)
def _answered(agent: User, since: datetime) -> QuerySet[Message, int]:
    """The people whom this agent wrote to."""
    written = Message.objects.filter(author=agent.pk, kind=Message.Kind.REPLY, created_at__gte=since)
    sent = written.exclude(delivery=Message.Delivery.CANCELLED)
    return sent.order_by().values_list("identity", flat=True).distinct()


@agents_only
@require_GET
def views(request: AgentRequest) -> HttpResponse:
    """The list of views and my capacity, with counts of now."""
    chosen = queue_choice(request).get("view", queue_panel.FIRST_VIEW)
    return render(request, "tickets/_views_now.html", views_panel.panel(request, chosen))


@agents_only
@require_GET
def row(request: AgentRequest, pk: int) -> HttpResponse:
    """One row of the queue that the page shows; marked when it no longer belongs there."""
    found = rows.rows_for([pk], request.user)
    if not found:
        return HttpResponse()
    view = queue.find_view(request.user, queue_choice(request).get("view", queue_panel.FIRST_VIEW))
    belongs = Ticket.objects.filter(pk=pk, merged_into=None).filter(view.condition)
    if queue_choice(request).get("show") == "reply":
        belongs = belongs.filter(waiting_since__isnull=False)
    gone = not belongs.exists()
    drawn_rows = drawn(found, queue_query(request), current_id=_current(request), gone=gone)
    return render(request, "tickets/_row.html", {"row": drawn_rows[0]})


@agents_only
@require_GET
def head(request: AgentRequest, pk: int) -> HttpResponse:
    found = ticket_panel.load(request, pk)
    return render(request, "tickets/_head.html", head_context(request, found))


def head_context(request: AgentRequest, found: Ticket) -> dict[str, object]:
    """Return what `tickets/_head.html` expects."""
    return {
        "ticket": found,
        **viewers.panel(request, found),
        **ticket_panel.head_panel(request, found),
    }


@agents_only
@require_GET
def panel(request: AgentRequest, pk: int) -> HttpResponse:
    found = ticket_panel.load(request, pk)
    context = {"ticket": found, "customer": found.customer, "context": customer_panel.panel(request, found)}
    return render(request, "tickets/_context.html", context)


@agents_only
@require_GET
def panel_more(request: AgentRequest, pk: int) -> HttpResponse:
    found = visible_ticket(request, pk)
    return render(
        request, "tickets/_context_more.html", {"ticket": found, "more": customer_panel.more(request, found)}
    )


@agents_only
@require_GET
def timeline(request: AgentRequest, pk: int) -> HttpResponse:
    """The newest entries, or those before a cursor. `read_to` keeps the "New" line where it was."""
    found = visible_ticket(request, pk)
    read_to = number(request.GET.get("read_to"))
    context = entries.panel(request, found, before=request.GET.get("before", ""), read_to=read_to)
    if not request.htmx:
        return ticket_page(request, pk, **context)
    return render(request, "tickets/_entries.html", {**context, "ticket": found})


@agents_only
@require_POST
def read(request: AgentRequest, pk: int) -> HttpResponse:
    last = number(request.POST.get("last")) or 0
    mark_read(pk, last_message_id=last, actor=actor_of(request))
    return HttpResponse(status=204)


@agents_only
@require_POST
def next_ticket(request: AgentRequest) -> HttpResponse:
    """Give me the ticket that waits most urgently."""
    found = import_string(NEXT_BEST)(request.user)
    if found is None:
        raise ConflictError(_("Nothing is waiting for an owner in your teams."), code="nothing_waiting")
    url = ticket_url(found.pk)
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def gone(request: AgentRequest) -> HttpResponse:
    """Answer a change after which the agent may no longer see the ticket."""
    url = reverse("tickets:inbox") + queue_query(request)
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def head_after(request: AgentRequest, pk: int, extra: str = "") -> HttpResponse:
    """Answer a change of a ticket: its header anew, or the page for a plain form."""
    try:
        found = ticket_panel.load(request, pk)
    except NotFoundError:
        return gone(request)
    if not request.htmx:
        return redirect(ticket_url(pk, queue_query(request)))
    html = render_to_string("tickets/_head.html", head_context(request, found), request=request)
    response = HttpResponse(html + extra)
    response["HX-Trigger-After-Swap"] = f"panel:{pk}"
    return response
