"""Tokens to sign in with: kept, renewed, stored anew, and clear words when that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from channels_app import secrets
from channels_app.adapters.email.forms import EmailForm
from channels_app.adapters.email.oauth import Dialogue
from channels_app.contract import TemporaryError
from channels_app.models import Inbox
from channels_app.tokens import access_token
from tests.channels_app import mails
from tests.channels_app.tokenserver import TokenServer, token_server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]


@pytest.fixture
def provider(settings: Any) -> Iterator[TokenServer]:
    settings.PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]
    with token_server() as server:
        yield server


def box(provider: TokenServer, **changed: str) -> Inbox:
    return mails.inbox(config=provider.config(), sealed=secrets.seal(provider.secrets(**changed)))


def token(inbox: Inbox, **how: Any) -> str:
    config = Inbox.objects.get(pk=inbox.pk).adapter.config
    return access_token(config, inbox_id=inbox.pk, own="imap_token", **how)


def test_a_token_is_fetched_once_and_kept_sealed(provider: TokenServer) -> None:
    inbox = box(provider)

    assert [token(inbox), token(inbox)] == ["access-1", "access-1"]

    assert provider.asked == [
        {"grant_type": "refresh_token", "refresh_token": "refresh-1", "client_id": "our-client",
         "client_secret": "our client's secret", "scope": "mail"}
    ]  # fmt: skip
    assert all("access-1" not in str(value) for value in cache._cache.values())


@pytest.mark.parametrize("seconds", [60, "60", 0])
def test_a_token_about_to_run_out_is_renewed(provider: TokenServer, seconds: Any) -> None:
    import time

    inbox = box(provider)
    provider.expires_in = seconds
    assert token(inbox) == "access-1"
    time.sleep(1.1)  # it counts as over so long before its end that a second is left

    assert token(inbox) == "access-2"


def test_a_token_that_the_mail_server_refused_is_renewed(provider: TokenServer) -> None:
    inbox = box(provider)

    assert [token(inbox), token(inbox, is_refused=True), token(inbox)] == ["access-1", "access-2", "access-2"]


def test_a_new_refresh_token_is_stored_and_used(provider: TokenServer) -> None:
    inbox = box(provider)
    provider.is_rotating = True
    before = Inbox.objects.get(pk=inbox.pk).adapter.config

    assert token(inbox) == "access-1"
    assert secrets.unseal(Inbox.objects.get(pk=inbox.pk).sealed)["oauth_refresh_token"] == "refresh-2"
    cache.clear()
    assert access_token(before, inbox_id=inbox.pk, own="imap_token") == "access-2", (
        "a process with the old configuration reads the new"
    )
    assert "refresh-3" not in Inbox.objects.get(pk=inbox.pk).sealed


def test_another_refresh_token_entered_by_hand_stays_and_counts_at_once(provider: TokenServer) -> None:
    from channels_app.actions.tokens import keep_refresh_token

    inbox = box(provider)
    assert token(inbox) == "access-1"
    provider.refresh_token = "by-hand"
    Inbox.objects.filter(pk=inbox.pk).update(sealed=secrets.seal(provider.secrets()))

    keep_refresh_token(inbox.pk, was="refresh-1", becomes="late")

    assert token(inbox) == "access-2"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"oauth_refresh_token": "old"}, "no longer renews this sign-in: Token has been expired or revoked"),
        ({"oauth_client_secret": "wrong"}, "invalid_client"),
    ],
)
def test_a_refusal_says_what_to_do(provider: TokenServer, change: dict[str, str], words: str) -> None:
    with pytest.raises(TemporaryError, match=words) as refused:
        token(box(provider, **change))
    assert "enter the new refresh token" in str(refused.value)


def test_a_sign_in_server_that_is_away_or_may_not_be_called_is_named(
    provider: TokenServer, settings: Any
) -> None:
    inbox = box(provider)
    provider.is_away = True
    with pytest.raises(TemporaryError, match="answered 503"):
        token(inbox)
    settings.PRIVATE_HOSTS_ALLOWED = []
    with pytest.raises(TemporaryError, match="may not be called"):
        token(inbox)
    assert cache.add(f"oauth.lock.{inbox.pk}", 1), "nobody waits for what failed"


def test_without_a_refresh_token_the_one_entered_is_used() -> None:
    inbox = mails.inbox(sealed=secrets.seal({"imap_token": "by hand"}))
    assert token(inbox) == "by hand"


def test_a_refusal_is_answered_by_nothing() -> None:
    dialogue = Dialogue("a@b.example", "token")

    assert dialogue() == "user=a@b.example\x01auth=Bearer token\x01\x01"
    assert dialogue(b'{"status":"401"}') == ""
    assert dialogue.refusal == '{"status":"401"}'


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"oauth_refresh_token": "x"}, "oauth_token_url"),
        ({"oauth_token_url": "https://login.example/token"}, "oauth_client_id"),
        ({"oauth_token_url": "http://login.example/token", "oauth_client_id": "x"}, "oauth_token_url"),
        ({"oauth_token_url": "file:///etc/passwd", "oauth_client_id": "x"}, "oauth_token_url"),
    ],
)
def test_the_form_names_what_is_missing(values: dict[str, str], field: str) -> None:
    assert field in EmailForm({"imap_after": "seen", **values}).errors
