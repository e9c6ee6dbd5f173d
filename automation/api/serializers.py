"""What the API says of routing, and takes about it."""

from __future__ import annotations

from rest_framework import serializers

from accounts.api.fields import RowField, ids
from accounts.models import Team
from automation.models import RoutingRule


class RoutingRuleOutput(serializers.ModelSerializer):
    """Sends tickets that meet its conditions to a team. The first rule that fits wins."""

    team = serializers.IntegerField(source="team_id")
    conditions = serializers.DictField()

    class Meta:
        model = RoutingRule
        fields = ["id", "name", "position", "conditions", "team", "is_active", "created_at"]
        read_only_fields = fields


class RoutingRuleInput(serializers.Serializer):
    """`conditions` is a tree; `condition-fields/` lists what it may speak of. Empty: every ticket."""

    name = serializers.CharField(max_length=80)
    conditions = serializers.DictField()
    team = RowField(queryset=Team.objects.all())
    is_active = serializers.BooleanField(required=False, default=True)


class OrderInput(serializers.Serializer):
    rules = ids(help_text="All rules, each once; the first that fits wins.")
