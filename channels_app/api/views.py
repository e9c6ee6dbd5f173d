"""Inboxes and channels, the ledger of calls, the log of deliveries."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import IdFilter
from accounts.api.pages import Pages
from channels_app.actions.calls import replay
from channels_app.actions.inboxes import check_inbox, create_inbox, set_active, update_inbox
from channels_app.api import serializers as shapes
from channels_app.models import DeliveryAttempt, InboundCall, Inbox
from channels_app.policies import require_administrator
from channels_app.registry import ADAPTERS
from tickets.api.base import TicketsView
from tickets.api.files import AnyType


class SettingsView(TicketsView):
    """Base of the views about inboxes."""

    scope = "settings"

    def shown(self, inbox: Inbox, status: int = 200) -> Response:
        return Response(shapes.InboxOutput(inbox, context={"agent": self.user}).data, status=status)


class InboxFilter(filters.FilterSet):
    is_active = filters.BooleanFilter(label=_("Active"))
    channel = filters.CharFilter(label=_("Channel"))

    class Meta:
        model = Inbox
        fields: list[str] = []


class ByName(Pages):
    orders = {"name": ("name", "id"), "newest": ("-id",)}


class Inboxes(SettingsView, ListAPIView):
    """The inboxes of your teams, and those of all."""

    serializer_class = shapes.InboxOutput
    pagination_class = ByName
    filterset_class = InboxFilter
    queryset = Inbox.objects.none()

    def get_queryset(self) -> QuerySet[Inbox]:
        return Inbox.objects.visible_to(self.user)

    def get_serializer_context(self) -> dict[str, Any]:
        return {"agent": self.user}

    @extend_schema(request=shapes.InboxInput, responses={201: shapes.InboxOutput})
    def post(self, request: Request) -> Response:
        """Make an inbox. Administrators only."""
        require_administrator(self.actor)
        data = self.checked(shapes.InboxInput)
        inbox = create_inbox(data.pop("channel"), config=data.pop("config"), actor=self.actor, **data)
        return self.shown(inbox, 201)


class OneInbox(SettingsView):
    """One inbox."""

    @extend_schema(responses=shapes.InboxOutput)
    def get(self, request: Request, pk: int) -> Response:
        return self.shown(self._inbox(pk))

    @extend_schema(request=shapes.InboxChanges, responses=shapes.InboxOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Change an inbox, switch it off or on. Administrators only."""
        inbox = self._inbox(pk)
        require_administrator(self.actor)
        changes = self.checked(shapes.InboxChanges)
        active = changes.pop("is_active", None)
        if "config" in changes:
            changes["config"] = {**inbox.config, **changes["config"]}
        with transaction.atomic():  # all of it, or none
            if changes:
                inbox = update_inbox(pk, actor=self.actor, **changes)
            if active is not None:
                inbox = set_active(pk, is_active=active, actor=self.actor)
        return self.shown(inbox)

    def _inbox(self, pk: int) -> Inbox:
        return get_object_or_404(Inbox.objects.visible_to(self.user), pk=pk)


class InboxCheck(SettingsView):
    """Whether an inbox works."""

    @extend_schema(request=None, responses=shapes.InboxOutput)
    def post(self, request: Request, pk: int) -> Response:
        """Try the settings against the provider now; 400 with the provider's words when they fail."""
        return self.shown(check_inbox(pk, actor=self.actor))


class Channels(SettingsView):
    """The channels that an inbox may have, and what each asks in `config`."""

    @extend_schema(responses=shapes.ChannelOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response([shapes.describe(slug) for slug in ADAPTERS])


class CallFilter(filters.FilterSet):
    """Which calls of the ledger."""

    q = filters.CharFilter(label=_("Sender, subject or number"), method="by_words")
    inbox = IdFilter(label=_("Inbox"), field_name="inbox_id")
    ticket = IdFilter(label=_("Ticket"), field_name="ticket_id")
    verdict = filters.ChoiceFilter(
        label=_("Verdict"), choices=[each for each in InboundCall.Verdict.choices if each[0]]
    )
    state = filters.ChoiceFilter(label=_("State"), choices=InboundCall.State.choices)

    class Meta:
        model = InboundCall
        fields: list[str] = []

    def by_words(self, calls: Any, _name: str, value: str) -> QuerySet[InboundCall]:
        return calls.search(value)


class Calls(SettingsView, ListAPIView):
    """The ledger: every call that came in, newest first. For supervisors and administrators."""

    serializer_class = shapes.CallOutput
    pagination_class = Pages
    filterset_class = CallFilter
    queryset = InboundCall.objects.none()

    def get_queryset(self) -> QuerySet[InboundCall]:
        return InboundCall.objects.visible_to(self.user).defer("body", "headers", "error")


class OneCall(SettingsView):
    """One call."""

    @extend_schema(responses=shapes.CallDetail)
    def get(self, request: Request, pk: int) -> Response:
        call = get_object_or_404(InboundCall.objects.visible_to(self.user).defer("body"), pk=pk)
        return Response(shapes.CallDetail(call).data)


class RawCall(SettingsView):
    """The bytes of one call as they came in."""

    content_negotiation_class = AnyType

    @extend_schema(
        operation_id="calls_raw_retrieve",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        call = get_object_or_404(InboundCall.objects.visible_to(self.user), pk=pk)
        return HttpResponse(
            bytes(call.body),
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="call-{pk}"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )


class Replay(SettingsView):
    """Reading a call once more."""

    @extend_schema(request=None, responses={202: shapes.CallDetail})
    def post(self, request: Request, pk: int) -> Response:
        """Have a call read again. What it brought before is not brought twice."""
        return Response(shapes.CallDetail(replay(pk, actor=self.actor)).data, status=202)


class DeliveryFilter(filters.FilterSet):
    """Which deliveries."""

    message = IdFilter(label=_("Message"), field_name="message_id")
    ticket = IdFilter(label=_("Ticket"), field_name="message__ticket_id")
    inbox = IdFilter(label=_("Inbox"), field_name="inbox_id")
    outcome = filters.ChoiceFilter(label=_("Outcome"), choices=DeliveryAttempt.Outcome.choices)

    class Meta:
        model = DeliveryAttempt
        fields: list[str] = []


class Deliveries(TicketsView, ListAPIView):
    """Every try to send a reply, newest first."""

    serializer_class = shapes.DeliveryOutput
    pagination_class = Pages
    filterset_class = DeliveryFilter
    queryset = DeliveryAttempt.objects.none()

    def get_queryset(self) -> QuerySet[DeliveryAttempt]:
        return (
            DeliveryAttempt.objects.visible_to(self.user)
            .select_related("message")
            .only(
                "id",
                "number",
                "outcome",
                "detail",
                "started_at",
                "finished_at",
                "inbox_id",
                "message__ticket_id",
            )
        )
