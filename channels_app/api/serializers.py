"""What the API says of inboxes, calls and deliveries, and takes about them. Secrets go in, never out."""

from __future__ import annotations

from typing import Any

from django import forms
from rest_framework import serializers

from accounts.api.fields import RowField
from accounts.models import LANGUAGES, Team
from channels_app import secrets
from channels_app.models import DeliveryAttempt, InboundCall, Inbox
from channels_app.registry import adapter_class, channel_choices


class InboxOutput(serializers.ModelSerializer):
    """An inbox. `config` and its troubles are for administrators; others see null."""

    team = serializers.IntegerField(source="team_id", allow_null=True)
    hours = serializers.DictField()
    config = serializers.SerializerMethodField()
    stored_secrets = serializers.SerializerMethodField()
    last_error = serializers.SerializerMethodField()

    class Meta:
        model = Inbox
        fields = [
            "id", "name", "channel", "address", "key", "team", "language", "signature", "is_auto_reply_on",
            "auto_reply_when", "auto_reply", "hours", "time_zone", "is_add_cc_followers", "is_active",
            "config", "stored_secrets", "last_call_at", "last_checked_at", "last_error", "failing_since",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_config(self, inbox: Inbox) -> dict[str, Any] | None:
        """What the channel's form asks, without secrets."""
        return inbox.config if self._is_administrator else None

    def get_stored_secrets(self, inbox: Inbox) -> list[str] | None:
        """The names of the secrets that are kept."""
        return sorted(secrets.unseal(inbox.sealed)) if self._is_administrator else None

    def get_last_error(self, inbox: Inbox) -> str | None:
        return inbox.last_error if self._is_administrator else None

    @property
    def _is_administrator(self) -> bool:
        return bool(self.context["agent"].is_administrator)


class InboxChanges(serializers.Serializer):
    """Any of these; what is not given stays. In `config`, a secret that is left out stays as well."""

    name = serializers.CharField(max_length=80, required=False)
    address = serializers.CharField(max_length=254, required=False, allow_blank=True)
    team = RowField(queryset=Team.objects.all(), required=False, allow_null=True)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    signature = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    is_auto_reply_on = serializers.BooleanField(required=False)
    auto_reply_when = serializers.ChoiceField(Inbox.AutoReplyWhen.choices, required=False)
    auto_reply = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    hours = serializers.DictField(required=False)
    time_zone = serializers.CharField(max_length=50, required=False)
    is_add_cc_followers = serializers.BooleanField(required=False)
    config = serializers.DictField(
        required=False, help_text="What the channel's form asks; see `channels/`. Secrets go in, never out."
    )
    forget = serializers.ListField(
        child=serializers.CharField(max_length=50), required=False, help_text="Secrets to take away."
    )
    is_active = serializers.BooleanField(required=False)


class InboxInput(InboxChanges):
    """A new inbox."""

    channel = serializers.ChoiceField(channel_choices())
    name = serializers.CharField(max_length=80)
    config = serializers.DictField(
        default=dict, help_text="What the channel's form asks; see `channels/`. Secrets go in, never out."
    )
    forget = None  # type: ignore[assignment]
    is_active = None  # type: ignore[assignment]


class ConfigFieldOutput(serializers.Serializer):
    """One field of a channel's form."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    help_text = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    kind = serializers.ChoiceField(["text", "number", "choice", "checkbox", "url", "email"])
    is_required = serializers.BooleanField()
    is_secret = serializers.BooleanField()
    choices = serializers.ListField(child=serializers.CharField())


class ChannelOutput(serializers.Serializer):
    """One channel that an inbox may have, and what its form asks."""

    channel = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    has_subject = serializers.BooleanField()
    config = ConfigFieldOutput(many=True)


class CallOutput(serializers.ModelSerializer):
    """A call from a provider, with the verdict and its reason."""

    inbox = serializers.IntegerField(source="inbox_id")
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)
    message = serializers.IntegerField(source="message_id", allow_null=True)

    class Meta:
        model = InboundCall
        fields = [
            "id", "inbox", "provider_id", "source", "size", "state", "verdict", "reason", "sender",
            "subject", "ticket", "message", "attempts", "received_at", "processed_at",
        ]  # fmt: skip
        read_only_fields = fields


class CallDetail(CallOutput):
    """One call, with what a list leaves out."""

    headers = serializers.DictField(child=serializers.CharField())

    class Meta(CallOutput.Meta):
        fields = [*CallOutput.Meta.fields, "headers", "error"]
        read_only_fields = fields


class DeliveryOutput(serializers.ModelSerializer):
    """One try to hand a reply to the provider."""

    message = serializers.IntegerField(source="message_id")
    ticket = serializers.IntegerField(source="message.ticket_id")
    inbox = serializers.IntegerField(source="inbox_id")

    class Meta:
        model = DeliveryAttempt
        fields = [
            "id", "message", "ticket", "inbox", "number", "outcome", "detail", "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


def describe(slug: str) -> dict[str, Any]:
    """Return a channel with the fields of its form."""
    adapter = adapter_class(slug)
    form = adapter.form_class()()
    return {
        "channel": slug,
        "label": str(adapter.label),
        "has_subject": adapter.has_subject,
        "config": [
            {
                "name": name,
                "label": str(field.label or name),
                "help_text": str(field.help_text),
                "kind": _kind(field),
                "is_required": field.required,
                "is_secret": name in adapter.secret_fields,
                "choices": [str(value) for value, _label in getattr(field, "choices", [])],
            }
            for name, field in form.fields.items()
        ],
    }


def _kind(field: forms.Field) -> str:
    kinds: list[tuple[type[forms.Field], str]] = [
        (forms.IntegerField, "number"),
        (forms.ChoiceField, "choice"),
        (forms.BooleanField, "checkbox"),
        (forms.URLField, "url"),
        (forms.EmailField, "email"),
    ]
    return next((name for kind, name in kinds if isinstance(field, kind)), "text")
