"""The addresses of a customer: add, verify, try again, block, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.web.guards import people_only
from accounts.web.parts import posted, refusals, status_of
from customers import policies
from customers.actions.block import set_blocked
from customers.actions.edit import add_identity, clear_undeliverable, remove_identity, set_verified
from customers.models import Customer, Identity
from customers.web.forms import IdentityForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.http import AgentRequest
    from accounts.models import User

KIND_ICONS = {"email": "mail", "phone": "phone"}

VERBS: dict[str, Callable[[int, User], object]] = {
    "verify": lambda pk, actor: set_verified(pk, is_verified=True, actor=actor),
    "unverify": lambda pk, actor: set_verified(pk, is_verified=False, actor=actor),
    "deliverable": lambda pk, actor: clear_undeliverable(pk, actor=actor),
    "block": lambda pk, actor: set_blocked(pk, is_blocked=True, actor=actor),
    "unblock": lambda pk, actor: set_blocked(pk, is_blocked=False, actor=actor),
    "remove": lambda pk, actor: remove_identity(pk, actor=actor),
}


@people_only
@require_POST
def add(request: AgentRequest, pk: int) -> HttpResponse:
    """Add an address. One that is somebody else's is refused, with the way to that customer."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    policies.require_change(request.user)
    form = IdentityForm(posted(request))
    if form.is_valid():
        with refusals(form):
            add_identity(customer.pk, actor=request.user, **form.cleaned_data)
            return _answer(request, customer, IdentityForm())
    return _answer(request, customer, form)


@people_only
@require_POST
def change(request: AgentRequest, pk: int, verb: str) -> HttpResponse:
    """Do one thing to an address."""
    seen = Customer.objects.visible_to(request.user)
    identity = get_object_or_404(Identity.objects.select_related("customer"), pk=pk, customer__in=seen)
    policies.require_change(request.user)
    if verb not in VERBS:
        raise Http404
    VERBS[verb](identity.pk, request.user)
    return _answer(request, identity.customer, IdentityForm())


def shown(customer: Customer) -> list[Identity]:
    """Return the addresses with the icon of their kind, those that were proved first."""
    identities = list(customer.identities.order_by("-is_verified", "pk"))
    for identity in identities:
        identity.icon = KIND_ICONS.get(identity.kind, "at")  # type: ignore[attr-defined]
    return identities


def _answer(request: AgentRequest, customer: Customer, form: IdentityForm) -> HttpResponse:
    if not request.htmx and not form.is_bound:
        return redirect("customers:customer", customer.pk)
    context = {
        "customer": customer,
        "identities": shown(customer),
        "identity_form": form,
        "can_change": True,
        "section": "customers",
    }
    template = "customers/_identities.html" if request.htmx else "customers/identities.html"
    return render(request, template, context, status=status_of(form))
