from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.customfields import delete_field, save_field
from tickets.models import CustomField, Ticket

pytestmark = pytest.mark.django_db

FIELD: dict[str, Any] = {
    "key": "tier",
    "label": "Tier",
    "kind": "choice",
    "choices": ["Gold", " Gold ", "Silver"],
}


def test_an_administrator_makes_and_changes_fields(eve: User) -> None:
    actor = make.actor(eve)
    made = save_field(actor=actor, **FIELD)
    assert made.choices == ["Gold", "Silver"]

    save_field(made.pk, actor=actor, **{**FIELD, "label": "Level", "types": ["complaint"]})
    save_field(made.pk, actor=actor, **{**FIELD, "kind": "text"})

    field = CustomField.objects.get()
    assert (field.label, field.kind, field.choices, field.types) == ("Tier", "text", [], [])


def test_what_tickets_have_answered_keeps_its_meaning(eve: User, ticket: Ticket) -> None:
    actor = make.actor(eve)
    made = save_field(actor=actor, **FIELD)
    Ticket.objects.update(custom={"tier": "Gold"})

    for change, named in (({"kind": "text"}, "kind"), ({"key": "level"}, "key")):
        with pytest.raises(ConflictError) as refused:
            save_field(made.pk, actor=actor, **{**FIELD, **change})
        assert refused.value.field == named
    with pytest.raises(ConflictError):
        delete_field(made.pk, actor=actor)
    assert not save_field(made.pk, actor=actor, is_active=False, **FIELD).is_active


def test_an_unused_field_is_deleted_once(eve: User) -> None:
    made = save_field(actor=make.actor(eve), **FIELD)

    delete_field(made.pk, actor=make.actor(eve))

    with pytest.raises(NotFoundError):
        delete_field(made.pk, actor=make.actor(eve))
    with pytest.raises(NotFoundError):
        save_field(made.pk, actor=make.actor(eve), **FIELD)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "with space"}, "key"),
        ({"key": "taken"}, "key"),
        ({"label": " "}, "label"),
        ({"kind": "colour"}, "kind"),
        ({"choices": [" "]}, "choices"),
        ({"types": ["wish"]}, "types"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], field: str, eve: User) -> None:
    CustomField.objects.create(key="taken", label="Taken", kind="text")

    with pytest.raises(DomainError) as refused:
        save_field(actor=make.actor(eve), **{**FIELD, **wrong})

    assert refused.value.field == field


def test_supervisors_may_not(sam: User) -> None:
    with pytest.raises(NotAllowedError):
        save_field(actor=make.actor(sam), **FIELD)
    with pytest.raises(NotAllowedError):
        delete_field(1, actor=make.actor(sam))
