"""The workspace around tickets: views and their counts, search, facts, tags, custom fields."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.api.base import GONE
from accounts.api.fields import IdFilter
from accounts.api.pages import OldestFirst, Pages
from tickets import conditions, counting, queue, search
from tickets.actions.customfields import delete_field, save_field
from tickets.actions.notifications import mark_notifications_read
from tickets.actions.tags import delete_tag, merge_tags, rename_tag
from tickets.actions.views import delete_view, save_view
from tickets.api import inputs
from tickets.api import serializers as shapes
from tickets.api.base import TicketsView
from tickets.api.rows import columns, rows
from tickets.api.tickets import TicketList
from tickets.models import CustomField, Event, Notification, SavedView, Tag, Ticket

HELD_BACK = timedelta(seconds=2)  # facts still being written elsewhere may have lower numbers
FOUND_AT_MOST = 1000


class Views(TicketsView):
    """The views of the workspace."""

    @extend_schema(responses=shapes.ViewOutput(many=True))
    def get(self, request: Request) -> Response:
        """Your views with how many tickets each holds: those that everybody has, then saved ones."""
        counted = counting.of_views(self.user)
        saved = [queue.saved_view(each, self.user) for each in SavedView.objects.visible_to(self.user)]
        shown = [
            {"key": view.key, "title": view.title, "count": counted.get(view.key)}
            for view in [*queue.system_views(self.user), *saved]
        ]
        return Response(shown)


class InView(Pages):
    """Without an order, the view's own; solved tickets come by their last message."""

    orders = queue.ORDERS
    usual = False

    def keys(self, order: str, view: Any) -> tuple[str, ...]:
        if order:
            super().keys(order, view)
        return queue.ORDERS[queue.order_in(view.shown, order)]


class ViewTickets(TicketList):
    """The tickets of a view: `my_open`, `unassigned`, `team-3`, `inbox-2`, `channel-email`, `view-7`, …"""

    pagination_class = InView
    filter_backends = []
    shown: queue.View

    def get_queryset(self) -> QuerySet[Ticket]:
        if "key" not in self.kwargs:  # the schema asks
            return Ticket.objects.none()
        self.shown = queue.find_view(self.user, self.kwargs["key"])
        return Ticket.objects.visible_to(self.user).filter(self.shown.condition, merged_into=None)


class SavedViews(TicketsView, ListAPIView):
    """Filters with a name: your own and those shared with you."""

    serializer_class = shapes.SavedViewOutput
    pagination_class = Pages
    filter_backends = []
    queryset = SavedView.objects.none()

    def get_queryset(self) -> QuerySet[SavedView]:
        return SavedView.objects.visible_to(self.user)

    @extend_schema(request=inputs.SavedViewInput, responses={201: shapes.SavedViewOutput})
    def post(self, request: Request) -> Response:
        """Save a view, for yourself or shared with a team or everybody."""
        view = save_view(actor=self.actor, **self.checked(inputs.SavedViewInput))
        return Response(shapes.SavedViewOutput(view).data, status=201)


class OneSavedView(TicketsView):
    """One saved view."""

    @extend_schema(responses=shapes.SavedViewOutput)
    def get(self, request: Request, pk: int) -> Response:
        view = get_object_or_404(SavedView.objects.visible_to(self.user), pk=pk)
        return Response(shapes.SavedViewOutput(view).data)

    @extend_schema(request=inputs.SavedViewInput, responses=shapes.SavedViewOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Change your saved view."""
        view = save_view(pk, actor=self.actor, **self.checked(inputs.SavedViewInput))
        return Response(shapes.SavedViewOutput(view).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove your saved view."""
        delete_view(pk, actor=self.actor)
        return Response(status=204)


class ConditionFields(TicketsView):
    """What conditions of saved views and routing rules may speak of."""

    @extend_schema(responses=shapes.ConditionFieldOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response(shapes.ConditionFieldOutput(conditions.fields(), many=True).data)


class Search(TicketsView):
    """Search over everything that you may see."""

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, required=True, description="Words; the last may be a beginning."),
            OpenApiParameter("newest_first", bool, description="By time, not by how well it fits."),
            OpenApiParameter("offset", int, description="Where to go on; take `next` instead."),
        ],
        responses=shapes.SearchOutput,
    )
    def get(self, request: Request) -> Response:
        """The tickets that hold every word, the best first."""
        asked = SearchQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        found = search.search(
            self.user, given["q"], newest_first=given["newest_first"], offset=given["offset"]
        )
        tickets = Ticket.objects.visible_to(self.user).filter(pk__in=[hit.row.id for hit in found.hits])
        shown = {row["id"]: row for row in rows(columns(tickets))}
        following = found.next_offset
        here = request.build_absolute_uri()
        return Response(
            {
                "next": None if following is None else replace_query_param(here, "offset", following),
                "results": [
                    {
                        **shown[hit.row.id],
                        "snippet": "".join(text for text, _is_match in hit.snippet),
                        "message": hit.message_id,
                    }
                    for hit in found.hits
                    if hit.row.id in shown
                ],
            }
        )


class SearchQuery(serializers.Serializer):
    q = serializers.CharField(max_length=200)
    newest_first = serializers.BooleanField(required=False, default=False)
    offset = serializers.IntegerField(required=False, default=0, min_value=0, max_value=FOUND_AT_MOST)


class EventFilter(filters.FilterSet):
    """Where the feed goes on, and what of it."""

    after = IdFilter(label=_lazy("The last fact you have"), field_name="id", lookup_expr="gt", min_value=0)
    kind = filters.BaseInFilter(label=_lazy("Kinds, separated by commas"), field_name="kind")

    class Meta:
        model = Event
        fields: list[str] = []


class Feed(TicketsView, ListAPIView):
    """Everything that happens on tickets that you may see, oldest first.

    Remember the last `id` and ask with `after`. Facts appear two seconds after they happened, so that none
    that is still being written is passed over.
    """

    serializer_class = shapes.EventOutput
    pagination_class = OldestFirst
    filterset_class = EventFilter
    queryset = Event.objects.none()

    def get_queryset(self) -> QuerySet[Event]:
        settled = Event.objects.filter(created_at__lt=timezone.now() - HELD_BACK)
        if self.user.is_administrator:
            return settled
        return settled.filter(ticket__in=Ticket.objects.visible_to(self.user))


class ByTagName(Pages):
    orders = {"name": ("name",), "newest": ("-id",)}


class TagFilter(filters.FilterSet):
    q = filters.CharFilter(
        label=_lazy("The beginning of the name"), field_name="name", lookup_expr="istartswith"
    )

    class Meta:
        model = Tag
        fields: list[str] = []


class Tags(TicketsView, ListAPIView):
    """The labels in use. A new one comes to be when it is put on a ticket."""

    serializer_class = shapes.TagOutput
    pagination_class = ByTagName
    filterset_class = TagFilter
    queryset = Tag.objects.all()


class OneTag(TicketsView):
    """One label."""

    @extend_schema(responses=shapes.TagOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.TagOutput(get_object_or_404(Tag, pk=pk)).data)

    @extend_schema(request=inputs.TagInput, responses=shapes.TagOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Spell a label another way, on all its tickets. Administrators only."""
        tag = rename_tag(pk, name=self.checked(inputs.TagInput)["name"], actor=self.actor)
        return Response(shapes.TagOutput(tag).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Take a label off all its tickets, for good. Administrators only."""
        delete_tag(pk, actor=self.actor)
        return Response(status=204)


class TagMerge(TicketsView):
    """Two labels that are one."""

    @extend_schema(request=inputs.MergeIntoInput, responses=shapes.TagOutput)
    def post(self, request: Request, pk: int) -> Response:
        """Put another label on all tickets of this one, and take this one away. Administrators only."""
        into_id = self.checked(inputs.MergeIntoInput)["into"]
        return Response(shapes.TagOutput(merge_tags(pk, into_id=into_id, actor=self.actor)).data)


class NotificationFilter(filters.FilterSet):
    unread = filters.BooleanFilter(label=_lazy("Unread"), field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notification
        fields: list[str] = []


class Notifications(TicketsView, ListAPIView):
    """What you were told, newest first."""

    serializer_class = shapes.NotificationOutput
    pagination_class = Pages
    filterset_class = NotificationFilter
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        seen = Ticket.objects.visible_to(self.user)
        return Notification.objects.filter(user=self.user.pk, ticket__in=seen)


class NotificationsRead(TicketsView):
    """What you have seen of it."""

    @extend_schema(request=inputs.NotificationsReadInput, responses=shapes.CountOutput)
    def post(self, request: Request) -> Response:
        """Mark notifications as read: these, those of a ticket, or all."""
        data = self.checked(inputs.NotificationsReadInput)
        number = mark_notifications_read(
            self.user, ids=data.get("notifications"), ticket_id=data.get("ticket"), actor=self.actor
        )
        return Response({"count": number})


class CustomFields(TicketsView):
    """What tickets are asked beyond the usual."""

    @extend_schema(responses=shapes.CustomFieldOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response(shapes.CustomFieldOutput(CustomField.objects.all(), many=True).data)

    @extend_schema(request=inputs.CustomFieldInput, responses={201: shapes.CustomFieldOutput})
    def post(self, request: Request) -> Response:
        """Add a custom field. Administrators only."""
        field = save_field(actor=self.actor, **self.checked(inputs.CustomFieldInput))
        return Response(shapes.CustomFieldOutput(field).data, status=201)


class OneCustomField(TicketsView):
    """One custom field."""

    @extend_schema(responses=shapes.CustomFieldOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.CustomFieldOutput(get_object_or_404(CustomField, pk=pk)).data)

    @extend_schema(request=inputs.CustomFieldInput, responses=shapes.CustomFieldOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Change a custom field. Administrators only."""
        field = save_field(pk, actor=self.actor, **self.checked(inputs.CustomFieldInput))
        return Response(shapes.CustomFieldOutput(field).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a custom field that no ticket has answered. Administrators only."""
        delete_field(pk, actor=self.actor)
        return Response(status=204)
