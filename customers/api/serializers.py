"""What the API says of customers and takes about them. Serializers check shapes and never write."""

from __future__ import annotations

from rest_framework import serializers

from accounts.api.fields import IdField, RowField
from accounts.models import LANGUAGES, User
from customers.models import Company, Customer, CustomerMerge, Identity, Segment


class IdentityOutput(serializers.ModelSerializer):
    class Meta:
        model = Identity
        fields = [
            "id", "kind", "address", "name", "is_verified", "is_blocked", "undeliverable_at",
            "undeliverable_reason", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CustomerOutput(serializers.ModelSerializer):
    """A person who writes to us, with all their addresses."""

    company = serializers.IntegerField(source="company_id", allow_null=True)
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    language = serializers.ChoiceField(LANGUAGES, allow_blank=True)
    identities = IdentityOutput(many=True)
    attributes = serializers.DictField()

    class Meta:
        model = Customer
        fields = [
            "id", "name", "title", "company", "segment", "owner", "language", "time_zone", "notes",
            "attributes", "merged_into", "identities", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CompanyOutput(serializers.ModelSerializer):
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    domains = serializers.ListField(child=serializers.CharField())
    attributes = serializers.DictField()

    class Meta:
        model = Company
        fields = ["id", "name", "domains", "owner", "notes", "attributes", "created_at"]
        read_only_fields = fields


class MergeOutput(serializers.ModelSerializer):
    """Two customers made one. Delete it at `customer-merges/<id>/` to undo it."""

    kept = serializers.IntegerField(source="kept_id")
    absorbed = serializers.IntegerField(source="absorbed_id")
    actor = serializers.IntegerField(source="actor_id", allow_null=True)

    class Meta:
        model = CustomerMerge
        fields = ["id", "kept", "absorbed", "actor", "merged_at", "undone_at"]
        read_only_fields = fields


class CustomerChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    name = serializers.CharField(max_length=200, required=False)
    title = serializers.CharField(max_length=40, required=False, allow_blank=True)
    company = RowField(queryset=Company.objects.all(), required=False, allow_null=True)
    segment = serializers.ChoiceField(Segment.choices, required=False)
    owner = RowField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)
    language = serializers.ChoiceField(LANGUAGES, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=50, required=False, allow_blank=True)
    notes = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    attributes = serializers.DictField(required=False)


class CustomerInput(CustomerChanges):
    """A name, or an address, or both."""

    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    address = serializers.CharField(max_length=254, required=False)
    kind = serializers.SlugField(max_length=20, required=False, help_text="Of the address; usually email.")


class IdentityInput(serializers.Serializer):
    kind = serializers.SlugField(max_length=20)
    address = serializers.CharField(max_length=254)
    is_verified = serializers.BooleanField(required=False)


class IdentityChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    is_verified = serializers.BooleanField(required=False)
    is_blocked = serializers.BooleanField(required=False)


class CustomerMergeInput(serializers.Serializer):
    absorb = IdField(help_text="The customer who becomes part of this one.")


class CompanyChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    name = serializers.CharField(max_length=200, required=False)
    domains = serializers.ListField(child=serializers.CharField(max_length=253), required=False)
    owner = RowField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)
    notes = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    attributes = serializers.DictField(required=False)


class CompanyInput(CompanyChanges):
    name = serializers.CharField(max_length=200)
