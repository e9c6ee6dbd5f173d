"""The door for providers: check the signature, store the call, answer. Understanding it comes later."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels_app.contract import Request, SignatureError
from channels_app.ingest import store_call
from channels_app.models import Inbox


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Take one call of a provider."""
    inbox = get_object_or_404(Inbox.objects.active(), key=key)
    headers = {name.lower(): value for name, value in request.headers.items()}
    received = Request(body=request.body, headers=headers)
    try:
        inbox.adapter.verify(received)
    except SignatureError:
        return HttpResponseForbidden("invalid signature")
    store_call(inbox, request=received, source="webhook")
    return HttpResponse(status=202)
