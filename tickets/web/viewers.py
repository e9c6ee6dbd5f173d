"""Who else has a ticket open, and who writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tickets import viewers as present
from tickets.web.http import agents_only, visible_ticket

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from tickets.models import Ticket


@agents_only
@require_GET
def viewers(request: AgentRequest, pk: int) -> HttpResponse:
    """The faces in the header and the strip above the composer."""
    ticket = visible_ticket(request, pk)
    return render(request, "tickets/_present.html", {"ticket": ticket, **panel(request, ticket)})


def panel(request: AgentRequest, ticket: Ticket) -> dict[str, object]:
    """Return what `_viewers.html` and `_collision.html` expect; a query only when somebody is there."""
    found = present.viewers(ticket.pk, request.user)
    writing = [{"name": str(person), "mode": mode} for person, mode in found if mode in ("reply", "note")]
    return {"viewers": [person for person, _mode in found], "writers": writing}
