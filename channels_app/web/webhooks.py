"""The door for providers: check the signature, store the call, answer. Understanding it comes later."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels_app.contract import Request, SignatureError, UnauthorizedError
from channels_app.ingest import store_call
from channels_app.models import Inbox

DOORS = frozenset({"inbound", "tracking"})
OURS = "x-helpdesk-"  # headers that only this door writes


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def webhook(request: HttpRequest, key: uuid.UUID, door: str = "") -> HttpResponse:
    """Take one call of a provider. HEAD only says that somebody is here, which some ask first."""
    inbox = get_object_or_404(Inbox.objects.active(), key=key)
    if not inbox.has_webhook or (door and door not in DOORS):
        return HttpResponse(status=404)
    if request.method == "HEAD":
        return HttpResponse(status=200)
    received = as_call(request, door)
    try:
        inbox.adapter.verify(received)
    except UnauthorizedError:
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="webhook"'})
    except SignatureError:
        return HttpResponseForbidden("invalid signature")
    store_call(inbox, request=received, source="webhook")
    return HttpResponse(status=202)


def as_call(request: HttpRequest, door: str) -> Request:
    """The call as it is stored. Headers in our own name cannot be brought along."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    kept = {
        name: value
        for name, value in headers.items()
        if not name.startswith(OURS) or name.endswith("signature")
    }
    if door:
        kept |= {f"{OURS}door": door, f"{OURS}url": request.build_absolute_uri()}
    return Request(body=request.body, headers=kept)
