"""Write to the customer or to the team, take back, try again, and show a mail's own markup safely."""

from __future__ import annotations

import re
from email.utils import getaddresses
from typing import TYPE_CHECKING, Any

from django.contrib import messages as flash
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from accounts.actions.remember import remember_send_choice
from accounts.models import User
from helpdesk.errors import ConflictError, DomainError
from tickets.actions.attach import upload
from tickets.actions.delivery import retry
from tickets.actions.note import add_note
from tickets.actions.reply import cancel_reply, reply
from tickets.models import Attachment, Message, Ticket
from tickets.recipients import typed
from tickets.timeline import entry as timeline_entry
from tickets.web import composer, entries
from tickets.web.frames import framed
from tickets.web.http import (
    actor_of,
    agents_only,
    number,
    numbers,
    queue_query,
    ticket_url,
    visible_message,
    visible_ticket,
)
from tickets.web.recipients import Wanted
from tickets.web.ticket_panel import load
from tickets.web.times import local_moment
from tickets.web.workspace import ticket_page

if TYPE_CHECKING:
    from accounts.http import AgentRequest

MENTION = re.compile(r"@\S")


@agents_only
@require_POST
def replies(request: AgentRequest, pk: int) -> HttpResponse:
    """Answer the customer."""
    ticket = visible_ticket(request, pk)
    try:
        message = reply(pk, actor=actor_of(request), **_reply_fields(request, ticket))
    except DomainError as error:
        return _refused(request, ticket, "reply", error)
    remember_send_choice(request.user, choice=request.POST.get("after", ""), actor=request.user)
    return _written(request, ticket, message, _("Reply to %(name)s goes out") % {"name": ticket.customer})


@agents_only
@require_POST
def notes(request: AgentRequest, pk: int) -> HttpResponse:
    """Tell the team."""
    ticket = visible_ticket(request, pk)
    body = request.POST.get("body", "")
    try:
        message = add_note(
            pk,
            actor=actor_of(request),
            body=body,
            mention_ids=tuple(_mentioned(request, ticket, body)),
            attachment_ids=tuple(_files(request, ticket)),
            client_id=request.POST.get("client_id", "")[:40],
        )
    except DomainError as error:
        return _refused(request, ticket, "note", error)
    return _written(request, ticket, message, _("Note added"))


def _reply_fields(request: AgentRequest, ticket: Ticket) -> dict[str, Any]:
    given = request.POST
    anyway = "anyway" in given
    after = given.get("after", "")
    return {
        "body": given.get("body", ""),
        "html": given.get("html", ""),
        "conversation_id": number(given.get("conversation")),
        "inbox_id": number(given.get("inbox")),
        "identity_id": number(given.get("identity")),
        "cc": getaddresses([given.get("cc", "")[:4000].replace(";", ",")]),
        "attachment_ids": _files(request, ticket),
        "status_after": after if after != ticket.status else "",
        "send_at": local_moment(given["send_at"]) if given.get("send_at") else None,
        "seen_message_id": None if anyway else number(given.get("seen")),
        "client_id": given.get("client_id", "")[:40],
        "force": anyway,
    }


def _files(request: AgentRequest, ticket: Ticket) -> list[int]:
    """Files that wait in the draft, and those that a plain form sends along."""
    actor = actor_of(request)
    ids = numbers(request.POST.getlist("attachment"))
    for file in request.FILES.getlist("files"):
        ids.append(upload(ticket, name=file.name or "", content=file.read(), actor=actor).pk)
    return ids


def _mentioned(request: AgentRequest, ticket: Ticket, body: str) -> list[int]:
    """Those chosen from the list whose name still stands there, and whoever is named in full."""
    if not MENTION.search(body):
        return []
    people = User.objects.filter(is_active=True).exclude(pk=request.user.pk).only("pk", "name", "username")
    return [person.pk for person in people if f"@{person}" in body]


def _written(request: AgentRequest, ticket: Ticket, message: Message, text: str) -> HttpResponse:
    if request.htmx:
        answer = {"message": message.pk, "text": text, "last": ticket.last_message_id, "kind": message.kind}
        return JsonResponse(answer, status=201)
    flash.success(request, text)
    return redirect(ticket_url(ticket.pk, queue_query(request)) + f"#m-{message.pk}")


def _refused(request: AgentRequest, ticket: Ticket, mode: str, error: DomainError) -> HttpResponse:
    """Nothing was sent: say why beside the text, which stays."""
    is_stale = error.code == "stale"
    status = error.status if error.status != 400 else 422
    stale = stale_context(request, ticket, error) if is_stale else {}
    if request.htmx:
        if is_stale:
            return render(request, "tickets/_stale.html", stale, status=409)
        return render(request, "tickets/_composer_error.html", {"error": error}, status=status)
    shown = {"mode": mode, "body": request.POST.get("body", "")}
    if not is_stale:
        shown["error"] = error.message
    found = composer.of(request, load(request, ticket.pk), wanted=Wanted.of(request.POST), shown=shown)
    return ticket_page(request, ticket.pk, status=status, composer=found, stale=is_stale, **stale)


def stale_context(
    request: AgentRequest, ticket: Ticket, error: ConflictError | DomainError
) -> dict[str, Any]:
    """Return what came in between, as the strip above the composer shows it."""
    ids = [int(pk) for pk in error.context.get("messages", [])]  # type: ignore[attr-defined]
    found = [each for pk in ids if (each := timeline_entry(ticket, request.user, pk))]
    return {
        "stale_entries": entries.drawn(request, ticket, found),
        "seen_now": max(ids, default=0),
        "ticket": ticket,
    }


@agents_only
@require_POST
def reply_cancel(request: AgentRequest, pk: int) -> HttpResponse:
    """Take a reply back before it leaves; its text becomes the draft again."""
    message = visible_message(request, pk)
    cancel_reply(pk, actor=actor_of(request))
    if request.htmx:
        files = [
            {"pk": each.pk, "name": each.name, "size": each.size}
            for each in Attachment.objects.filter(
                drafts__ticket=message.ticket_id, drafts__agent=request.user
            )
        ]
        return JsonResponse(
            {
                "body": message.body,
                "html": message.html,
                "conversation": message.conversation_id,
                "cc": typed(message.cc),
                "files": files,
            }
        )
    flash.success(request, _("The reply was taken back. Your text is in the composer."))
    return redirect(ticket_url(message.ticket_id, queue_query(request)))


@agents_only
@require_POST
def reply_retry(request: AgentRequest, pk: int) -> HttpResponse:
    """Try to deliver again."""
    message = visible_message(request, pk)
    retry(pk, actor=actor_of(request))
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(ticket_url(message.ticket_id, queue_query(request)) + f"#m-{pk}")


@agents_only
@require_GET
@xframe_options_sameorigin
def message_html(request: AgentRequest, pk: int) -> HttpResponse:
    """A mail's own markup, for a sandboxed frame: no script, no form, remote images only when asked for."""
    message = visible_message(request, pk)
    return framed(request, message, with_images=request.GET.get("images") == "1")
