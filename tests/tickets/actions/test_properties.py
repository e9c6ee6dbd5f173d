from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from helpdesk.errors import ConflictError, DomainError
from tests import make
from tickets.actions import properties
from tickets.actions.reply import reply
from tickets.actions.snooze import snooze, wake
from tickets.actions.status import change_status
from tickets.models import CustomField, Ticket
from tickets.models.ticket import NEVER

pytestmark = pytest.mark.django_db


def _field(kind: str, **fields: object) -> CustomField:
    return CustomField.objects.create(key=kind, label=kind.title(), kind=kind, **fields)


def test_the_fact_says_what_it_was(ticket: Ticket, ada: User) -> None:
    properties.change_priority(ticket.pk, to=4, actor=make.actor(ada))

    assert ticket.events.get(kind="ticket.priority_changed").data == {"before": 2, "after": 4}


def test_what_is_not_on_the_list_is_refused(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    with pytest.raises(DomainError) as refused:
        properties.change_priority(ticket.pk, to=5, actor=actor)
    assert refused.value.field == "priority"
    with pytest.raises(DomainError):
        properties.change_type(ticket.pk, to="wish", actor=actor)
    with pytest.raises(DomainError):
        change_status(ticket.pk, to="waiting", actor=actor)


@pytest.mark.parametrize("subject", ["", "  \n ", "x" * 251])
def test_a_subject_is_neither_empty_nor_endless(subject: str, ticket: Ticket, ada: User) -> None:
    with pytest.raises(DomainError) as refused:
        properties.change_subject(ticket.pk, to=subject, actor=make.actor(ada))
    assert refused.value.field == "subject"


def test_a_customer_who_was_merged_away_is_refused(ticket: Ticket, ada: User) -> None:
    gone = Customer.objects.create(name="Lee", merged_into=ticket.customer)

    with pytest.raises(ConflictError):
        properties.change_customer(ticket.pk, customer=gone, actor=make.actor(ada))


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  Hue ", "Hue"),
        ("number", "1 200", 1200),
        ("number", "3.50", 3.5),
        ("number", 7, 7),
        ("date", "2026-03-31", "2026-03-31"),
        ("choice", "Gold", "Gold"),
        ("checkbox", "on", True),
        ("checkbox", False, False),
    ],
)
def test_answers_are_kept_by_kind(kind: str, given: object, kept: object, ticket: Ticket, ada: User) -> None:
    _field(kind, choices=["Gold", "Silver"])

    assert properties.set_custom(ticket.pk, values={kind: given}, actor=make.actor(ada)).custom == {
        kind: kept
    }


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", "x" * 2001),
        ("text", ["a"]),
        ("number", "twelve"),
        ("number", "NaN"),
        ("number", "1e99"),
        ("number", True),
        ("date", "31.3.2026"),
        ("choice", "Lead"),
        ("choice", ["Gold"]),
        ("checkbox", "perhaps"),
    ],
)
def test_what_does_not_fit_names_its_field(kind: str, given: object, ticket: Ticket, ada: User) -> None:
    _field(kind, choices=["Gold", "Silver"])

    with pytest.raises(DomainError) as refused:
        properties.set_custom(ticket.pk, values={kind: given}, actor=make.actor(ada))

    assert refused.value.field == kind
    ticket.refresh_from_db()
    assert ticket.custom == {}


def test_others_keep_their_answers_and_nothing_clears_one(ticket: Ticket, ada: User) -> None:
    _field("text")
    _field("number")
    actor = make.actor(ada)
    properties.set_custom(ticket.pk, values={"text": "Hue", "number": 3}, actor=actor)

    assert properties.set_custom(ticket.pk, values={"number": ""}, actor=actor).custom == {"text": "Hue"}
    assert ticket.events.last().data == {"changes": {"number": [3, None]}, "labels": {"number": "Number"}}


def test_unknown_fields_and_those_of_other_types_are_refused(ticket: Ticket, ada: User) -> None:
    _field("text", types=["complaint"])
    for values in ({"nothing": "x"}, {"text": "x"}):
        with pytest.raises(DomainError):
            properties.set_custom(ticket.pk, values=values, actor=make.actor(ada))


def test_the_list_sorts_by_what_is_due_first(ticket: Ticket, ada: User) -> None:
    actor, now = make.actor(ada), timezone.now()
    assert ticket.next_due_at == NEVER
    Ticket.objects.filter(pk=ticket.pk).update(first_reply_due_at=now + timedelta(hours=1))

    due = now + timedelta(hours=3)
    assert properties.set_due(ticket.pk, due_at=due, actor=actor).next_due_at == now + timedelta(hours=1)
    reply(ticket.pk, actor=actor, body="Hello")
    ticket.refresh_from_db()
    assert ticket.next_due_at == due
    tomorrow = now + timedelta(days=1)
    assert snooze(ticket.pk, until=tomorrow, actor=actor).next_due_at == tomorrow
    assert wake(ticket.pk, actor=actor).next_due_at == due
    assert change_status(ticket.pk, to="solved", actor=actor).next_due_at == NEVER


def test_a_promise_is_for_the_future_and_can_be_taken_back(ticket: Ticket, ada: User) -> None:
    actor, now = make.actor(ada), timezone.now()
    with pytest.raises(DomainError, match="future"):
        properties.set_due(ticket.pk, due_at=now - timedelta(minutes=1), actor=actor)
    properties.set_due(ticket.pk, due_at=now + timedelta(hours=1), actor=actor)

    assert properties.set_due(ticket.pk, due_at=None, actor=actor).next_due_at == NEVER
