"""Companies: the list, one company with its people, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.web.guards import people_only
from accounts.web.lists import page_of
from accounts.web.parts import posted, status_of
from customers import policies
from customers.actions.companies import create_company, update_company
from customers.models import Company
from customers.web.forms import CompanyForm

if TYPE_CHECKING:
    from accounts.http import AgentRequest


@people_only
@require_GET
def companies(request: AgentRequest) -> HttpResponse:
    """All companies, by name."""
    wanted = request.GET.get("q", "").strip()[:100]
    found = Company.objects.select_related("owner")
    if wanted:
        found = found.filter(Q(name__icontains=wanted) | Q(domains__icontains=wanted.lower()))
    page = page_of(found, request, order=("name", "pk"))
    counts = Company.objects.filter(pk__in=[each.pk for each in page.rows])
    current = Count("customers", filter=Q(customers__merged_into=None))
    people = dict(counts.annotate(people=current).order_by().values_list("pk", "people"))
    for each in page.rows:
        each.people = people.get(each.pk, 0)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "q": wanted,
        "can_change": policies.can_change(request.user),
        "section": "customers",
    }
    return render(request, "customers/companies.html", context)


@people_only
@require_GET
def company(request: AgentRequest, pk: int) -> HttpResponse:
    """One company and the people who belong to it."""
    found = get_object_or_404(Company.objects.select_related("owner"), pk=pk)
    people = found.customers.visible_to(request.user).current().prefetch_related("identities")  # type: ignore[attr-defined]
    context = {
        "company": found,
        "page": page_of(people, request),
        "can_change": policies.can_change(request.user),
        "section": "customers",
    }
    return render(request, "customers/company.html", context)


@people_only
@require_http_methods(["GET", "POST"])
def new_company(request: AgentRequest) -> HttpResponse:
    policies.require_change(request.user)
    form = CompanyForm(posted(request))
    if form.is_valid():
        with form.refusals():
            created = create_company(actor=request.user, **form.cleaned_data)
            messages.success(request, _("%(name)s was added.") % {"name": created.name})
            return redirect("customers:company", created.pk)
    return _shown(request, form, None)


@people_only
@require_http_methods(["GET", "POST"])
def edit_company(request: AgentRequest, pk: int) -> HttpResponse:
    policies.require_change(request.user)
    found = get_object_or_404(Company, pk=pk)
    initial = {"name": found.name, "domains": ", ".join(found.domains), "owner": found.owner_id}
    form = CompanyForm(posted(request), initial={**initial, "notes": found.notes})
    if form.is_valid():
        with form.refusals():
            update_company(found.pk, actor=request.user, **form.cleaned_data)
            return redirect("customers:company", found.pk)
    return _shown(request, form, found)


def _shown(request: AgentRequest, form: CompanyForm, company: Company | None) -> HttpResponse:
    context = {"form": form, "company": company, "section": "customers"}
    return render(request, "customers/company_form.html", context, status=status_of(form))
