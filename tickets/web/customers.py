"""A customer's page. It stands here, since it shows tickets, which customers know nothing of."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from accounts.web.guards import people_only
from customers import policies
from customers.models import Customer
from customers.web import identities
from customers.web.forms import IdentityForm
from tickets.customer_timeline import customer_timeline
from tickets.models import Status, Ticket
from tickets.rows import page_of

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.http import AgentRequest
    from tickets.rows import QueueRow

TICKETS_SHOWN = 10


class TicketLine(NamedTuple):
    """One ticket of the customer."""

    number: int
    subject: str
    status: str
    is_over: bool
    priority: str
    language: str
    last_message_at: datetime
    url: str


@people_only
@require_GET
def customer(request: AgentRequest, pk: int) -> HttpResponse:
    """Who it is, how to reach them, their tickets and everything that was said."""
    seen = Customer.objects.visible_to(request.user).select_related("company", "owner")
    found = get_object_or_404(seen, pk=pk)
    if found.merged_into_id is not None:
        return redirect("customers:customer", found.merged_into_id)
    rows, more = _tickets(request, found)
    merges = found.merges.filter(undone_at=None).select_related("absorbed")
    context = {
        "customer": found,
        "identities": identities.shown(found),
        "identity_form": IdentityForm(),
        "merges": merges,
        "tickets": rows,
        "tickets_more": more,
        **_said(request, found),
        "local_time": local_time(found.time_zone),
        "can_change": policies.can_change(request.user),
        "section": "customers",
    }
    return render(request, "customers/customer.html", context)


@people_only
@require_GET
def tickets(request: AgentRequest, pk: int) -> HttpResponse:
    """The following tickets of a customer, as a page or to go on with in its place."""
    found = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    rows, more = _tickets(request, found)
    context = {"customer": found, "tickets": rows, "tickets_more": more, "section": "customers"}
    return render(request, "customers/_tickets.html" if request.htmx else "customers/tickets.html", context)


@people_only
@require_GET
def timeline(request: AgentRequest, pk: int) -> HttpResponse:
    """What was said before, as a page or to go on with in its place."""
    found = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    context = {"customer": found, "section": "customers", **_said(request, found)}
    return render(request, "customers/_timeline.html" if request.htmx else "customers/timeline.html", context)


def local_time(zone: str) -> str:
    """Return what the clock says where the customer lives, or nothing."""
    try:
        there = timezone.localtime(timezone.now(), zoneinfo.ZoneInfo(zone)) if zone else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        there = None
    if there is None:
        return ""
    place = zone.rsplit("/", 1)[-1].replace("_", " ")
    return pgettext("time in a place", "%(time)s in %(place)s") % {"time": f"{there:%H:%M}", "place": place}


def _said(request: AgentRequest, customer: Customer) -> dict[str, object]:
    entries, cursor = customer_timeline(customer, request.user, cursor=request.GET.get("before", ""))
    more = f"{reverse('customers:timeline', args=[customer.pk])}?before={cursor}" if cursor else ""
    return {"said": [(each, ticket_url(each.ticket_id)) for each in entries], "said_more": more}


def _tickets(request: AgentRequest, customer: Customer) -> tuple[list[TicketLine], str]:
    theirs = Ticket.objects.visible_to(request.user).filter(customer=customer, merged_into=None)
    rows, cursor = page_of(
        theirs,
        request.user,
        order="updated",
        cursor=request.GET.get("after", ""),
        kind=f"customer/{customer.pk}",
        size=TICKETS_SHOWN,
    )
    more = f"{reverse('customers:tickets', args=[customer.pk])}?after={cursor}" if cursor else ""
    return [_line(row) for row in rows], more


def _line(row: QueueRow) -> TicketLine:
    status = Status(row.status)
    is_over = status in (Status.SOLVED, Status.CLOSED)
    return TicketLine(
        row.id, row.subject, str(status.label), is_over, row.priority, row.language, row.last_message_at,
        ticket_url(row.id),
    )  # fmt: skip


def ticket_url(pk: int) -> str:
    """Return the address of a ticket, or nothing where there is no workspace."""
    try:
        return reverse("tickets:ticket", args=[pk])
    except NoReverseMatch:
        return ""
