"""Saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import Role
from helpdesk.errors import DomainError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.views import delete_view, save_view
from tickets.actor import AUTOMATION
from tickets.models import SavedView

if TYPE_CHECKING:
    from accounts.models import User

TREE = {"field": "status", "value": "open"}


def test_an_agent_saves_changes_and_deletes_a_view(ada: User) -> None:
    view = save_view(actor=make.actor(ada), name=" Open  now ", conditions=TREE, order="newest")
    assert (view.name, view.owner, view.order, view.is_shared) == ("Open now", ada, "newest", False)

    save_view(view.pk, actor=make.actor(ada), name="Later", conditions={}, order="due")
    view.refresh_from_db()
    assert (view.name, view.conditions) == ("Later", {})

    delete_view(view.pk, actor=make.actor(ada))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"order": "random"}, "order"),
        ({"conditions": {"all": [{"field": "nothing", "value": 1}]}}, "conditions.all.1"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(ada: User, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        save_view(actor=make.actor(ada), **{"name": "Mine", "conditions": TREE, **wrong})  # type: ignore[arg-type]

    assert refusal.value.field == field


def test_views_of_others_are_not_there_and_shared_ones_stay_theirs(ada: User, ben: User, sam: User) -> None:
    private = save_view(actor=make.actor(ada), name="Mine", conditions=TREE)
    shared = save_view(
        actor=make.actor(sam), name="Ours", conditions=TREE, is_shared=True, team=make.team("Support")
    )

    with pytest.raises(NotFoundError):
        save_view(private.pk, actor=make.actor(ben), name="Stolen", conditions=TREE)
    with pytest.raises(NotFoundError):
        delete_view(shared.pk, actor=make.actor(ben))
    with pytest.raises(NotAllowedError):
        delete_view(shared.pk, actor=make.actor(ada))
    assert list(SavedView.objects.visible_to(ada).values_list("name", flat=True)) == ["Mine", "Ours"]


@pytest.mark.parametrize(
    ("role", "with_team", "may"),
    [
        (Role.AGENT, True, False),
        (Role.LIGHT, True, False),
        (Role.SENIOR, True, True),
        (Role.SUPERVISOR, True, True),
        (Role.SUPERVISOR, False, False),
        (Role.ADMINISTRATOR, False, True),
    ],
)
def test_sharing_needs_a_role(db: None, role: str, *, with_team: bool, may: bool) -> None:
    team = make.team("Support")
    user = make.agent("una", team, role=role)

    def share() -> SavedView:
        return save_view(
            actor=make.actor(user),
            name="Ours",
            conditions=TREE,
            is_shared=True,
            team=team if with_team else None,
        )

    if may:
        assert share().team == (team if with_team else None)
    else:
        with pytest.raises(NotAllowedError):
            share()


def test_nobody_shares_with_a_team_they_are_not_in(sam: User) -> None:
    with pytest.raises(NotAllowedError):
        save_view(
            actor=make.actor(sam), name="Yours", conditions=TREE, is_shared=True, team=make.team("Billing")
        )


def test_machines_have_no_views(db: None) -> None:
    with pytest.raises(NotAllowedError):
        save_view(actor=AUTOMATION, name="Mine", conditions=TREE)
