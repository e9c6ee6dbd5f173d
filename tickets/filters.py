"""The one definition of "which tickets" for lists: the list page and the API both use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.api.fields import IdFilter
from helpdesk.errors import NotFoundError
from tickets import queue, search
from tickets.models import Priority, Status, Tag, Ticket, TicketType

if TYPE_CHECKING:
    from accounts.models import User

Tickets = QuerySet[Ticket]


class NumberInFilter(filters.BaseInFilter, IdFilter):
    """Several ids, separated by commas."""


class ChoiceInFilter(filters.BaseInFilter, filters.ChoiceFilter):
    """Several words, separated by commas."""


def _time(label: object, field: str, lookup: str) -> filters.IsoDateTimeFilter:
    return filters.IsoDateTimeFilter(label=label, field_name=field, lookup_expr=lookup)


class TicketFilter(filters.FilterSet):
    """Filters of tickets. Merged tickets and spam stay out unless asked for."""

    status = ChoiceInFilter(label=_("Status"), choices=Status.choices)
    team = NumberInFilter(label=_("Team"), field_name="team_id")
    assignee = filters.CharFilter(label=_("Assignee: an id, or me"), method="by_assignee")
    unassigned = filters.BooleanFilter(
        label=_("Without assignee"), field_name="assignee", lookup_expr="isnull"
    )
    customer = IdFilter(label=_("Customer"), field_name="customer_id")
    company = IdFilter(label=_("Company"), field_name="customer__company_id")
    follower = filters.CharFilter(label=_("Follower: an id, or me"), method="by_follower")
    tag = filters.CharFilter(label=_("Tags, separated by commas; all must be there"), method="by_tag")
    channel = filters.BaseInFilter(label=_("Channel"), field_name="channel")
    inbox = NumberInFilter(label=_("Inbox"), field_name="inbox_id")
    type = ChoiceInFilter(label=_("Type"), choices=TicketType.choices)
    priority = filters.MultipleChoiceFilter(
        label=_("Priority"), choices=[(each.slug, each.label) for each in Priority], method="by_priority"
    )
    language = filters.BaseInFilter(label=_("Language"), field_name="language")
    created_after = filters.IsoDateTimeFilter(
        label=_("Created from"), field_name="created_at", lookup_expr="gte"
    )
    created_before = filters.IsoDateTimeFilter(
        label=_("Created before"), field_name="created_at", lookup_expr="lt"
    )
    updated_after = filters.IsoDateTimeFilter(
        label=_("Updated from"), field_name="updated_at", lookup_expr="gte"
    )
    updated_before = filters.IsoDateTimeFilter(
        label=_("Updated before"), field_name="updated_at", lookup_expr="lt"
    )
    spam = filters.BooleanFilter(label=_("Spam"), field_name="is_spam")
    snoozed = filters.BooleanFilter(
        label=_("Snoozed"), field_name="snoozed_until", lookup_expr="isnull", exclude=True
    )
    q = filters.CharFilter(label=_("Words to search for"), method="by_words")
    view = filters.CharFilter(label=_("A view of the workspace, such as my_open or team-3"), method="by_view")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def filter_queryset(self, queryset: Tickets) -> Tickets:
        """Apply what was asked, and leave out what lists leave out."""
        found = super().filter_queryset(queryset).filter(merged_into=None)
        asked = self.form.cleaned_data
        if asked.get("spam") is None and not asked.get("view"):
            found = found.filter(is_spam=False)
        return found

    @property
    def agent(self) -> User:
        return self.request.user

    def by_assignee(self, tickets: Tickets, _name: str, value: str) -> Tickets:
        return tickets.filter(assignee_id__in=self._people(value))

    def by_follower(self, tickets: Tickets, _name: str, value: str) -> Tickets:
        through = Ticket.followers.through.objects.filter(user_id__in=self._people(value))
        return tickets.filter(pk__in=through.values("ticket_id"))

    def by_tag(self, tickets: Tickets, _name: str, value: str) -> Tickets:
        for name in filter(None, (part.strip() for part in value.split(",")[:20])):
            tagged = Tag.tickets.through.objects.filter(tag__name=name)
            tickets = tickets.filter(pk__in=tagged.values("ticket_id"))
        return tickets

    def by_priority(self, tickets: Tickets, _name: str, value: list[str]) -> Tickets:
        wanted = [each.value for each in Priority if each.slug in value]
        return tickets.filter(priority__in=wanted) if wanted else tickets

    def by_view(self, tickets: Tickets, _name: str, value: str) -> Tickets:
        try:
            return tickets.filter(queue.find_view(self.agent, value).condition)
        except NotFoundError:
            return tickets.none()

    def by_words(self, tickets: Tickets, _name: str, value: str) -> Tickets:
        """The newest matches, in the list's own order; the search page ranks them."""
        return tickets.filter(pk__in=search.ticket_ids(self.agent, value, Ticket.objects.all()))

    def _people(self, value: str) -> list[int]:
        words = [self.agent.pk if word.strip() == "me" else word.strip() for word in value.split(",")[:100]]
        return [int(word) for word in words if str(word).isdecimal() and len(str(word)) < 19]
