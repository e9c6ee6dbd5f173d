"""Routing rules in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from automation.models import RoutingRule
from tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket

RULES = "/settings/routing/"
URGENT = {"c-a-group": "", "c-a-field": "priority", "c-a-op": "is", "c-a-value": "urgent", "g--how": "all"}


def rule(name: str, priority: str = "", *, position: int = 0, is_active: bool = True) -> RoutingRule:
    conditions = {"all": [{"field": "priority", "op": "is", "value": priority}]} if priority else {}
    return RoutingRule.objects.create(
        name=name, conditions=conditions, team=make.team("Support"), position=position, is_active=is_active
    )


def names() -> list[str]:
    return list(RoutingRule.objects.values_list("name", flat=True))


@pytest.mark.parametrize("path", ["", "new/"])
def test_others_are_told_who_can_do_it(client: Client, sam: User, eve: User, path: str) -> None:
    client.force_login(sam)

    assert client.get(RULES + path).status_code == 403
    assert client.post(f"{RULES}new/", {"name": "Mine"}).status_code == 403
    assert not RoutingRule.objects.exists()


def test_a_rule_is_built_changed_and_deleted(client: Client, eve: User) -> None:
    team = make.team("Support")
    client.force_login(eve)

    client.post(f"{RULES}new/", {"name": "Urgent", "team": team.pk, "is_active": "on", **URGENT})
    made = RoutingRule.objects.get()
    assert made.conditions == {"all": [{"field": "priority", "op": "is", "value": "urgent"}]}
    assert "Priority is Urgent" in client.get(RULES).content.decode()
    assert "Urgent" in client.get(f"{RULES}{made.pk}/").content.decode()

    client.post(f"{RULES}{made.pk}/", {"name": "All", "team": team.pk})
    made.refresh_from_db()
    assert (made.name, made.conditions, made.is_active) == ("All", {}, False)

    client.post(f"{RULES}{made.pk}/delete/")
    assert not RoutingRule.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Give the rule a name"),
        ({"team": ""}, "Choose the team"),
        ({"c-a-value": "soon"}, "Choose low, normal, high or urgent"),
    ],
)
def test_what_is_wrong_is_said(client: Client, eve: User, wrong: dict[str, str], words: str) -> None:
    client.force_login(eve)
    values = {"name": "Urgent", "team": make.team("Support").pk, **URGENT, **wrong}

    answer = client.post(f"{RULES}new/", values)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RoutingRule.objects.exists()


def test_a_condition_is_added_without_scripts(client: Client, eve: User) -> None:
    client.force_login(eve)

    answer = client.post(f"{RULES}new/", {"name": "Kept", **URGENT, "add": "row-"})

    assert answer.status_code == 200
    assert len(answer.context["groups"][0].rows) == 2
    assert 'value="Kept"' in answer.content.decode()
    assert not RoutingRule.objects.exists()


def test_conditions_nested_deeper_stay_as_they_are(client: Client, eve: User) -> None:
    leaf = {"field": "priority", "op": "is", "value": "low"}
    deep = {"all": [{"any": [{"all": [leaf, leaf]}, leaf]}]}
    kept = RoutingRule.objects.create(name="Deep", conditions=deep, team=make.team("Support"))
    client.force_login(eve)

    page = client.get(f"{RULES}{kept.pk}/")
    client.post(f"{RULES}{kept.pk}/", {"name": "Deeper", "team": kept.team_id, "kept": page.context["kept"]})

    kept.refresh_from_db()
    assert (kept.name, kept.conditions) == ("Deeper", deep)


def test_rules_are_moved_and_switched_off(client: Client, eve: User) -> None:
    first, second = rule("One", position=1), rule("Two", position=2)
    client.force_login(eve)

    client.post(f"{RULES}{second.pk}/move/", {"to": "up"})
    assert names() == ["Two", "One"]
    client.post(f"{RULES}{second.pk}/move/", {"to": "up"})
    assert names() == ["Two", "One"]
    client.post(f"{RULES}{second.pk}/move/", {"to": "down"})
    assert names() == ["One", "Two"]

    client.post(f"{RULES}{first.pk}/active/", {"active": "false"})
    first.refresh_from_db()
    assert not first.is_active


def test_a_ticket_is_tried(client: Client, eve: User, ticket: Ticket) -> None:
    rule("Off", position=1, is_active=False)
    rule("Urgent", "urgent", position=2)
    rule("Everything else", position=3)
    client.force_login(eve)

    page = client.get(f"{RULES}?ticket=%23{ticket.pk}")

    assert [(line.fits, line.is_first) for line in page.context["lines"]] == [
        (True, False), (False, False), (True, True),
    ]  # fmt: skip
    assert "would go to Support, by “Everything else”" in page.content.decode()
    for unknown in ("999", "x"):
        assert "There is no such ticket" in client.get(f"{RULES}?ticket={unknown}").content.decode()


def test_wrong_numbers_and_methods(client: Client, eve: User) -> None:
    client.force_login(eve)

    for path in ("999/", "999/move/", "999/active/", "999/delete/"):
        assert client.post(RULES + path).status_code == 404
    assert client.get(f"{RULES}999/delete/").status_code == 405


def test_the_list_costs_the_same_with_more(
    client: Client, eve: User, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for number in range(15):
        rule(f"Rule {number}", "urgent", position=number)
    client.force_login(eve)

    with django_assert_max_num_queries(12):
        client.get(RULES)


def test_me_is_offered_in_views_and_not_in_rules(client: Client, eve: User) -> None:
    asked = {"c-a-group": "", "c-a-field": "assignee", "c-a-op": "is", "c-a-value": "me", "g--how": "all"}
    client.force_login(eve)

    in_rule = client.post(f"{RULES}new/", {"name": "Mine", "team": make.team("Support").pk, **asked})
    in_view = client.post("/views/new/", {"name": "", **asked})

    assert "Choose a person" in in_rule.content.decode()
    assert '<option value="me"' not in in_rule.content.decode()
    assert '<option value="me" selected' in in_view.content.decode()
    assert not RoutingRule.objects.exists()
