"""Who signs in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from accounts.models import Role, User
from tests import make
from tests.proof import sign_in_proved

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

PEOPLE = "/settings/people/"


def person(**changes: object) -> dict[str, object]:
    return {
        "name": "Noa Levi", "email": "noa@desk.example", "role": "agent", "language": "en",
        "time_zone": "Asia/Singapore", "capacity": "4", **changes,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["", "new/", "1/"])
def test_others_are_told_who_can_do_it(client: Client, ada: User, eve: User, path: str) -> None:
    client.force_login(ada)

    answer = client.get(PEOPLE + path)

    assert answer.status_code == 403
    assert "eve@desk.example" in answer.content.decode()


def test_a_supervisor_may_not_switch_anybody_off(client: Client, sam: User, ada: User) -> None:
    client.force_login(sam)

    assert client.post(f"{PEOPLE}{ada.pk}/active/", {"active": "false"}).status_code == 403
    ada.refresh_from_db()
    assert ada.is_active


def test_an_administrator_adds_somebody_and_gets_the_link_to_hand_over(client: Client, eve: User) -> None:
    team = make.team("Support")
    sign_in_proved(client, eve)

    page = client.post(f"{PEOPLE}new/", person(teams=[team.pk], limit_api="3")).content.decode()

    noa = User.objects.get(email="noa@desk.example")
    assert (noa.role, noa.capacity, noa.channel_limits) == ("agent", 4, {"api": 3})
    assert noa.team_ids == {team.pk}
    link = re.search(r'value="(https?://[^"]+)"', page)
    assert link is not None
    client.logout()
    path = re.sub(r"https?://[^/]+", "", link[1])
    assert "Choose a new password" in client.get(path, follow=True).content.decode()


def test_the_link_of_somebody_with_a_password_goes_to_them_and_is_not_shown(
    client: Client, eve: User, ada: User
) -> None:
    client.force_login(eve)

    page = client.post(f"{PEOPLE}{ada.pk}/password-link/", follow=True).content.decode()

    assert "A link was mailed to ada@desk.example" in page
    assert "/reset/key/" not in page
    assert mail.outbox[0].to == ["ada@desk.example"]


def test_a_taken_address_is_said_at_its_field(client: Client, eve: User, ada: User) -> None:
    sign_in_proved(client, eve)

    answer = client.post(f"{PEOPLE}new/", person(email="ADA@desk.example"))

    assert answer.status_code == 422
    assert "email" in answer.context["form"].errors
    assert not User.objects.filter(name="Noa Levi").exists()


def test_role_and_teams_are_changed(client: Client, eve: User, ada: User) -> None:
    billing = make.team("Billing")
    sign_in_proved(client, eve)

    answer = client.post(f"{PEOPLE}{ada.pk}/", person(email=ada.email, role="senior", teams=[billing.pk]))

    assert answer.status_code == 302
    ada = User.objects.get(pk=ada.pk)
    assert (ada.role, ada.team_ids) == (Role.SENIOR, {billing.pk})


def test_the_last_administrator_stays_one(client: Client, eve: User) -> None:
    sign_in_proved(client, eve)

    answer = client.post(f"{PEOPLE}{eve.pk}/", person(email=eve.email, role="agent"))

    assert answer.status_code == 422
    assert "last administrator" in answer.content.decode()


def test_switched_off_and_on_again(client: Client, eve: User, ada: User) -> None:
    client.force_login(eve)

    client.post(f"{PEOPLE}{ada.pk}/active/", {"active": "false"})
    ada.refresh_from_db()
    assert not ada.is_active
    assert "Ada" in client.get(f"{PEOPLE}?state=off").content.decode()

    client.post(f"{PEOPLE}{ada.pk}/active/", {"active": "true"})
    ada.refresh_from_db()
    assert ada.is_active


def test_the_list_is_searched_and_filtered(client: Client, eve: User, ada: User, ben: User) -> None:
    sign_in_proved(client, eve)

    found = client.get(f"{PEOPLE}?q=ben").content.decode()
    assert ("ben@desk.example" in found, "ada@desk.example" in found) == (True, False)
    assert "ada@desk.example" not in client.get(f"{PEOPLE}?role=administrator").content.decode()
    assert "Nothing matches" in client.get(f"{PEOPLE}?q=nobody").content.decode()


def test_the_list_goes_on_after_the_last_shown(client: Client, eve: User) -> None:
    for number in range(55):
        make.agent(f"agent{number:02}")
    client.force_login(eve)

    first = client.get(PEOPLE)
    second = client.get(PEOPLE + first.context["page"].more)

    names = [each.name for each in [*first.context["page"].rows, *second.context["page"].rows]]
    assert len(names) == len(set(names)) == 56
    assert names == sorted(names)
    assert second.context["page"].more == ""
    assert client.get(f"{PEOPLE}?after=made-up").status_code == 400


def test_the_list_costs_the_same_with_more_people(
    client: Client, eve: User, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for number in range(20):
        make.agent(f"agent{number}", make.team("Support"), online=True)
    client.force_login(eve)

    with django_assert_max_num_queries(6):
        client.get(PEOPLE)


def test_nobody_is_not_found(client: Client, eve: User) -> None:
    client.force_login(eve)

    assert client.get(f"{PEOPLE}999999/").status_code == 404
    assert client.get(f"{PEOPLE}{eve.pk}/active/").status_code == 405
