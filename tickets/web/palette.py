"""The palette: tickets, customers, and what can be done to the ticket on show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from customers.models import Customer
from tickets import policies
from tickets import search as finder
from tickets.models import Status, Ticket
from tickets.web import channels
from tickets.web.customer_panel import customer_url
from tickets.web.http import actor_of, agents_only, number, ticket_url

if TYPE_CHECKING:
    from accounts.http import AgentRequest

MOST = 6
Option = dict[str, Any]


@agents_only
@require_GET
def palette(request: AgentRequest) -> HttpResponse:
    """Answer what is typed: "#" asks for a number, ">" for commands only."""
    asked = request.GET.get("q", "").strip()[:100]
    only_commands = asked.startswith(">")
    words = asked.lstrip(">#").strip()
    groups = []
    if words and not only_commands:
        groups.append({"label": _("Tickets"), "options": _tickets(request, words)})
        groups.append({"label": _("Customers"), "options": _customers(words)})
    ticket = _shown(request)
    if ticket is not None:
        label = _("Do this to #%(number)s") % {"number": ticket.pk}
        groups.append({"label": label, "options": _matching(_commands(request, ticket), words)})
    groups.append({"label": _("Go to"), "options": _matching(_places(words), words)})
    return render(request, "palette/_results.html", {"groups": [each for each in groups if each["options"]]})


def _tickets(request: AgentRequest, words: str) -> list[Option]:
    found = finder.search(request.user, words, size=MOST)
    return [
        {
            "icon": channels.look(hit.row.channel).icon, "number": f"#{hit.row.id}", "title": hit.row.subject,
            "note": hit.row.customer, "lang": hit.row.language, "url": ticket_url(hit.row.id),
            "aside": Status(hit.row.status).label,
        }
        for hit in found.hits
    ]  # fmt: skip


def _customers(words: str) -> list[Option]:
    found = Customer.objects.matching(words).select_related("company")[:MOST]
    return [
        {"icon": "user", "title": str(each), "note": each.company.name if each.company else "", "url": url}
        for each in found
        if (url := customer_url(each))
    ]


def _shown(request: AgentRequest) -> Ticket | None:
    pk = number(request.GET.get("ticket"))
    return Ticket.objects.visible_to(request.user).filter(pk=pk).first() if pk else None


def _commands(request: AgentRequest, ticket: Ticket) -> list[Option]:
    note = {"icon": "note", "title": _("Write an internal note"), "press": "m"}
    if not policies.can_work_on(actor_of(request), ticket):
        return [note]
    commands = [
        {"icon": "message-reply", "title": _("Reply"), "press": "r"},
        note,
        {"icon": "user-share", "title": _("Assign"), "press": "a"},
        {"icon": "circle-dot", "title": _("Change the status"), "press": "s"},
        {"icon": "flag", "title": _("Change the priority"), "press": "p"},
        {"icon": "alarm-snooze", "title": _("Snooze"), "press": "z"},
        {"icon": "tags", "title": _("Tags"), "press": "t"},
    ]
    if ticket.is_unresolved:
        commands.insert(2, {"icon": "circle-check", "title": _("Set status to Solved"), "press": "e"})
    for name, icon, title in (
        ("subject", "pencil", _("Change the subject")), ("link", "link", _("Link to another ticket")),
        ("merge", "arrow-merge", _("Merge into another ticket")), ("spam", "shield-x", _("Mark as spam")),
    ):  # fmt: skip
        commands.append({"icon": icon, "title": title, "click": f'#more-menu [href$="/change/{name}/"]'})
    return commands


def _places(words: str) -> list[Option]:
    places: list[Option] = [
        {"icon": "inbox", "title": _("Inbox"), "url": reverse("tickets:inbox")},
        {"icon": "edit", "title": _("New ticket"), "url": reverse("tickets:new")},
        {"icon": "bell", "title": _("Notifications"), "url": reverse("notifications")},
    ]
    if words:
        title = _("Search for “%(words)s”") % {"words": words}
        url = f"{reverse('tickets:search')}?{urlencode({'q': words})}"
        places.insert(0, {"icon": "search", "title": title, "url": url, "always": True})
    return places


def _matching(options: list[Option], words: str) -> list[Option]:
    wanted = words.casefold()
    return [each for each in options if each.get("always") or wanted in str(each["title"]).casefold()]
