"""The public page of a web form: plain HTML, no cookies, also in a frame where the desk allows that."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import uuid
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from channels_app.contract import Request
from channels_app.ingest import process, store_call
from channels_app.models import InboundCall, Inbox
from channels_app.web.form_fields import PublicForm
from helpdesk.errors import TooManyError

logger = logging.getLogger(__name__)

QUICKEST_SECONDS = 2  # nobody fills in a form faster
OLDEST_SECONDS = 24 * 60 * 60
MOST = 6  # of one address in that time
WINDOW_SECONDS = 10 * 60
SALT = "channels.form"


@csrf_exempt  # signed token instead: in a frame on another site there is no cookie of ours
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show the form, and take what people write."""
    inbox = _inbox(key)
    with translation.override(_language(request, inbox)):
        form = PublicForm(request.POST or None, request.FILES or None, config=inbox.config)
        problem = ""
        if request.method == "POST" and form.is_valid():
            nonce, problem = _checked_token(form.cleaned_data["token"], inbox)
            if not problem:
                _require_few(request, inbox)
                call = _take(inbox, form, nonce)
                return _framed(redirect(_thanks_url(request, inbox, call)), inbox)
        context = {
            "form": form, "inbox": inbox, "config": inbox.config, "problem": problem,
            "token": _token(inbox), "is_embedded": _is_embedded(request), "languages": settings.LANGUAGES,
        }  # fmt: skip
        status = 422 if form.is_bound else 200
        return _framed(render(request, "channels/form.html", context, status=status), inbox)


@require_safe
def thanks_page(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Say that it arrived, and under which number."""
    inbox = _inbox(key)
    try:
        number = signing.loads(request.GET.get("t", ""), salt=SALT, max_age=OLDEST_SECONDS)["ticket"]
    except (signing.BadSignature, KeyError, TypeError):
        number = None
    with translation.override(_language(request, inbox)):
        context = {"inbox": inbox, "number": number, "is_embedded": _is_embedded(request)}
        return _framed(render(request, "channels/form_thanks.html", context), inbox)


def _inbox(key: uuid.UUID) -> Inbox:
    return get_object_or_404(Inbox.objects.active(), key=key, channel="form")


def _language(request: HttpRequest, inbox: Inbox) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else inbox.language


def _is_embedded(request: HttpRequest) -> bool:
    return request.GET.get("embed") == "1"


def _token(inbox: Inbox) -> str:
    return signing.dumps({"inbox": inbox.pk, "id": uuid.uuid4().hex}, salt=SALT)


def _checked_token(token: str, inbox: Inbox) -> tuple[str, str]:
    """Return the page's own number, and a sentence when the page was answered too fast or too late."""
    again = _("Please check your message and send it once more.")
    try:
        given = signing.loads(token, salt=SALT, max_age=OLDEST_SECONDS)
    except signing.BadSignature:
        return "", again
    if given.get("inbox") != inbox.pk:
        return "", again
    try:
        signing.loads(token, salt=SALT, max_age=QUICKEST_SECONDS)
    except signing.SignatureExpired:
        return str(given["id"]), ""
    return "", again


def _require_few(request: HttpRequest, inbox: Inbox) -> None:
    """Raise TooManyError above the limit of one network address."""
    who = hashlib.sha256(_caller(request).encode()).hexdigest()[:32]
    counter = f"form.{inbox.pk}.{who}"
    cache.add(counter, 0, timeout=WINDOW_SECONDS)
    try:
        sent = cache.incr(counter)
    except ValueError:  # it ran out in between
        sent = 1
    if sent > MOST:
        raise TooManyError(_("Too many messages from your network. Wait ten minutes, then send again."))


def _caller(request: HttpRequest) -> str:
    """The network address of who calls, as a proxy of ours wrote it down, else the connection's."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    named = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
    return named[-proxies] if proxies and len(named) >= proxies else str(request.META.get("REMOTE_ADDR", ""))


def _take(inbox: Inbox, form: PublicForm, nonce: str) -> InboundCall:
    """Store first; then read it at once, so that the page can name the number."""
    payload: dict[str, Any] = {
        **form.values(),
        "id": nonce,
        "at": timezone.now().isoformat(),
        "language": translation.get_language() or inbox.language,
        "files": [
            {"name": file.name, "content": base64.b64encode(file.read()).decode()}
            for file in form.cleaned_data.get("files") or ()
        ],
    }
    body = json.dumps(payload, ensure_ascii=False).encode()
    call, is_new = store_call(inbox, request=Request(body), source="form", is_processed_here=True)
    if is_new:
        try:
            process(call)
        except Exception:  # it is stored: a worker takes it up again
            logger.exception("form not read at once", extra={"call": call.pk})
    return call


def _thanks_url(request: HttpRequest, inbox: Inbox, call: InboundCall) -> str:
    number = signing.dumps({"ticket": call.ticket_id}, salt=SALT)
    embed = "&embed=1" if _is_embedded(request) else ""
    url = reverse("channels:form-thanks", args=[inbox.key])
    return f"{url}?t={number}&lang={translation.get_language()}{embed}"


def _framed(response: HttpResponse, inbox: Inbox) -> HttpResponse:
    """Only the sites that the desk named may show this page in a frame."""
    origins = str(inbox.config.get("frame_origins") or "").split()
    if origins:
        response._csp_replace = {"frame-ancestors": origins}  # type: ignore[attr-defined]
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response
