"""Tickets: list, open, read, change, many at a time; what happened to them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import AskedFilters
from accounts.api.pages import OldestFirst, Pages
from helpdesk.errors import NotFoundError
from tickets.actions.bulk import bulk
from tickets.actions.change import change
from tickets.actions.open import open_ticket
from tickets.api import inputs
from tickets.api import serializers as shapes
from tickets.api.base import TicketsView, TicketView, whole
from tickets.api.rows import columns, rows
from tickets.filters import TicketFilter
from tickets.models import Event, Ticket
from tickets.recipients import inboxes_for


class ByLastMessage(Pages):
    orders = {"updated": ("-last_message_at", "-id"), "newest": ("-id",), "oldest": ("id",)}


class TicketList(TicketsView, ListAPIView):
    """Base of lists of tickets: rows without a serializer, in a fixed number of statements."""

    serializer_class: type[serializers.Serializer] = shapes.TicketRow
    queryset = Ticket.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        tickets = columns(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(rows(self.paginate_queryset(tickets) or []))


class AskedTicketFilter(AskedFilters, TicketFilter):
    """The same filters as the pages have."""


class Tickets(TicketList):
    """All tickets that you may see, by filter. Spam and tickets merged away stay out unless asked for."""

    filterset_class = AskedTicketFilter
    pagination_class = ByLastMessage

    def get_queryset(self) -> Any:
        return Ticket.objects.visible_to(self.user)

    @extend_schema(request=inputs.OpenTicketInput, responses={201: shapes.TicketDetail})
    def post(self, request: Request) -> Response:
        """Begin a ticket: write to a customer first, or note down a call."""
        data = self.checked(inputs.OpenTicketInput)
        inbox_id = data.pop("inbox")
        inbox = inboxes_for(self.actor).filter(pk=inbox_id).first() if inbox_id else None
        if inbox_id and inbox is None:
            raise NotFoundError(_("Choose one of your inboxes to write from."), field="inbox")
        ticket = open_ticket(
            inbox=inbox,
            cc=pairs(data.pop("cc", [])),
            attachment_ids=tuple(data.pop("attachments")),
            follow_up_of_id=data.pop("follow_up_of"),
            actor=self.actor,
            **data,
        )
        return Response(shapes.TicketDetail(whole(ticket.pk)).data, status=201)


class OneTicket(TicketView):
    """One ticket."""

    @extend_schema(responses=shapes.TicketDetail)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer()

    @extend_schema(request=inputs.TicketChanges, responses=shapes.TicketDetail)
    def patch(self, request: Request, pk: int) -> Response:
        """Change several properties together, or none of them."""
        change(pk, actor=self.actor, **self.checked(inputs.TicketChanges))
        return self.answer()


class Bulk(TicketsView):
    """One verb on many tickets. Those that refuse are listed with the reason; the others are done."""

    asked_by: dict[str, tuple[type[serializers.Serializer], dict[str, str]]] = {
        "assign": (inputs.AssignmentInput, {"agent": "to"}),
        "team": (inputs.TicketTeamInput, {}),
        "status": (inputs.StatusInput, {"status": "to"}),
        "priority": (inputs.PriorityInput, {"priority": "to"}),
        "type": (inputs.TypeInput, {"type": "to"}),
        "tag": (inputs.TagsInput, {}),
        "snooze": (inputs.SnoozeInput, {}),
        "spam": (inputs.SpamInput, {}),
        "merge": (inputs.MergeIntoInput, {"into": "into_id"}),
        "follow": (inputs.FollowerInput, {"agent": "user"}),
    }

    @extend_schema(request=inputs.BulkInput, responses=shapes.BulkOutput)
    def post(self, request: Request) -> Response:
        data = self.checked(inputs.BulkInput)
        shape, names = self.asked_by.get(data["verb"], (inputs.NothingInput, {}))
        values = shape(data=data["values"])
        if not values.is_valid():
            raise serializers.ValidationError({"values": values.errors})
        given = {names.get(name, name): value for name, value in values.validated_data.items()}
        result = bulk(data["tickets"], verb=data["verb"], actor=self.actor, **given)
        refused = [{"ticket": pk, "detail": sentence} for pk, sentence in result.refused]
        return Response({"done": result.done, "refused": refused})


class TicketEvents(TicketView, ListAPIView):
    """What happened to one ticket, oldest first."""

    serializer_class = shapes.EventOutput
    pagination_class = OldestFirst
    queryset = Event.objects.none()
    filter_backends = []

    def get_queryset(self) -> Any:
        return Event.objects.filter(ticket_id=self.kwargs.get("pk"))


def pairs(people: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return people as actions take them."""
    return tuple((person["name"], person["address"]) for person in people)
