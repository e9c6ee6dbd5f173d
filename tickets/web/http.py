"""What the views of the workspace share: find the ticket, answer as page or partial, tell what was done."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from helpdesk.errors import NotFoundError
from tickets.actor import Actor
from tickets.models import Message, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.http import AgentRequest

P = ParamSpec("P")
View = "Callable[Concatenate[AgentRequest, P], HttpResponse]"
MAX_ID = 2**63 - 1
KEPT = ("view", "order", "show")  # what an address keeps of the queue beside a ticket


def agents_only(view: Callable[Concatenate[AgentRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only people in who are signed in, and keep every answer out of shared caches."""

    @login_required
    @wraps(view)
    def guarded(request: AgentRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("Vary", "HX-Request, HX-Target, Cookie")
        return response

    return guarded


def actor_of(request: AgentRequest) -> Actor:
    return Actor.of(request.user)


def visible_ticket(request: AgentRequest, pk: int) -> Ticket:
    """Return the ticket if this agent may see it. Raises NotFoundError."""
    found = Ticket.objects.visible_to(request.user).filter(pk=pk) if pk <= MAX_ID else Ticket.objects.none()
    ticket = found.first()
    if ticket is None:
        raise NotFoundError(_("There is no such ticket."))
    return ticket


def visible_message(request: AgentRequest, pk: int) -> Message:
    """Return the message, with its ticket, if this agent may see it. Raises NotFoundError."""
    seen = Ticket.objects.visible_to(request.user)
    found = Message.objects.filter(pk=min(pk, MAX_ID), ticket__in=seen).select_related("ticket").first()
    if found is None:
        raise NotFoundError(_("There is no such message."))
    return found


def queue_query(request: AgentRequest) -> str:
    """Return "?view=…&order=…" of the queue that stands beside what was asked, or nothing for the first one.

    A partial is asked for from a page: then the page's address says which queue that is.
    """
    given = {name: value for name in KEPT if (value := request.GET.get(name))}
    if not given and request.htmx and request.htmx.current_url:
        there = parse_qs(urlsplit(request.htmx.current_url).query)
        given = {name: there[name][0] for name in KEPT if there.get(name)}
    return f"?{urlencode(given)}" if given else ""


def queue_choice(request: AgentRequest) -> dict[str, str]:
    """Return view, order and show of that queue."""
    found = parse_qs(queue_query(request)[1:])
    return {name: found[name][0] for name in KEPT if name in found}


def ticket_url(pk: int, query: str = "") -> str:
    return reverse("tickets:ticket", args=[pk]) + query


def toast(request: AgentRequest, text: str, *, undo_url: str = "", icon: str = "") -> str:
    """Return a toast that htmx puts into its place, whatever it was sent along with."""
    context = {"text": text, "undo_url": undo_url, "icon_name": icon}
    drawn = render_to_string("components/_toast.html", context, request=request)
    return f'<div hx-swap-oob="beforeend:#toasts">{drawn}</div>'


def done(request: AgentRequest, url: str, text: str = "", *, undo_url: str = "") -> HttpResponse:
    """Answer a change that leads to another page: a redirect, which htmx follows with the whole page."""
    if text:
        messages.success(request, text, extra_tags=undo_url)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def safe_next(request: AgentRequest, default: str) -> str:
    """Return where to go after a form, if that is a path of ours."""
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else default


def number(text: object) -> int | None:
    """Return a database id read from a form, or None."""
    text = str(text or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def numbers(texts: list[str]) -> list[int]:
    return [found for text in texts if (found := number(text)) is not None]
