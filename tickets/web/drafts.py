"""What composer.js asks while somebody writes: keep the draft, whom to mention, who else is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role, User
from helpdesk.errors import DomainError, as_json
from tickets.actions.draft import discard_draft, save_draft
from tickets.models import Draft
from tickets.web.http import actor_of, agents_only, number, numbers, ticket_url, visible_ticket
from tickets.web.recipients import Wanted

if TYPE_CHECKING:
    from accounts.http import AgentRequest

MOST_MENTIONS = 8


@agents_only
@require_POST
def draft(request: AgentRequest, pk: int) -> HttpResponse:
    """Keep the draft; an empty one is thrown away, unless somebody chose whom to copy."""
    ticket = visible_ticket(request, pk)
    given = request.POST
    mode, body = given.get("mode", "reply"), given.get("body", "")
    files = numbers(given.getlist("attachment"))
    wanted = Wanted.of(given)
    try:
        has_choice = mode == Draft.Mode.REPLY and wanted.cc is not None
        if not body.strip() and not files and not has_choice:
            discard_draft(ticket.pk, mode=mode, actor=actor_of(request))
            return JsonResponse({"version": 0})
        kept = save_draft(
            ticket.pk,
            mode=mode,
            body=body,
            version=number(given.get("version")) or 0,
            conversation_id=wanted.conversation,
            inbox_id=wanted.inbox,
            identity_id=wanted.identity,
            cc=wanted.cc,
            attachment_ids=files,
            actor=actor_of(request),
        )
    except DomainError as error:
        return JsonResponse(as_json(error), status=error.status)
    if not request.htmx:
        return redirect(ticket_url(pk))
    return JsonResponse({"version": kept.version})


@agents_only
@require_GET
def mentions(request: AgentRequest, pk: int) -> HttpResponse:
    """Whom a note may name: those who may see this ticket."""
    ticket = visible_ticket(request, pk)
    asked = request.GET.get("q", "").strip()[:60]
    people = User.objects.filter(is_active=True).exclude(pk=request.user.pk).select_related("presence")
    if ticket.team_id:
        people = people.filter(Q(memberships__team=ticket.team_id) | Q(role=Role.ADMINISTRATOR)).distinct()
    if asked:
        people = people.filter(Q(name__icontains=asked) | Q(username__istartswith=asked))
    context = {"people": people[:MOST_MENTIONS], "ticket": ticket}
    return render(request, "tickets/_mentions.html", context)
