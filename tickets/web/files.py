"""Files in and out, each with the ticket's permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from helpdesk.errors import DomainError, NotFoundError
from tickets.actions.attach import upload
from tickets.files import INLINE_TYPES
from tickets.models import Attachment, Ticket
from tickets.web.http import MAX_ID, actor_of, agents_only, ticket_url, visible_ticket

if TYPE_CHECKING:
    from accounts.http import AgentRequest

DOWNLOAD = "application/octet-stream"


@agents_only
@require_GET
def attachment(request: AgentRequest, pk: int) -> HttpResponse:
    """Give a file as a download; pictures also inside the page. Never as anything a browser would run."""
    seen = Ticket.objects.visible_to(request.user)
    found = Attachment.objects.filter(pk=min(pk, MAX_ID), ticket__in=seen).first()
    if found is None:
        raise NotFoundError(_("There is no such file."))
    inline = request.GET.get("inline") == "1" and found.content_type in INLINE_TYPES
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise NotFoundError(_("This file is no longer stored.")) from error
    with content:  # whole: bounded by the limit, and an ASGI server would gather a stream anyway
        response = HttpResponse(content.read(), content_type=found.content_type if inline else DOWNLOAD)
    response.headers["Content-Disposition"] = str(
        content_disposition_header(as_attachment=not inline, filename=found.name)
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    response._csp_exempt = True  # type: ignore[attr-defined]  # it has its own, stricter one
    return response


@agents_only
@require_POST
def upload_file(request: AgentRequest, pk: int) -> HttpResponse:
    """Keep a file while the agent writes; it goes out with the message."""
    ticket = visible_ticket(request, pk)
    file = request.FILES.get("file")
    if file is None:
        raise DomainError(_("Choose a file."), field="file")
    kept = upload(ticket, name=file.name or "", content=file.read(), actor=actor_of(request))
    if not request.htmx:
        return redirect(ticket_url(pk))
    return render(request, "tickets/_upload.html", {"file": kept}, status=201)
