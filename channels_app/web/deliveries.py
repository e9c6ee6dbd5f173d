"""The delivery log: every attempt to send, in the provider's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.web.guards import supervisors_only
from accounts.web.lists import page_of
from channels_app.models import DeliveryAttempt, Inbox
from tickets.actions.delivery import retry
from tickets.actor import Actor

if TYPE_CHECKING:
    from accounts.http import AgentRequest

Outcome = DeliveryAttempt.Outcome
TONES = {
    Outcome.SENT: "ok", Outcome.TEMPORARY: "soon", Outcome.PERMANENT: "bad", Outcome.LOST: "soon",
}  # fmt: skip


@supervisors_only
@require_GET
def deliveries(request: AgentRequest) -> HttpResponse:
    """The attempts, the newest first; by outcome and inbox."""
    outcome, inbox = request.GET.get("outcome", ""), request.GET.get("inbox", "")
    found = DeliveryAttempt.objects.visible_to(request.user).for_list()
    if outcome in Outcome.values:
        found = found.filter(outcome=outcome)
    if inbox.isdecimal() and len(inbox) < 18:
        found = found.filter(inbox=int(inbox))
    page = page_of(found, request)
    context = {
        "page": page,
        "lines": [(attempt, TONES.get(Outcome(attempt.outcome), "")) for attempt in page.rows],
        "outcome": outcome,
        "inbox": inbox,
        "is_filtered": bool(outcome or inbox),
        "outcomes": Outcome.choices,
        "inboxes": Inbox.objects.visible_to(request.user).values_list("pk", "name"),
        "section": "settings",
        "current": "deliveries",
    }
    return render(request, "channels_app/deliveries.html", context)


@supervisors_only
@require_POST
def again(request: AgentRequest, pk: int) -> HttpResponse:
    """Send a reply again that did not arrive."""
    attempt = get_object_or_404(DeliveryAttempt.objects.visible_to(request.user), pk=pk)
    retry(attempt.message_id, actor=Actor.of(request.user))
    messages.success(request, _("It is being sent again."))
    return redirect("channels:deliveries")
