"""What the language allows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.errors import DomainError
from tests import make
from tickets import conditions
from tickets.models import CustomField, Tag, Ticket

if TYPE_CHECKING:
    from accounts.models import User


def test_an_empty_tree_means_every_ticket(ada: User, ticket: Ticket) -> None:
    for tree in ({}, None, {"all": []}):
        assert Ticket.objects.filter(conditions.compile(tree)).count() == 1
        assert conditions.matches(tree, ticket)
    assert not conditions.matches({"any": []}, ticket)


WRONG = [
    ("status", "conditions"),
    ([], "conditions"),
    ({"some": []}, "conditions"),
    ({"all": [], "any": []}, "conditions"),
    ({"all": {}}, "conditions.all"),
    ({"all": [{"any": [{"field": "nope", "value": 1}]}]}, "conditions.all.1.any.1"),
    ({"not": {"field": "status", "op": "older_than", "value": {"hours": 1}}}, "conditions.not"),
    ({"field": "status", "value": 5}, "conditions"),
    ({"field": "status", "op": "in", "value": []}, "conditions"),
    ({"field": "status", "op": "in", "value": "open"}, "conditions"),
    ({"field": "status", "op": ["is"], "value": "open"}, "conditions"),
    ({"field": "status", "value": "open", "extra": 1}, "conditions"),
    ({"field": "priority", "value": "huge"}, "conditions"),
    ({"field": "priority", "value": 3}, "conditions"),
    ({"field": "assignee", "value": "you"}, "conditions"),
    ({"field": "assignee", "value": True}, "conditions"),
    ({"field": "team", "value": "me"}, "conditions"),
    ({"field": "team", "value": 2**63}, "conditions"),
    ({"field": "team", "value": "9" * 5000}, "conditions"),
    ({"field": "created_at", "op": "before", "value": "soon"}, "conditions"),
    ({"field": "created_at", "op": "before", "value": "2026-02-31"}, "conditions"),
    ({"field": "created_at", "op": "within", "value": 4}, "conditions"),
    ({"field": "created_at", "op": "within", "value": {"hours": -1}}, "conditions"),
    ({"field": "created_at", "op": "within", "value": {"weeks": 1}}, "conditions"),
    ({"field": "created_at", "op": "within", "value": {"hours": float("nan")}}, "conditions"),
    ({"field": "subject", "op": "contains", "value": ""}, "conditions"),
    ({"field": "subject", "op": "contains", "value": "a\x00b"}, "conditions"),
    ({"field": "subject", "op": "is", "value": "a" * 501}, "conditions"),
    ({"field": "is_spam", "value": "yes"}, "conditions"),
    ({"field": "custom.a b", "value": 1}, "conditions"),
    ({"field": "custom.a", "op": "greater", "value": "5"}, "conditions"),
    ({"field": "custom.a", "op": "before", "value": "tomorrow"}, "conditions"),
    ({"field": "customer.attributes.x'--", "value": 1}, "conditions"),
    ({"field": {}, "value": 1}, "conditions"),
]


@pytest.mark.parametrize(("tree", "place"), WRONG)
def test_a_mistake_is_named_with_its_place(tree: object, place: str) -> None:
    for read in (conditions.validate, conditions.compile):
        with pytest.raises(DomainError) as refusal:
            read(tree)
        assert refusal.value.field == place
        assert place in refusal.value.message


def test_depth_and_size_are_limited() -> None:
    deep: dict[str, Any] = {"field": "is_spam", "value": True}
    for _level in range(6):
        deep = {"not": deep}
    many = {"any": [{"field": "is_spam", "value": True}] * 61}

    for tree in (deep, many):
        with pytest.raises(DomainError):
            conditions.validate(tree)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["field", "me"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "not", "field", "op", "value"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_understood_or_refused(tree: object) -> None:
    with suppress(DomainError):
        conditions.validate(tree)
        conditions.compile(tree)


def test_a_ticket_with_many_tags_is_listed_once(ticket: Ticket) -> None:
    ticket.tags.set([Tag.objects.create(name=name) for name in ("a", "b")])
    tree = {"field": "tags", "op": "in", "value": ["a", "b"]}

    assert Ticket.objects.filter(conditions.compile(tree)).count() == 1


def test_has_changed_is_only_for_rules_that_run_on_a_fact(ticket: Ticket) -> None:
    tree = {"field": "status", "op": "has_changed"}

    with pytest.raises(DomainError):
        conditions.validate(tree)
    conditions.validate(tree, with_changes=True)
    assert conditions.matches(tree, ticket, change={"status": "open"})
    assert not conditions.matches(tree, ticket)
    assert not Ticket.objects.filter(conditions.compile(tree)).exists()


def test_the_builder_knows_every_field_with_words_for_it(ada: User) -> None:
    make.inbox(name="Mail")
    CustomField.objects.create(key="tier", label="Tier", kind="choice", choices=["gold"])

    fields = {field.name: field for field in conditions.fields()}

    assert fields["custom.tier"].label == "Tier"
    assert [choice.value for choice in fields["custom.tier"].choices] == ["gold"]
    assert ("me", "Me") in [(choice.value, choice.label) for choice in fields["assignee"].choices]
    assert "Mail" in [choice.label for choice in fields["inbox"].choices]
    for field in fields.values():
        assert field.label
        assert field.operators
        first = field.choices[0].value if field.choices else None
        if first is not None and field.kind != "answer":
            conditions.validate({"field": field.name, "op": "is", "value": first})
