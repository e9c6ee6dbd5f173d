"""Small fields that the API's tickets are made of."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tickets.models import Priority

PRIORITIES = [priority.slug for priority in Priority]


@extend_schema_field({"type": "string", "enum": PRIORITIES})
class PriorityField(serializers.Field):
    """A priority by its name; the database keeps a number."""

    default_error_messages = {"invalid": _("Choose one of: low, normal, high, urgent.")}

    def to_representation(self, value: int) -> str:
        return PRIORITIES[int(value) - 1]

    def to_internal_value(self, data: Any) -> int:
        if data not in PRIORITIES:
            self.fail("invalid")
        return PRIORITIES.index(data) + 1


class Mailbox(serializers.Serializer):
    """A name and an address."""

    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    address = serializers.EmailField(max_length=254)


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "address": {"type": "string"}},
            "required": ["name", "address"],
        },
    }
)
class Mailboxes(serializers.Field):
    """Names and addresses as the channel gave them; the database keeps pairs."""

    def to_representation(self, value: Any) -> list[dict[str, str]]:
        pairs = value if isinstance(value, list) else []
        return [
            {"name": str(pair[0] or ""), "address": str(pair[1] or "")} for pair in pairs if len(pair) == 2
        ]
