"""The ledger: every call that came in, its verdict and why, as it came; and reading it once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.web.guards import supervisors_only
from accounts.web.lists import page_of
from channels_app.actions.calls import replay
from channels_app.models import InboundCall, Inbox
from channels_app.registry import adapter_class
from tickets.actor import Actor

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from channels_app.contract import Parsed

Verdict = InboundCall.Verdict
TONES = {
    Verdict.TICKETED: "ok", Verdict.THREADED: "ok", Verdict.FOLLOW_UP: "ok", Verdict.BOUNCE: "soon",
    Verdict.FAILED: "bad", Verdict.BLOCKED: "soon",
}  # fmt: skip
SHOWN_BYTES = 200_000
READ_BYTES = 2_000_000


@supervisors_only
@require_GET
def ledger(request: AgentRequest) -> HttpResponse:
    """The calls, the newest first; by sender, subject or number, inbox, verdict and state."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("q", "verdict", "state", "inbox")}
    inbox = int(asked["inbox"]) if asked["inbox"].isdecimal() and len(asked["inbox"]) < 18 else None
    found = InboundCall.objects.visible_to(request.user).search(
        asked["q"], verdict=asked["verdict"] if asked["verdict"] in Verdict.values else "", inbox=inbox
    )
    if asked["state"] in InboundCall.State.values:
        found = found.filter(state=asked["state"])
    page = page_of(found.for_list(), request)
    context = {
        "page": page,
        "lines": [(call, tone_of(call)) for call in page.rows],
        "asked": asked,
        "is_filtered": any(asked.values()),
        "inboxes": Inbox.objects.visible_to(request.user).values_list("pk", "name"),
        "verdicts": [choice for choice in Verdict.choices if choice[0]],
        "states": InboundCall.State.choices,
        "section": "settings",
        "current": "ledger",
    }
    return render(request, "channels_app/ledger.html", context)


@supervisors_only
@require_GET
def call(request: AgentRequest, pk: int) -> HttpResponse:
    """One call: verdict and reason, what was read in it, and what came, as text."""
    found = get_object_or_404(InboundCall.objects.visible_to(request.user).select_related("inbox"), pk=pk)
    raw = bytes(found.body[: SHOWN_BYTES + 1])
    context = {
        "call": found,
        "tone": tone_of(found),
        "channel": adapter_class(found.inbox.channel),
        "parsed": _read_again(found),
        "headers": sorted(found.headers.items()),
        "raw": raw[:SHOWN_BYTES].decode("utf-8", errors="replace"),
        "is_cut": len(raw) > SHOWN_BYTES,
        "section": "settings",
        "current": "ledger",
    }
    return render(request, "channels_app/call.html", context)


@supervisors_only
@require_GET
def raw(request: AgentRequest, pk: int) -> HttpResponse:
    """What came, byte for byte, as a download: never shown by the browser."""
    found = get_object_or_404(InboundCall.objects.visible_to(request.user).select_related("inbox"), pk=pk)
    ending = "eml" if adapter_class(found.inbox.channel).takes_mail else "txt"
    response = HttpResponse(bytes(found.body), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="call-{found.pk}.{ending}"'
    return response


@supervisors_only
@require_POST
def replaying(request: AgentRequest, pk: int) -> HttpResponse:
    """Have it read once more."""
    replay(pk, actor=Actor.of(request.user))
    messages.success(request, _("It is being read once more. What it brought before is not brought twice."))
    return redirect("channels:call", pk)


def tone_of(call: InboundCall) -> str:
    """Return the tone of the verdict's chip."""
    return TONES.get(Verdict(call.verdict), "") if call.verdict in Verdict.values else ""


def _read_again(call: InboundCall) -> Parsed | None:
    """Return what the adapter reads in it now; nothing for one that is huge or cannot be read."""
    if call.size > READ_BYTES:
        return None
    try:
        return call.inbox.adapter.parse(call.request)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
