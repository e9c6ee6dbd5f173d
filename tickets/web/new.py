"""A ticket that an agent opens by writing to a customer."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.models import Identity
from helpdesk.errors import DomainError
from tickets import policies
from tickets.actions.open import open_ticket
from tickets.recipients import inboxes_for
from tickets.web.forms import NewTicketForm
from tickets.web.http import actor_of, agents_only, number, ticket_url

if TYPE_CHECKING:
    from accounts.http import AgentRequest


@agents_only
@require_http_methods(["GET", "POST"])
def new_ticket(request: AgentRequest) -> HttpResponse:
    """Ask to whom, by which inbox and what; then write."""
    policies.require_open(actor_of(request))
    inboxes = {inbox.pk: inbox for inbox in inboxes_for(actor_of(request))}
    choices = [(pk, _("%(name)s (%(address)s)") % {"name": each.name, "address": each.address} if each.address
                else each.name) for pk, each in inboxes.items()]  # fmt: skip
    if request.method == "POST":
        form = NewTicketForm(request.POST, inboxes=choices)
        if form.is_valid():
            data = form.cleaned_data
            try:
                ticket = open_ticket(
                    inbox=inboxes[int(data["inbox"])],
                    actor=actor_of(request),
                    address=data["address"],
                    name=data["name"],
                    subject=data["subject"],
                    body=data["body"],
                    type=data["type"],
                    priority=data["priority"],
                    client_id=data["client_id"],
                )
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
            else:
                messages.success(request, _("Ticket #%(number)s was opened.") % {"number": ticket.pk})
                return _to(request, ticket_url(ticket.pk))
    else:
        form = NewTicketForm(inboxes=choices, initial=_start(request))
    context = {
        "title": _("New ticket"), "button": _("Send"), "form": form, "action": reverse("tickets:new"),
        "back_url": reverse("tickets:inbox"), "partial": "tickets/_form.html", "section": "inbox",
        "is_page": not request.htmx, "is_paired": True,
        "intro": "" if choices else _("No inbox of yours can send. Ask an administrator for one."),
    }  # fmt: skip
    template = "tickets/_form.html" if request.htmx else "tickets/form_page.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _start(request: AgentRequest) -> dict[str, object]:
    """Begin with the customer whose page asked."""
    start: dict[str, object] = {"client_id": uuid.uuid4().hex}
    customer = number(request.GET.get("customer"))
    identity = (
        Identity.objects.filter(customer=customer).order_by("-is_verified", "pk").first()
        if customer
        else None
    )
    if identity is not None:
        start |= {"address": identity.address, "name": identity.name or identity.customer.name}
    return start


def _to(request: AgentRequest, url: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)
