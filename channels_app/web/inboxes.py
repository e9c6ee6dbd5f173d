"""Channels and inboxes: what there is and how it is, adding one, setting it up, trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.web.guards import administrators_only
from channels_app.actions.inboxes import check_inbox, create_inbox, delete_inbox, set_active, update_inbox
from channels_app.models import Inbox, is_used
from channels_app.registry import ADAPTERS, adapter_class
from channels_app.web.inbox_form import InboxForms
from helpdesk.errors import DomainError, NotAllowedError, NotFoundError
from tickets.actor import Actor

if TYPE_CHECKING:
    from accounts.http import AgentRequest


@administrators_only
@require_GET
def inboxes(request: AgentRequest) -> HttpResponse:
    """What is connected, with its health, and what can be added."""
    found = Inbox.objects.visible_to(request.user).select_related("team")
    context = {
        "inboxes": [(inbox, adapter_class(inbox.channel)) for inbox in found.order_by("-is_active", "name")],
        "channels": [adapter_class(slug) for slug in ADAPTERS],
        "section": "settings",
        "current": "channels",
    }
    return render(request, "channels_app/inboxes.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def new_inbox(request: AgentRequest, channel: str) -> HttpResponse:
    """Add an inbox of a channel."""
    if channel not in ADAPTERS:
        raise Http404
    forms = InboxForms(channel, request.POST if request.method == "POST" else None)
    if forms.is_bound and forms.is_valid():
        values = forms.values()
        try:
            created = create_inbox(
                channel, config=values.pop("config"), actor=Actor.of(request.user), **values
            )
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            forms.refuse(error)
        else:
            messages.success(request, _("%(name)s is set up. Try it now.") % {"name": created.name})
            return redirect("channels:inbox", created.pk)
    return _shown(request, forms, channel)


@administrators_only
@require_http_methods(["GET", "POST"])
def inbox(request: AgentRequest, pk: int) -> HttpResponse:
    """Set up one inbox. Secrets go in and never come out."""
    found = get_object_or_404(Inbox.objects.visible_to(request.user), pk=pk)
    forms = InboxForms(found.channel, request.POST if request.method == "POST" else None, found)
    if forms.is_bound and forms.is_valid():
        try:
            update_inbox(found.pk, actor=Actor.of(request.user), forget=forms.forgotten(), **forms.values())
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            forms.refuse(error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": found.name})
            return redirect("channels:inbox", pk)
    return _shown(request, forms, found.channel, found)


@administrators_only
@require_POST
def check(request: AgentRequest, pk: int) -> HttpResponse:
    """Try it against the other side; the page then says what it said."""
    try:
        tried = check_inbox(pk, actor=Actor.of(request.user))
    except NotFoundError:
        raise
    except DomainError as error:
        if error.code != "check_failed":
            raise
    else:
        messages.success(request, _("%(name)s works.") % {"name": tried.name})
    return redirect("channels:inbox", pk)


@administrators_only
@require_POST
def activity(request: AgentRequest, pk: int) -> HttpResponse:
    """Open or close an inbox."""
    set_active(pk, is_active=request.POST.get("active") == "true", actor=Actor.of(request.user))
    return redirect("channels:inbox", pk)


@administrators_only
@require_POST
def remove(request: AgentRequest, pk: int) -> HttpResponse:
    """Take away an inbox that was never used."""
    delete_inbox(pk, actor=Actor.of(request.user))
    messages.success(request, _("The inbox is gone."))
    return redirect("channels:list")


def _shown(
    request: AgentRequest, forms: InboxForms, channel: str, inbox: Inbox | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "forms": forms,
        "adapter": adapter_class(channel),
        "inbox": inbox,
        "section": "settings",
        "current": "channels",
    }
    if inbox is not None:
        context |= {"doors": _doors(inbox), "page_url": _page_url(inbox), "is_used": is_used(inbox)}
    status = 422 if forms.is_bound and forms.errors else 200
    return render(request, "channels_app/inbox.html", context, status=status)


def _doors(inbox: Inbox) -> list[tuple[str, str]]:
    """Return the addresses to which providers bring their calls: (what for, address)."""
    adapter = adapter_class(inbox.channel)
    if not adapter.has_webhook:
        return []
    if not adapter.takes_mail:
        return [(_("Messages"), _absolute("channels:webhook", inbox.key))]
    return [
        (_("Mail that came in"), _absolute("channels:webhook-door", inbox.key, "inbound")),
        (_("What became of our mail"), _absolute("channels:webhook-door", inbox.key, "tracking")),
    ]


def _page_url(inbox: Inbox) -> str:
    return _absolute("channels:form", inbox.key) if adapter_class(inbox.channel).has_page else ""


def _absolute(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
