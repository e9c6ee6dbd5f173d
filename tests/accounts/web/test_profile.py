"""One's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.web.profile import _initial

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

PROFILE = "/settings/profile/"


def filled(user: User, **changes: object) -> dict[str, object]:
    return {**_initial(user), **changes}


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get(PROFILE)["Location"] == f"/account/login/?next={PROFILE}"


def test_an_agent_changes_the_profile(client: Client, ada: User) -> None:
    client.force_login(ada)

    answer = client.post(PROFILE, filled(ada, name="Ada L.", language="vi", theme="dark", signature="Ada"))

    ada.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, PROFILE)
    assert (ada.name, ada.language, ada.theme, ada.signature) == ("Ada L.", "vi", "dark", "Ada")


def test_a_wrong_zone_is_marked_and_nothing_is_saved(client: Client, ada: User) -> None:
    client.force_login(ada)

    answer = client.post(PROFILE, filled(ada, name="Else", time_zone="Mars/Olympus"))

    assert answer.status_code == 422
    assert b'role="alert"' in answer.content
    assert b'aria-invalid="true"' in answer.content
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_nothing_posted_saves_nothing(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.post(PROFILE).status_code == 422


@pytest.mark.parametrize("method", ["put", "delete"])
def test_other_methods_are_refused(client: Client, ada: User, method: str) -> None:
    client.force_login(ada)

    assert getattr(client, method)(PROFILE).status_code == 405


def test_the_overview_shows_an_agent_only_their_own(client: Client, ada: User, eve: User) -> None:
    client.force_login(ada)
    assert b"/settings/people/" not in client.get("/settings/").content

    client.force_login(eve)
    assert b"/settings/people/" in client.get("/settings/").content


@pytest.mark.parametrize(
    "name", ["accounts:profile", "desk:notifications", "mfa_index", "accounts:keys", "desk:views"]
)
def test_the_settings_lead_to_each_page_of_one_s_own(client: Client, ada: User, name: str) -> None:
    """On a phone there is no other way to them."""
    client.force_login(ada)

    page = client.get("/settings/").content.decode()

    assert f'href="{reverse(name)}"' in page.split("<main", 1)[1]
