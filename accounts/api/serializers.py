"""What the API says of people, teams and keys, and takes about them."""

from __future__ import annotations

from rest_framework import serializers

from accounts import keys
from accounts.api.fields import IdField, RowField, ids
from accounts.models import LANGUAGES, ApiKey, Presence, Role, Team, User


class Reference(serializers.Serializer):
    """A thing by number and name, so that a list needs no second call."""

    id = serializers.IntegerField()
    name = serializers.SerializerMethodField()

    def get_name(self, thing: object) -> str:
        return str(thing)


class TeamOutput(serializers.ModelSerializer):
    members: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True
    )

    class Meta:
        model = Team
        fields = ["id", "name", "description", "routing", "is_active", "members", "created_at"]
        read_only_fields = fields


class AgentOutput(serializers.ModelSerializer):
    """Someone who signs in."""

    teams: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    presence = serializers.SerializerMethodField()
    channel_limits = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = User
        fields = [
            "id", "name", "email", "role", "teams", "language", "time_zone", "capacity", "channel_limits",
            "presence", "is_active", "date_joined",
        ]  # fmt: skip
        read_only_fields = fields

    def get_presence(self, user: User) -> str:
        presence = getattr(user, "presence", None)
        return presence.state if presence else Presence.State.OFFLINE


class ProfileOutput(AgentOutput):
    """Oneself."""

    notifications = serializers.DictField(child=serializers.BooleanField())

    class Meta(AgentOutput.Meta):
        fields = [
            *AgentOutput.Meta.fields, "theme", "has_single_keys", "signature", "notifications",
            "last_send_choice",
        ]  # fmt: skip
        read_only_fields = fields


class ProfileChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    name = serializers.CharField(max_length=150, required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    time_zone = serializers.CharField(max_length=50, required=False)
    theme = serializers.ChoiceField(User.Theme.choices, required=False)
    has_single_keys = serializers.BooleanField(required=False)
    signature = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    notifications = serializers.DictField(child=serializers.BooleanField(), required=False)
    last_send_choice = serializers.ChoiceField(["pending", "solved"], required=False, allow_blank=True)


class AgentChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    name = serializers.CharField(max_length=150, required=False)
    email = serializers.EmailField(max_length=150, required=False)
    role = serializers.ChoiceField(Role.choices, required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    time_zone = serializers.CharField(max_length=50, required=False)
    capacity = serializers.DecimalField(max_digits=5, decimal_places=1, min_value=0, required=False)
    channel_limits = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=9999), required=False
    )
    is_active = serializers.BooleanField(required=False)


class AgentInput(serializers.Serializer):
    """A new person. They choose their own password by the link that `reset-link` mails them."""

    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=150)
    role = serializers.ChoiceField(Role.choices, required=False)
    teams = RowField(many=True, queryset=Team.objects.all(), required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    time_zone = serializers.CharField(max_length=50, required=False)
    capacity = serializers.DecimalField(max_digits=5, decimal_places=1, min_value=0, required=False)
    channel_limits = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=9999), required=False
    )


class TeamChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    name = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=250, required=False, allow_blank=True)
    routing = serializers.ChoiceField(Team.Routing.choices, required=False)
    is_active = serializers.BooleanField(required=False)


class TeamInput(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=250, required=False, allow_blank=True)
    routing = serializers.ChoiceField(Team.Routing.choices, required=False)


class MembersInput(serializers.Serializer):
    members = ids(help_text="Everyone who is in the team from now on.")


class PresenceInput(serializers.Serializer):
    state = serializers.ChoiceField(Presence.State.choices)


class PresenceOutput(serializers.ModelSerializer):
    """`chosen` is what the agent set; `state` is what counts, since it follows their open tabs."""

    agent = serializers.IntegerField(source="user_id")

    class Meta:
        model = Presence
        fields = ["agent", "chosen", "state", "seen_at", "changed_at"]
        read_only_fields = fields


class KeyOutput(serializers.ModelSerializer):
    user = serializers.IntegerField(source="user_id")
    scopes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ApiKey
        fields = [
            "id", "user", "name", "kind", "prefix", "scopes", "created_at", "last_used_at", "expires_at",
            "revoked_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewKeyOutput(KeyOutput):
    """The only time the key itself is told."""

    key = serializers.CharField()

    class Meta(KeyOutput.Meta):
        fields = [*KeyOutput.Meta.fields, "key"]
        read_only_fields = fields


class KeyInput(serializers.Serializer):
    """`user` is for administrators; without it the key is yours."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(keys.SCOPES), allow_empty=False)
    kind = serializers.ChoiceField(ApiKey.Kind.choices, required=False)
    user = IdField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
