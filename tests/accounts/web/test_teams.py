"""Teams and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Team, User
from tests import make

if TYPE_CHECKING:
    from django.test import Client

TEAMS = "/settings/teams/"


def test_others_are_told_who_can_do_it(client: Client, sam: User, eve: User) -> None:
    client.force_login(sam)

    assert client.get(TEAMS).status_code == 403
    assert client.post(f"{TEAMS}new/", {"name": "Mine", "routing": "push"}).status_code == 403
    assert not Team.objects.filter(name="Mine").exists()


def test_a_team_is_made_with_its_members(client: Client, eve: User, ada: User, ben: User) -> None:
    client.force_login(eve)

    answer = client.post(f"{TEAMS}new/", {"name": "Lending", "routing": "pull", "members": [ada.pk, ben.pk]})

    team = Team.objects.get(name="Lending")
    assert answer.status_code == 302
    assert (team.routing, set(team.members.all())) == ("pull", {ada, ben})
    assert "2 people" in client.get(TEAMS).content.decode()


def test_a_second_team_of_a_name_is_refused_at_the_field(client: Client, eve: User) -> None:
    make.team("Support")
    client.force_login(eve)

    answer = client.post(f"{TEAMS}new/", {"name": "support", "routing": "push"})

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors


def test_members_who_were_switched_off_stay(client: Client, eve: User, ada: User, ben: User) -> None:
    team = make.team("Support")
    ada.is_active = False
    ada.save(update_fields=["is_active"])
    client.force_login(eve)

    client.post(f"{TEAMS}{team.pk}/", {"name": "Support", "routing": "push", "members": [ben.pk]})

    team.refresh_from_db()
    assert set(team.members.all()) == {ada, ben}
    assert not team.is_active  # the box was not ticked


def test_no_team_is_not_found(client: Client, eve: User) -> None:
    client.force_login(eve)

    assert client.get(f"{TEAMS}999999/").status_code == 404
    assert client.delete(TEAMS).status_code == 405
