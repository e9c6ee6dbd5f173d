"""Customers: the list, a new one, and what is changed in place on a customer's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.web.guards import people_only
from accounts.web.lists import page_of
from accounts.web.parts import posted, refusals, status_of
from customers import policies
from customers.actions.edit import create_customer, update_customer
from customers.models import Customer, Identity, Segment
from customers.web.forms import (
    FactsForm,
    NewCustomerForm,
    NotesForm,
    attribute_rows,
    attributes_from,
    company_names,
)

if TYPE_CHECKING:
    from accounts.http import AgentRequest

SECTIONS = {"facts": FactsForm, "notes": NotesForm}
TITLES = {
    "facts": gettext_lazy("Change the facts"),
    "notes": gettext_lazy("Change the notes"),
    "attributes": gettext_lazy("Change the attributes"),
}


@people_only
@require_GET
def customers(request: AgentRequest) -> HttpResponse:
    """Everyone who ever wrote, the newest first; found by name, company or address."""
    wanted = request.GET.get("q", "").strip()[:200]
    segment = request.GET.get("segment", "")
    is_mine = request.GET.get("owner") == "me"
    found = Customer.objects.visible_to(request.user).current().select_related("company", "owner")
    if wanted:
        found = found.matching(wanted)
    if segment in Segment.values:
        found = found.filter(segment=segment)
    if is_mine:
        found = found.filter(owner=request.user)
    addresses = Prefetch("identities", Identity.objects.order_by("-is_verified", "pk"))
    context = {
        "page": page_of(found.prefetch_related(addresses), request),
        "q": wanted,
        "segment": segment,
        "segments": Segment.choices,
        "is_mine": is_mine,
        "is_filtered": bool(wanted or segment or is_mine),
        "can_change": policies.can_change(request.user),
        "section": "customers",
    }
    return render(request, "customers/customers.html", context)


@people_only
@require_http_methods(["GET", "POST"])
def new_customer(request: AgentRequest) -> HttpResponse:
    """Write down somebody who has not written yet."""
    policies.require_change(request.user)
    form = NewCustomerForm(posted(request), initial={"company": request.GET.get("company", "")})
    if form.is_valid():
        with form.refusals():
            created = create_customer(actor=request.user, **form.cleaned_data)
            messages.success(request, _("%(name)s was added.") % {"name": created})
            return redirect("customers:customer", created.pk)
    context = {"form": form, "companies": company_names(), "section": "customers"}
    return render(request, "customers/new.html", context, status=status_of(form))


@people_only
@require_http_methods(["GET", "POST"])
def section(request: AgentRequest, pk: int, name: str) -> HttpResponse:
    """Change one part of a customer: in its place, or without scripts on a page of its own."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    policies.require_change(request.user)
    if name == "attributes":
        return _attributes(request, customer)
    if name not in SECTIONS:
        raise Http404
    form = SECTIONS[name](posted(request), initial=_initial(customer))
    if form.is_valid():
        with refusals(form):
            update_customer(customer.pk, actor=request.user, **form.cleaned_data)
            return _saved(request, customer, name)
    return _asked(request, customer, name, {"form": form}, status_of(form))


def _attributes(request: AgentRequest, customer: Customer) -> HttpResponse:
    if request.method == "POST":
        wanted = attributes_from(request.POST.getlist("name"), request.POST.getlist("value"))
        update_customer(customer.pk, actor=request.user, attributes=wanted)
        return _saved(request, customer, "attributes")
    return _asked(request, customer, "attributes", {"rows": attribute_rows(customer.attributes)}, 200)


def _asked(
    request: AgentRequest, customer: Customer, name: str, context: dict[str, Any], status: int
) -> HttpResponse:
    context |= {
        "customer": customer,
        "name": name,
        "title": TITLES[name],
        "body": "customers/_attributes_fields.html" if name == "attributes" else "customers/_fields.html",
        "companies": company_names() if name == "facts" else [],
        "section": "customers",
    }
    template = "customers/_section_form.html" if request.htmx else "customers/section.html"
    return render(request, template, context, status=status)


def _saved(request: AgentRequest, customer: Customer, name: str) -> HttpResponse:
    """The part anew; the head also shows name and segment, so facts reload the page."""
    url = reverse("customers:customer", args=[customer.pk])
    if request.htmx and name == "facts":
        return HttpResponse(headers={"HX-Redirect": url})
    if request.htmx:
        changed = Customer.objects.get(pk=customer.pk)
        return render(request, f"customers/_{name}.html", {"customer": changed, "can_change": True})
    return redirect(url)


def _initial(customer: Customer) -> dict[str, object]:
    names = ("name", "title", "segment", "owner", "language", "time_zone", "notes")
    company = customer.company.name if customer.company else ""
    return {**{name: getattr(customer, name) for name in names}, "company": company}
