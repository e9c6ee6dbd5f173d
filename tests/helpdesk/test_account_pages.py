"""Signing in, recovering and protecting an account: our own pages, which work without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail

from accounts.models import User

if TYPE_CHECKING:
    from django.test import Client, RequestFactory

PASSWORD = "correct-horse-battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def linh() -> User:
    user = User(username="linh", name="Linh Trần", email="linh@example.com")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, password: str = PASSWORD) -> object:
    return client.post("/account/login/", {"login": "linh@example.com", "password": password})


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def confirm(client: Client, path: str) -> object:
    """Go where one is asked again who one is, answer with the password, and arrive."""
    asked = client.get(path)
    assert "/reauthenticate/" in asked["Location"]
    return client.post("/account/reauthenticate/", {"password": PASSWORD, "next": path}, follow=True)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/account/login/", "Sign in to Helpdesk"),
        ("/account/password/reset/", "Reset your password"),
        ("/account/password/reset/done/", "Look into your mailbox"),
        ("/account/password/reset/key/1-wrong/", "This link no longer works"),
        ("/account/password/reset/key/done/", "Your password is changed"),
        ("/account/inactive/", "This account is switched off"),
        ("/account/signup/", "Accounts are made by an administrator"),
    ],
)
def test_a_stranger_sees_our_card(client: Client, path: str, words: str) -> None:
    page = client.get(path).content.decode()

    assert words in page
    assert 'class="signin-card"' in page
    assert "<script" not in page


def test_the_right_password_lets_in(client: Client, linh: User) -> None:
    response = sign_in(client)

    assert (response.status_code, response["Location"]) == (302, "/")


def test_a_wrong_password_says_so_beside_the_field(client: Client, linh: User) -> None:
    page = sign_in(client, "wrong").content.decode()

    assert 'role="alert"' in page
    assert 'aria-invalid="true"' in page
    assert 'value="linh@example.com"' in page


def test_a_forgotten_password_is_chosen_anew_through_the_mail(client: Client, linh: User) -> None:
    client.post("/account/password/reset/", {"email": "linh@example.com"})
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", mail.outbox[0].body)
    assert link is not None

    form = client.get(link[1], follow=True)
    assert "Choose a new password" in form.content.decode()
    client.post(
        form.request["PATH_INFO"], {"password1": "new-horse-battery", "password2": "new-horse-battery"}
    )

    assert sign_in(client, "new-horse-battery").status_code == 302


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/account/password/change/", "Save the new password"),
        ("/account/2fa/", "Authenticator app"),
        ("/account/sessions/", "Where you are signed in"),
        ("/account/logout/", "Sign out?"),
    ],
)
def test_someone_signed_in_manages_the_account(client: Client, linh: User, path: str, words: str) -> None:
    sign_in(client)

    page = client.get(path, follow=True).content.decode()

    assert words in page


def test_the_second_step_is_set_up_asked_for_and_switched_off(client: Client, linh: User) -> None:
    sign_in(client)
    page = confirm(client, "/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert "data:image/svg+xml;base64," in page.content.decode()

    codes = client.post("/account/2fa/totp/activate/", {"code": code(secret)}, follow=True).content.decode()
    assert "Recovery codes" in codes
    assert len(re.findall(r"<code>\w+</code>", codes)) == 10
    assert "10 codes are left" in client.get("/account/2fa/").content.decode()
    assert client.get("/account/2fa/recovery-codes/download/")["Content-Disposition"].startswith("attachment")
    assert "Make new codes" in client.get("/account/2fa/recovery-codes/generate/").content.decode()

    client.post("/account/logout/")
    asked = sign_in(client)
    assert asked["Location"].startswith("/account/2fa/authenticate/")
    assert "Enter your code" in client.get("/account/2fa/authenticate/").content.decode()
    recovery = re.search(r"<code>(\w+)</code>", codes)
    assert recovery is not None
    assert client.post("/account/2fa/authenticate/", {"code": recovery[1]})["Location"] == "/"

    assert "Switch off" in confirm(client, "/account/2fa/totp/deactivate/").content.decode()
    client.post("/account/2fa/totp/deactivate/")
    assert "Signing in asks for your password only" in client.get("/account/2fa/").content.decode()


def test_protecting_the_account_asks_again_who_it_is(client: Client, linh: User) -> None:
    client.force_login(linh)

    page = client.get("/account/2fa/totp/activate/", follow=True).content.decode()

    assert "Is it you?" in page


def test_all_other_browsers_can_be_signed_out(client: Client, linh: User) -> None:
    from django.test import Client as Browser

    elsewhere = Browser()
    sign_in(elsewhere)
    sign_in(client)
    assert "Sign out everywhere else" in client.get("/account/sessions/").content.decode()

    client.post("/account/sessions/")

    assert "Sign out everywhere else" not in client.get("/account/sessions/").content.decode()
    assert elsewhere.get("/account/sessions/").status_code == 302


@pytest.mark.parametrize("language", ["vi", "zh-hans", "zh-hant"])
def test_the_language_can_be_chosen_before_signing_in(client: Client, language: str) -> None:
    client.post("/i18n/setlang/", {"language": language, "next": "/account/login/"})

    page = client.get("/account/login/").content.decode()

    assert f'<html lang="{language}"' in page


def test_the_frame_follows_what_the_person_prefers(client: Client, linh: User) -> None:
    linh.theme, linh.has_single_keys = "dark", False
    linh.save(update_fields=["theme", "has_single_keys"])
    client.force_login(linh)

    page = client.get("/account/2fa/").content.decode()

    assert 'data-bs-theme="dark"' in page
    assert 'data-single-keys="off"' in page
    assert 'aria-current="page"' in page


def test_a_missing_page_helps_without_a_session(client: Client) -> None:
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


def test_the_page_for_mistakes_needs_neither_person_nor_database(rf: RequestFactory) -> None:
    from django.views.defaults import server_error

    response = server_error(rf.get("/"))

    assert b"The server made a mistake" in response.content
