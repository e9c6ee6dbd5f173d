"""Doors that must stay shut, and sessions that must end."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client

from accounts.actions.people import set_active
from accounts.actions.sessions import sign_out_everywhere
from accounts.models import User
from helpdesk.errors import NotAllowedError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]
PASSWORD = "correct horse"
INSIDE = "/account/sessions/"


def sign_in(client: Client, password: str = PASSWORD, login: str = "ada@desk.example") -> object:
    return client.post("/account/login/", {"login": login, "password": password})


def is_in(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def test_the_case_of_the_address_does_not_matter(client: Client, ada: User) -> None:
    sign_in(client, login="ADA@Desk.Example")

    assert is_in(client)


def test_who_is_switched_off_cannot_sign_in(client: Client, ada: User, eve: User) -> None:
    set_active(ada, active=False, actor=eve)

    assert sign_in(client)["Location"] == "/account/inactive/"
    assert not is_in(client)


def test_nobody_signs_up(client: Client, db: None) -> None:
    new = {"email": "x@desk.example", "password1": "a long enough word", "password2": "a long enough word"}
    client.post("/account/signup/", new)

    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/account/email/", "/account/confirm-email/", "/account/confirm-email/x/"])
def test_the_address_by_which_one_signs_in_is_for_administrators_to_change(
    client: Client, ada: User, path: str
) -> None:
    sign_in(client)

    assert client.get(path).status_code == 404
    answer = client.post(path, {"action_add": "", "email": "ada@elsewhere.example"})

    assert answer.status_code == 404
    assert list(ada.emailaddress_set.values_list("email", flat=True)) in ([], ["ada@desk.example"])


def test_guessing_is_slowed_down(client: Client, ada: User) -> None:
    for _ in range(5):
        sign_in(client, "wrong")

    page = sign_in(client)  # even with the right password

    assert not is_in(client)
    assert "Too many failed login attempts" in page.content.decode()


def test_asking_for_reset_mails_is_slowed_down(client: Client, ada: User) -> None:
    answers = [client.post("/account/password/reset/", {"email": "ada@desk.example"}) for _ in range(8)]

    assert answers[0].status_code == 302
    assert answers[-1].status_code == 429
    assert len(mail.outbox) <= 5


def test_a_reset_for_a_stranger_looks_the_same(client: Client, ada: User) -> None:
    known = client.post("/account/password/reset/", {"email": "ada@desk.example"})
    unknown = client.post("/account/password/reset/", {"email": "nobody@desk.example"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_reset_link_works_once_and_ends_other_sessions(client: Client, ada: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    client.post("/account/password/reset/", {"email": "ada@desk.example"})
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[0].body)[0]

    page = client.get(link, follow=True)
    new = {"password1": "another long one", "password2": "another long one"}
    client.post(page.request["PATH_INFO"], new)

    assert not is_in(elsewhere)
    assert "password1" not in Client().get(link, follow=True).content.decode()
    sign_in(elsewhere, "another long one")
    assert is_in(elsewhere)


def test_a_new_password_keeps_this_session_and_ends_the_others(client: Client, ada: User) -> None:
    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)

    client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"},
    )

    assert is_in(client)
    assert not is_in(elsewhere)


def test_a_password_everybody_knows_is_refused(client: Client, ada: User) -> None:
    sign_in(client)
    weak = {"oldpassword": PASSWORD, "password1": "password123", "password2": "password123"}

    client.post("/account/password/change/", weak)

    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_a_recovery_code_opens_the_second_door_once(client: Client, ada: User) -> None:
    TOTP.activate(ada, generate_totp_secret())
    code = RecoveryCodes.activate(ada).get_unused_codes()[0]

    for expected in (True, False):
        browser = Client()
        answer = sign_in(browser)
        assert answer["Location"].startswith("/account/2fa/authenticate/")
        assert not is_in(browser)
        browser.post("/account/2fa/authenticate/", {"code": code})
        assert is_in(browser) is expected


def test_the_second_door_is_not_guessed(client: Client, ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    sign_in(client)
    for number in range(12):
        client.post("/account/2fa/authenticate/", {"code": f"{number:06}"})

    assert not is_in(client)
    assert Authenticator.objects.filter(user=ada).exists()


def test_all_other_sessions_can_be_ended(client: Client, ada: User) -> None:
    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)

    client.post(INSIDE)

    assert is_in(client)
    assert not is_in(elsewhere)


def test_signing_out_everywhere_ends_even_what_was_not_listed(client: Client, ada: User, eve: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(ada)
    sign_in(client)
    with pytest.raises(NotAllowedError):
        sign_out_everywhere(eve, actor=ada)

    sign_out_everywhere(ada, actor=eve)

    assert not is_in(client)
    assert not is_in(elsewhere)


def test_signing_out_empties_the_browsers_storage(client: Client, ada: User) -> None:
    client.force_login(ada, backend="accounts.backends.Backend")
    there = client.get("/account/logout/")
    away = client.post("/account/logout/")

    assert "Clear-Site-Data" not in there.headers
    assert away.headers["Clear-Site-Data"] == '"storage"'
