"""Whether I can be given work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.actions.presence import choose_presence
from tickets.web.http import agents_only, safe_next
from tickets.web.views_panel import capacity

if TYPE_CHECKING:
    from accounts.http import AgentRequest


@agents_only
@require_POST
def presence(request: AgentRequest) -> HttpResponse:
    """Choose available, busy, away or offline."""
    choose_presence(request.user, state=request.POST.get("state", ""), actor=request.user)
    if request.htmx:
        return render(request, "tickets/_capacity.html", {"capacity": capacity(request.user)})
    return redirect(safe_next(request, request.headers.get("Referer") or reverse("tickets:inbox")))
