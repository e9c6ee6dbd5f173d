"""Filters of lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.http import QueryDict
from django.utils import timezone

from helpdesk.errors import NotFoundError
from tests import make
from tickets import queue
from tickets.filters import TicketFilter
from tickets.models import Tag, Ticket

if TYPE_CHECKING:
    from accounts.models import User


class Request:
    def __init__(self, user: User) -> None:
        self.user = user


def listed(agent: User, query: str) -> list[int] | None:
    """Return the ids, or None when a value is refused."""
    made = TicketFilter(QueryDict(query), queryset=Ticket.objects.visible_to(agent), request=Request(agent))
    return sorted(made.qs.values_list("pk", flat=True)) if made.is_valid() else None


@pytest.fixture
def two(ada: User) -> tuple[Ticket, Ticket]:
    """A ticket as it comes, and one that differs in all that lists filter by."""
    plain = make.ticket(team=make.team("Support"))
    other = make.ticket(
        team=None, inbox_=make.inbox("form", team=None), subject="Other", sender=make.inbound().sender
    )
    Ticket.objects.filter(pk=other.pk).update(
        status="pending",
        assignee=ada,
        priority=4,
        type="problem",
        language="vi",
        created_at=timezone.now() - timedelta(days=9),
        updated_at=timezone.now() - timedelta(days=9),
        snoozed_until=timezone.now() + timedelta(days=1),
    )
    other.tags.set([Tag.objects.create(name="card"), Tag.objects.create(name="vip")])
    other.followers.add(ada)
    other.refresh_from_db()
    return plain, other


@pytest.mark.parametrize(
    "query",
    [
        "status=pending", "status=pending,closed", "assignee=me", "assignee={ada}", "unassigned=false",
        "priority=urgent", "priority=urgent&priority=high", "type=problem", "language=vi", "channel=form",
        "inbox={inbox}", "tag=card", "tag=card,vip", "follower=me", "snoozed=true",
        "created_before={week}", "updated_before={week}", "view=snoozed",
    ],
)  # fmt: skip
def test_a_filter_keeps_what_fits(ada: User, two: tuple[Ticket, Ticket], query: str) -> None:
    _plain, other = two
    week = (timezone.now() - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert listed(ada, query.format(ada=ada.pk, inbox=other.inbox_id, week=week)) == [other.pk]


@pytest.mark.parametrize(
    "query", ["unassigned=true", "team={team}", "snoozed=false", "created_after={week}", "view=unassigned"]
)
def test_and_leaves_out_what_does_not(ada: User, two: tuple[Ticket, Ticket], query: str) -> None:
    plain, _other = two
    week = (timezone.now() - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert listed(ada, query.format(team=plain.team_id, week=week)) == [plain.pk]


def test_spam_and_merged_tickets_stay_out_unless_asked(ada: User, two: tuple[Ticket, Ticket]) -> None:
    plain, other = two
    Ticket.objects.filter(pk=other.pk).update(is_spam=True)

    assert listed(ada, "") == [plain.pk]
    assert listed(ada, "spam=true") == listed(ada, "view=spam") == [other.pk]
    Ticket.objects.filter(pk=other.pk).update(is_spam=False, merged_into=plain)
    assert listed(ada, "") == [plain.pk]


@pytest.mark.parametrize(
    "query",
    [
        "tag=nothing", "view=nothing", "view=team-99999999999999999999999",
        "view=inbox-99999999999999999999999", "view=view-999999999999999999999999999999",
        "view=inbox-٣", "assignee=nobody", "q=nothing+here",
        "assignee=99999999999999999999999999",
    ],
)  # fmt: skip
def test_what_does_not_exist_lists_nothing(ada: User, two: tuple[Ticket, Ticket], query: str) -> None:
    assert listed(ada, query) == []


@pytest.mark.parametrize("query", ["status=unknown", "priority=9", "team=abc", "created_after=yesterday"])
def test_values_that_cannot_be_are_refused(ada: User, two: tuple[Ticket, Ticket], query: str) -> None:
    assert listed(ada, query) is None


def test_views_with_absurd_numbers_do_not_exist(ada: User) -> None:
    for key in ("team-" + "9" * 30, "view-" + "9" * 30, "view-x", "team-", "nonsense", ""):
        with pytest.raises(NotFoundError):
            queue.find_view(ada, key)
