"""Customers, their addresses, their companies."""

from __future__ import annotations

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import GONE, ApiView
from accounts.api.fields import IdFilter
from accounts.api.pages import Pages
from customers import policies
from customers.actions import companies, edit, merge
from customers.actions.block import set_blocked
from customers.api import serializers as shapes
from customers.models import Company, Customer, CustomerMerge, Identity, Segment


class CustomersView(ApiView):
    """Base of the views about customers. Whoever signs in may look a customer up."""

    scope = "customers"


def _customers() -> QuerySet[Customer]:
    return Customer.objects.prefetch_related("identities")


def _customer(pk: int) -> dict[str, object]:
    return shapes.CustomerOutput(get_object_or_404(_customers(), pk=pk)).data


class CustomerFilter(filters.FilterSet):
    """Which customers. Those merged into others stay out."""

    q = filters.CharFilter(label=_("Words of the name, the company or an address"), method="by_words")
    address = filters.CharFilter(label=_("A whole address"), method="by_address")
    company = IdFilter(label=_("Company"), field_name="company_id")
    owner = IdFilter(label=_("Relationship owner"), field_name="owner_id")
    segment = filters.ChoiceFilter(label=_("Segment"), choices=Segment.choices)

    class Meta:
        model = Customer
        fields: list[str] = []

    def by_words(self, customers: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        return customers.filter(pk__in=Customer.objects.matching(value).values("pk"))

    def by_address(self, customers: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        known = Identity.objects.filter(address=value.strip().lower())
        return customers.filter(pk__in=known.values("customer"))


class Customers(CustomersView, ListAPIView):
    """Customers, newest first."""

    serializer_class = shapes.CustomerOutput
    pagination_class = Pages
    filterset_class = CustomerFilter
    queryset = Customer.objects.filter(merged_into=None).prefetch_related("identities")

    @extend_schema(request=shapes.CustomerInput, responses={201: shapes.CustomerOutput})
    def post(self, request: Request) -> Response:
        """Write down a new customer, with an address if one is known."""
        customer = edit.create_customer(actor=self.user, **self.checked(shapes.CustomerInput))
        return Response(_customer(customer.pk), status=201)


class OneCustomer(CustomersView):
    """One customer."""

    @extend_schema(responses=shapes.CustomerOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_customer(pk))

    @extend_schema(request=shapes.CustomerChanges, responses=shapes.CustomerOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a customer."""
        edit.update_customer(pk, actor=self.user, **self.checked(shapes.CustomerChanges))
        return Response(_customer(pk))


class Identities(CustomersView):
    """The addresses of one customer."""

    @extend_schema(responses=shapes.IdentityOutput(many=True))
    def get(self, request: Request, pk: int) -> Response:
        customer = get_object_or_404(Customer, pk=pk)
        return Response(shapes.IdentityOutput(customer.identities.all(), many=True).data)

    @extend_schema(request=shapes.IdentityInput, responses={201: shapes.IdentityOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Add an address. One that is somebody else's is refused (409, address_taken)."""
        identity = edit.add_identity(pk, actor=self.user, **self.checked(shapes.IdentityInput))
        return Response(shapes.IdentityOutput(identity).data, status=201)


class OneIdentity(CustomersView):
    """One address."""

    @extend_schema(responses=shapes.IdentityOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.IdentityOutput(get_object_or_404(Identity, pk=pk)).data)

    @extend_schema(request=shapes.IdentityChanges, responses=shapes.IdentityOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Say that an address was proved, or hear it no more."""
        changes = self.checked(shapes.IdentityChanges)
        policies.require_change(self.user)
        get_object_or_404(Identity, pk=pk)
        with transaction.atomic():
            if "is_verified" in changes:
                edit.set_verified(pk, is_verified=changes["is_verified"], actor=self.user)
            if "is_blocked" in changes:
                set_blocked(pk, is_blocked=changes["is_blocked"], actor=self.user)
        return self.get(request, pk)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Take an address away that nobody ever wrote from."""
        edit.remove_identity(pk, actor=self.user)
        return Response(status=204)


class Undeliverable(CustomersView):
    """That mail to an address came back."""

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Try the address again."""
        edit.clear_undeliverable(pk, actor=self.user)
        return Response(status=204)


class Merges(CustomersView):
    """What was merged into a customer."""

    @extend_schema(responses=shapes.MergeOutput(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The newest 100 merges, also those undone."""
        customer = get_object_or_404(Customer, pk=pk)
        return Response(shapes.MergeOutput(customer.merges.all()[:100], many=True).data)

    @extend_schema(request=shapes.CustomerMergeInput, responses={201: shapes.MergeOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Make another customer part of this one."""
        absorbed_id = self.checked(shapes.CustomerMergeInput)["absorb"]
        done = merge.merge_customers(pk, absorbed_id=absorbed_id, actor=self.user)
        return Response(shapes.MergeOutput(done).data, status=201)


class OneMerge(CustomersView):
    """One merge."""

    @extend_schema(responses=shapes.MergeOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.MergeOutput(get_object_or_404(CustomerMerge, pk=pk)).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Undo a merge."""
        merge.unmerge_customers(pk, actor=self.user)
        return Response(status=204)


class CompanyFilter(filters.FilterSet):
    """Which companies."""

    q = filters.CharFilter(label=_("Part of the name"), field_name="name", lookup_expr="icontains")
    owner = IdFilter(label=_("Relationship owner"), field_name="owner_id")

    class Meta:
        model = Company
        fields: list[str] = []


class Companies(CustomersView, ListAPIView):
    """Companies, newest first."""

    serializer_class = shapes.CompanyOutput
    pagination_class = Pages
    filterset_class = CompanyFilter
    queryset = Company.objects.all()

    @extend_schema(request=shapes.CompanyInput, responses={201: shapes.CompanyOutput})
    def post(self, request: Request) -> Response:
        """Write down a company."""
        company = companies.create_company(actor=self.user, **self.checked(shapes.CompanyInput))
        return Response(shapes.CompanyOutput(company).data, status=201)


class OneCompany(CustomersView):
    """One company."""

    @extend_schema(responses=shapes.CompanyOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.CompanyOutput(get_object_or_404(Company, pk=pk)).data)

    @extend_schema(request=shapes.CompanyChanges, responses=shapes.CompanyOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a company."""
        company = companies.update_company(pk, actor=self.user, **self.checked(shapes.CompanyChanges))
        return Response(shapes.CompanyOutput(company).data)
