"""What I should know: the bell and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tickets import queue
from tickets.actions.notifications import mark_notifications_read
from tickets.models import Notification, Ticket
from tickets.notify import sentence, unwanted
from tickets.web.http import actor_of, agents_only, number, numbers, ticket_url

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from accounts.models import User

PAGE_SIZE = 50
IN_MENU = 8
MOST_COUNTED = 100  # shown as 99+
ICONS = {
    "mentioned": "at", "assigned": "user-check", "message": "message", "failed": "alert-circle",
    "reopened": "refresh", "woken": "alarm", "opened": "sparkles",
}  # fmt: skip


def unread_count(user: User) -> int:
    """Return how many I have not read, counted no further than the badge shows."""
    return len(Notification.objects.filter(user=user, read_at=None).values_list("pk")[:MOST_COUNTED])


@agents_only
@require_GET
def notifications(request: AgentRequest) -> HttpResponse:
    """The list; for the bell's menu only the newest."""
    before = number(request.GET.get("before"))
    found = _mine(request.user)
    if before:
        found = found.filter(pk__lt=before)
    size = IN_MENU if request.htmx else PAGE_SIZE
    listed = list(found[: size + 1])
    context = {
        "notices": [_line(each) for each in listed[:size]],
        "older": listed[size - 1].pk if len(listed) > size else None,
        "unread": unread_count(request.user),
        "section": "inbox",
    }
    return render(request, "tickets/_notices.html" if request.htmx else "tickets/notifications.html", context)


@agents_only
@require_GET
def bell(request: AgentRequest) -> HttpResponse:
    """The bell and the inbox's badge; the newest notice, for those who let the browser tell them."""
    wanted = _mine(request.user).exclude(kind__in=unwanted(request.user, "browser"))
    newest = wanted.filter(read_at=None).first()
    context = {
        "unread": unread_count(request.user),
        "unread_tickets": queue.unread(request.user, at_most=MOST_COUNTED),
        "most": MOST_COUNTED,
        "newest": _line(newest) if newest else None,
    }
    return render(request, "tickets/_bell.html", context)


@agents_only
@require_POST
def notifications_read(request: AgentRequest) -> HttpResponse:
    """Mark those named as read, or all."""
    ids = numbers(request.POST.getlist("notification"))
    mark_notifications_read(request.user, ids=ids or None, actor=actor_of(request))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "notices:read"})
    return redirect(reverse("notifications"))


def _mine(user: User) -> Any:
    seen = Ticket.objects.visible_to(user)
    return Notification.objects.filter(user=user, ticket__in=seen).select_related("ticket", "event")


def _line(notice: Notification) -> dict[str, Any]:
    ticket, event = notice.ticket, notice.event
    anchor = f"#m-{event.message_id}" if event.message_id else ""
    return {
        "pk": notice.pk, "text": sentence(notice), "subject": ticket.subject, "number": ticket.pk,
        "icon": ICONS.get(notice.kind, "bell"), "url": ticket_url(ticket.pk) + anchor,
        "at": notice.created_at, "is_unread": notice.read_at is None, "lang": ticket.language,
    }  # fmt: skip
