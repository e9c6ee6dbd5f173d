"""Make two customers one: find the other, look at both, confirm; and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.web.guards import people_only
from customers import policies
from customers.actions.merge import merge_customers, unmerge_customers
from customers.models import Customer, CustomerMerge

if TYPE_CHECKING:
    from accounts.http import AgentRequest

OFFERED = 20


@people_only
@require_GET
def choose(request: AgentRequest, pk: int) -> HttpResponse:
    """Search for the customer who is the same person."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user).current(), pk=pk)
    policies.require_change(request.user)
    wanted = request.GET.get("q", "").strip()[:200]
    found = Customer.objects.visible_to(request.user).matching(wanted or customer.name or "-")
    others = found.exclude(pk=pk).select_related("company").prefetch_related("identities")
    context = {"customer": customer, "q": wanted, "others": list(others[:OFFERED]), "section": "customers"}
    return render(request, "customers/merge_choose.html", context)


@people_only
@require_http_methods(["GET", "POST"])
def confirm(request: AgentRequest, pk: int, other: int) -> HttpResponse:
    """Show both side by side; merge them when told which one stays."""
    policies.require_change(request.user)
    both = _both(request, pk, other)
    if request.method == "POST":
        kept = other if request.POST.get("keep") == str(other) else pk
        absorbed = pk if kept == other else other
        merge_customers(kept, absorbed_id=absorbed, actor=request.user)
        messages.success(request, _("The two customers are one now. It can be undone on this page."))
        return redirect("customers:customer", kept)
    context = {"customer": both[0], "both": both, "section": "customers"}
    return render(request, "customers/merge_confirm.html", context)


@people_only
@require_POST
def undo(request: AgentRequest, pk: int) -> HttpResponse:
    """Make them two again."""
    seen = Customer.objects.visible_to(request.user)
    merge = get_object_or_404(CustomerMerge, pk=pk, kept__in=seen)
    undone = unmerge_customers(merge.pk, actor=request.user)
    messages.success(request, _("%(name)s is a customer of their own again.") % {"name": undone.absorbed})
    return redirect("customers:customer", undone.kept_id)


def _both(request: AgentRequest, *pks: int) -> list[Customer]:
    """Return the customers with what each has, in the order asked for."""
    seen = Customer.objects.visible_to(request.user).current().select_related("company", "owner")
    counted = seen.annotate(ticket_count=Count("tickets", distinct=True)).prefetch_related("identities")
    return [get_object_or_404(counted, pk=pk) for pk in pks]
