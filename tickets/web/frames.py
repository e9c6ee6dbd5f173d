"""A mail's markup in a frame of its own: its styles cannot leak out, and nothing in it can run."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from tickets.text import clean_html

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from tickets.models import Message

_CID = re.compile(r"""(<img\b[^>]*?\bsrc=)(["'])cid:([^"']+)\2""", re.IGNORECASE)
_REMOTE = re.compile(r"""(<img\b[^>]*?\b)src=(["'])https?:[^"']*\2""", re.IGNORECASE)


def framed(request: AgentRequest, message: Message, *, with_images: bool) -> HttpResponse:
    """Return the page of the frame. Its own policy allows our stylesheet, our pictures, and nothing else."""
    html = clean_html(message.html, is_foreign=message.kind == message.Kind.INBOUND)
    files = {each.content_id: each.pk for each in message.attachments.all() if each.content_id}
    html = _CID.sub(lambda found: _ours(found, files), html)
    if not with_images:
        html = _REMOTE.sub(r"\1data-remote=\2\2", html)
    context = {"html": mark_safe(html), "message": message}  # noqa: S308  # cleaned on the way in and again here
    response = HttpResponse(render_to_string("tickets/message_frame.html", context, request=request))
    images = "'self' data: https: http:" if with_images else "'self' data:"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {images}; style-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, max-age=300"
    response._csp_exempt = True  # type: ignore[attr-defined]  # it has its own, stricter one
    return response


def _ours(found: re.Match[str], files: dict[str, int]) -> str:
    cid = unescape(found[3])
    pk = files.get(cid.strip("<>")) or files.get(unquote(cid).strip("<>"))
    if pk is None:
        return f"{found[1]}{found[2]}{found[2]}"
    return f"{found[1]}{found[2]}{reverse('tickets:attachment', args=[pk])}?inline=1{found[2]}"
