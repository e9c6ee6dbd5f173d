"""Queries whose SQL is written once find what the queryset itself would find."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, Team, User
from helpdesk.compiled import compiled
from tests import make
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@compiled(is_planned_once=True)
def by_key(agent: User, pk: int) -> QuerySet[Ticket]:
    return Ticket.objects.visible_to(agent).select_related("customer", "team").filter(pk=pk)


@compiled()
def among(keys: list[int]) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk__in=keys).order_by("pk").prefetch_related("tags")


@compiled()
def subjects(since: datetime, *, subject: str) -> QuerySet[Ticket, tuple[str, datetime]]:
    wanted = Ticket.objects.filter(created_at__gte=since, subject=subject).order_by("pk")
    return wanted.values_list("subject", "created_at")


def test_finds_whoever_may_see_it_each_time_anew() -> None:
    team, other = make.team(), make.team("Cards")
    agent, stranger = make.agent("mia", team), make.agent("sam", other)
    ticket = make.ticket(team=team)
    for _round in range(8):  # beyond the fifth PostgreSQL keeps one plan for all
        found = by_key.first(agent, ticket.pk)
        assert found is not None
        assert (found.pk, found.team, found.customer) == (ticket.pk, team, ticket.customer)
        assert by_key.first(stranger, ticket.pk) is None
        assert by_key.first(agent, ticket.pk + 1) is None
    agent.team_ids = frozenset()
    assert by_key.first(agent, ticket.pk) is None


def test_related_rows_come_with_it() -> None:
    ticket = make.ticket(team=make.team())
    boss = make.agent("boss", role=Role.ADMINISTRATOR)
    name = ticket.customer.name
    with CaptureQueriesContext(connection) as captured:
        found = by_key.first(boss, ticket.pk)
        assert found is not None
        assert found.customer.name == name
        assert found.team is not None
    assert len(captured) == 1


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_list_may_have_any_length(number: int) -> None:
    tickets = [make.ticket() for _each in range(number)]
    make.ticket()
    assert among([each.pk for each in tickets]) == tickets
    assert among([each.pk for each in reversed(tickets)]) == tickets


def test_moments_and_words() -> None:
    ticket = make.ticket(subject="Card lost")
    now = timezone.now()
    assert subjects(now - timedelta(hours=1), subject="Card lost") == [("Card lost", ticket.created_at)]
    assert subjects(now + timedelta(hours=1), subject="Card lost") == []
    assert subjects(now - timedelta(hours=1), subject="Card found") == []


def test_a_moment_that_is_no_argument_is_refused() -> None:
    """It would stay the moment at which the statement was written."""

    @compiled()
    def recent() -> QuerySet[Ticket]:
        return Ticket.objects.filter(created_at__gt=timezone.now())

    if connection.vendor == "postgresql":  # elsewhere a moment is text by then
        with pytest.raises(ImproperlyConfigured, match="moment"):
            recent()


def test_a_number_that_is_no_parameter_is_refused() -> None:
    @compiled()
    def newest(number: int) -> QuerySet[Ticket]:
        return Ticket.objects.order_by("-pk")[:number]

    @compiled()
    def nothing_of(number: int) -> QuerySet[Ticket]:
        return Ticket.objects.filter(pk=F("pk"))

    for wrong in (newest, nothing_of):
        with pytest.raises(ImproperlyConfigured, match="parameter"):
            wrong(3)


def test_what_slices_is_given_by_name() -> None:
    @compiled()
    def newest(*, number: int) -> QuerySet[Ticket]:
        return Ticket.objects.order_by("-pk")[:number]

    tickets = [make.ticket() for _each in range(3)]
    assert newest(number=1) == tickets[2:]
    assert newest(number=2) == [tickets[2], tickets[1]]
    with pytest.raises(TypeError, match="by name"):
        subjects(timezone.now(), "Card lost")  # type: ignore[misc]


def test_an_administrators_teams_are_never_taken_for_none() -> None:
    @compiled()
    def teams_of(agent: User) -> QuerySet[Team]:
        return Team.objects.filter(pk__in=agent.team_ids)

    with pytest.raises(ImproperlyConfigured, match="teams"):
        teams_of(make.agent("boss", role=Role.ADMINISTRATOR))


def test_what_is_no_part_of_the_sight_cannot_decide_what_is_seen() -> None:
    @compiled()
    def in_my_language(agent: User) -> QuerySet[Ticket]:
        return Ticket.objects.filter(language=agent.language)

    with pytest.raises(User.DoesNotExist):
        in_my_language(make.agent("ada"))
