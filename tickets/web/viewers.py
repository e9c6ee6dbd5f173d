"""Who else has a ticket open, and who writes there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from helpdesk.errors import NotFoundError
from tickets import policies
from tickets import viewers as present
from tickets.models import Draft, Ticket
from tickets.text import html_to_text
from tickets.web.http import actor_of, agents_only, ticket_url, visible_ticket

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.http import AgentRequest
    from accounts.models import User

FORGOTTEN_AFTER = timedelta(days=7)


@agents_only
@require_GET
def viewers(request: AgentRequest, pk: int) -> HttpResponse:
    """The faces in the header and the strip above the composer."""
    ticket = visible_ticket(request, pk)
    return render(request, "tickets/_present.html", {"ticket": ticket, **panel(request, ticket)})


def panel(request: AgentRequest, ticket: Ticket) -> dict[str, object]:
    """Return what `_viewers.html` and `_collision.html` expect; a query only when somebody is there."""
    found = present.viewers(ticket.pk, request.user)
    writing = [(person, mode) for person, mode in found if mode in ("reply", "note")]
    may_see = policies.can_work_on(actor_of(request), ticket)
    begun = _begun(request, ticket)
    if begun and begun["agent"] in {person.pk for person, _mode in writing}:
        begun = None
    return {
        "viewers": [person for person, _mode in found],
        "writers": [
            {
                "name": str(person),
                "mode": mode,
                "draft_url": reverse("tickets:their_draft", args=[ticket.pk, person.pk]) if may_see else "",
            }
            for person, mode in writing
        ],
        "begun": begun,
    }


def forgotten_before() -> datetime:
    """Drafts that nobody touched since are not told of."""
    return timezone.now() - FORGOTTEN_AFTER


def draft_of_others(me: User, *, since: datetime) -> QuerySet[Draft, Any]:
    """What a colleague has begun to write on a ticket and not sent: that it is there, not what it says."""
    drafts = Draft.objects.filter(ticket=OuterRef("pk"), agent__is_active=True, updated_at__gt=since)
    drafts = drafts.exclude(agent=me).exclude(body="").order_by("-updated_at")
    return drafts.values(json=JSONObject(agent="agent_id", name="agent__name", mode="mode"))[:1]


def _begun(request: AgentRequest, ticket: Ticket) -> dict[str, Any] | None:
    """As the ticket's own query brought it, or asked for."""
    if hasattr(ticket, "draft_of_another"):
        brought: dict[str, Any] | None = ticket.draft_of_another
        return brought
    found = Ticket.objects.filter(pk=ticket.pk).values_list(
        Subquery(draft_of_others(request.user, since=forgotten_before())), flat=True
    )
    return found.first()


@agents_only
@require_GET
def their_draft(request: AgentRequest, pk: int, user_id: int) -> HttpResponse:
    """What a colleague writes at this moment, so that two do not write the same; else drafts are personal."""
    ticket = visible_ticket(request, pk)
    policies.require_work_on(actor_of(request), ticket)
    writing = {person.pk: (person, mode) for person, mode in present.viewers(pk, request.user)}
    person, mode = writing.get(user_id, (None, ""))
    draft = Draft.objects.filter(ticket=ticket, agent=user_id, mode=mode).first() if person else None
    if draft is None or not draft.body:
        raise NotFoundError(_("Your colleague is not writing here any more."))
    context = {
        "ticket": ticket, "draft": draft, "title": _("%(name)s is writing") % {"name": person},
        "text": html_to_text(draft.body) if "</" in draft.body else draft.body, "back_url": ticket_url(pk),
        "partial": "tickets/_their_draft.html", "section": "inbox", "is_page": not request.htmx,
    }  # fmt: skip
    template = "tickets/_their_draft.html" if request.htmx else "tickets/form_page.html"
    return render(request, template, context)
