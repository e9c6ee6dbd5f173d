"""Powerful deeds ask again who one is, and then go on with what was filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts.models import ApiKey, User
from tests.accounts.web.test_people import PEOPLE, person
from tests.api import Caller, refused
from tests.proof import sign_in_proved

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]
PASSWORD = "correct horse"
NEW_KEY = "/settings/keys/new/"
KEY = {"name": "Sync", "scopes": ["tickets:read"]}
AGAIN = "/account/reauthenticate/"


def answer(client: Client, asked: object, password: str = PASSWORD) -> object:
    """Give the password on the page that asks, as its form does."""
    page = client.get(asked["Location"])  # type: ignore[index]
    assert "Is it you?" in page.content.decode()
    path = page.context["redirect_field_value"]
    return client.post(AGAIN, {"password": password, "next": path})


def test_a_key_is_made_from_what_was_filled_in_once_the_password_is_given(client: Client, ada: User) -> None:
    client.force_login(ada)

    asked = client.post(NEW_KEY, KEY)

    assert asked["Location"].startswith(AGAIN)
    assert not ApiKey.objects.exists()
    assert "do not match" not in answer(client, asked, "wrong").content.decode()
    assert not ApiKey.objects.exists()
    page = answer(client, asked).content.decode()
    assert 'value="hd_' in page
    assert (ApiKey.objects.get().name, ApiKey.objects.get().user) == ("Sync", ada)


def test_the_password_holds_for_some_minutes_and_no_longer(client: Client, ada: User) -> None:
    sign_in_proved(client, ada, seconds_ago=4 * 60)
    assert 'value="hd_' in client.post(NEW_KEY, KEY).content.decode()

    sign_in_proved(client, ada, seconds_ago=6 * 60)
    assert client.post(NEW_KEY, KEY)["Location"].startswith(AGAIN)


def test_what_is_wrong_with_a_form_is_said_before_anything_is_asked(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.post(NEW_KEY, {"name": "Sync"}).status_code == 422


def test_what_is_refused_afterwards_can_be_mended_where_it_belongs(
    client: Client, eve: User, ada: User
) -> None:
    client.force_login(eve)
    asked = client.post(f"{PEOPLE}{eve.pk}/", person(email=ada.email, role="administrator"))

    page = answer(client, asked)

    assert page.status_code == 422
    assert "Somebody has this email address already." in page.content.decode()
    assert f'action="{PEOPLE}{eve.pk}/"' in page.content.decode()
    assert 'value="Noa Levi"' in page.content.decode()


@pytest.mark.parametrize("change", [{"role": "administrator"}, {"email": "thief@elsewhere.example"}])
def test_roles_and_addresses_are_changed_by_who_proves_it(
    client: Client, eve: User, ada: User, change: dict[str, str]
) -> None:
    client.force_login(eve)
    form = person(**{"email": ada.email, "role": "agent", **change})

    asked = client.post(f"{PEOPLE}{ada.pk}/", form)

    assert asked["Location"].startswith(AGAIN)
    ada.refresh_from_db()
    assert (ada.role, ada.email) == ("agent", "ada@desk.example")
    assert answer(client, asked)["Location"] == PEOPLE
    ada.refresh_from_db()
    for name, value in change.items():
        assert getattr(ada, name) == value


def test_what_opens_no_doors_is_not_asked(client: Client, eve: User, ada: User) -> None:
    client.force_login(eve)

    done = client.post(f"{PEOPLE}{ada.pk}/", person(email=ada.email, capacity="9"))

    assert done["Location"] == PEOPLE
    ada.refresh_from_db()
    assert ada.capacity == 9


def test_a_new_person_and_the_link_that_lets_them_in_are_asked(client: Client, eve: User) -> None:
    client.force_login(eve)

    asked = client.post(f"{PEOPLE}new/", person())

    assert not User.objects.filter(email="noa@desk.example").exists()
    assert "http" in answer(client, asked).content.decode()
    noa = User.objects.get(email="noa@desk.example")
    client.logout()
    client.force_login(eve)
    assert client.post(f"{PEOPLE}{noa.pk}/password-link/")["Location"].startswith(AGAIN)


def test_htmx_is_led_to_the_page_that_asks_and_loses_nothing(client: Client, ada: User) -> None:
    client.force_login(ada)

    asked = client.post(NEW_KEY, KEY, headers={"HX-Request": "true"})

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["HX-Redirect"].startswith(AGAIN)
    page = answer(client, {"Location": asked.headers["HX-Redirect"]}).content.decode()
    assert "<!doctype html>" in page.lower()
    assert 'value="hd_' in page


@pytest.mark.parametrize("path", ["totp/deactivate/", "recovery-codes/generate/"])
def test_the_second_step_is_changed_by_who_proves_it(client: Client, ada: User, path: str) -> None:
    TOTP.activate(ada, generate_totp_secret())
    RecoveryCodes.activate(ada)
    client.force_login(ada)

    asked = client.post(f"/account/2fa/{path}")

    assert asked["Location"].startswith(AGAIN)
    assert Authenticator.objects.count() == 2


def test_through_the_api_a_session_is_asked_as_well(eve: User, ada: User) -> None:
    session = Caller.signed_in(eve, is_proved=False)

    refused(session.post("keys/", KEY), 403, "reauthenticate")
    refused(session.patch(f"agents/{ada.pk}/", {"role": "administrator"}), 403, "reauthenticate")
    refused(session.patch(f"agents/{ada.pk}/", {"role": "senior"}), 403, "reauthenticate")
    refused(session.patch(f"agents/{ada.pk}/", {"email": "x@desk.example"}), 403, "reauthenticate")
    refused(session.post("agents/", {"name": "Noa", "email": "n@desk.example"}), 403, "reauthenticate")
    assert session.patch(f"agents/{ada.pk}/", {"capacity": "9"}).status_code == 200
    assert Caller.signed_in(eve).post("keys/", KEY).status_code == 201
    assert Caller(eve).patch(f"agents/{ada.pk}/", {"role": "senior"}).status_code == 200
