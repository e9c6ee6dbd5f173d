"""Tokens that a provider hands out and renews (OAuth 2, RFC 6749 section 6).

An access token lives for an hour or so. It is kept sealed in the cache until shortly before its end; the
refresh token that renews it is a secret of the inbox. Where the provider hands out a new one each time, that
is stored at once.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests
from django.core.cache import cache

from channels_app import outgoing, secrets
from channels_app.contract import TemporaryError
from helpdesk.errors import DomainError

EARLY_SECONDS = 90  # renewed so long before its end
DEFAULT_SECONDS = 600  # where the provider does not say how long
LOCK_SECONDS, WAIT_SECONDS = 40, 12
Config = Mapping[str, Any]


def access_token(config: Config, *, inbox_id: int | None, own: str, is_refused: bool = False) -> str:
    """The token of this inbox to sign in with now, renewed when need be."""
    if not config.get("oauth_refresh_token"):
        return str(config.get(own, ""))
    refused = _kept(config, inbox_id) if is_refused else ""
    if not is_refused and (kept := _kept(config, inbox_id)):
        return kept
    lock = f"oauth.lock.{inbox_id}"
    deadline = time.monotonic() + WAIT_SECONDS
    while not cache.add(lock, 1, timeout=LOCK_SECONDS):  # somebody renews it already: twice may void both
        if time.monotonic() > deadline:
            raise TemporaryError("The token of this inbox is being renewed. Try again in a minute.")
        time.sleep(0.2)
    try:
        current = _current(config, inbox_id)
        kept = _kept(current, inbox_id)
        return kept if kept and kept != refused else _renew(current, inbox_id)
    finally:
        cache.delete(lock)


def _current(config: Config, inbox_id: int | None) -> Config:
    """The configuration with the refresh token as stored now: another process may have got a new one."""
    from channels_app.models import Inbox

    sealed = Inbox.objects.filter(pk=inbox_id or 0).values_list("sealed", flat=True).first()
    stored = secrets.unseal(sealed) if sealed else {}
    token = stored.get("oauth_refresh_token") or config["oauth_refresh_token"]
    return {**config, "oauth_refresh_token": token}


def _renew(config: Config, inbox_id: int | None) -> str:
    from channels_app.actions.tokens import keep_refresh_token

    said = _ask(config)
    token, following = str(said.get("access_token") or ""), str(said.get("refresh_token") or "")
    if not token:
        raise TemporaryError("The sign-in server of the mail provider sent no token.")
    if following and following != config["oauth_refresh_token"]:
        if inbox_id is not None:  # one that is only being tried has nothing to keep it in
            keep_refresh_token(inbox_id, was=config["oauth_refresh_token"], becomes=following)
        config = {**config, "oauth_refresh_token": following}
    seconds = said.get("expires_in")
    lifetime = (
        int(seconds) if isinstance(seconds, int | str) and str(seconds).isdecimal() else DEFAULT_SECONDS
    )
    kept_for = max(lifetime - EARLY_SECONDS, 1)
    cache.set(_key(config, inbox_id), secrets.seal({"token": token}), timeout=kept_for)
    return token


def _ask(config: Config) -> dict[str, Any]:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": config["oauth_refresh_token"],
        "client_id": config.get("oauth_client_id", ""),
        "client_secret": config.get("oauth_client_secret", ""),
        "scope": config.get("oauth_scope", ""),
    }
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        status, answer = outgoing.ask(str(config.get("oauth_token_url", "")), body=body, headers=headers)
    except outgoing.ForbiddenAddressError as error:
        raise TemporaryError(f"The sign-in server may not be called: {error}.") from error
    except (requests.RequestException, OSError) as error:
        raise TemporaryError(f"No answer from the sign-in server: {type(error).__name__}.") from error
    said = read_json(answer)
    if status == 200:
        return said
    if status >= 500 or status == 429:
        raise TemporaryError(f"The sign-in server of the mail provider answered {status}.")
    words = str(said.get("error_description") or said.get("error") or f"answer {status}")
    raise TemporaryError(
        f"The mail provider no longer renews this sign-in: {' '.join(words.split())[:200]}. "
        "Sign in there again and enter the new refresh token in the settings of the inbox."
    )


def read_json(answer: bytes | str) -> dict[str, Any]:
    """What a server said about itself; nothing where it is no JSON object."""
    try:
        said = json.loads(answer)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _kept(config: Config, inbox_id: int | None) -> str:
    try:
        return secrets.unseal(cache.get(_key(config, inbox_id)) or "").get("token", "")
    except DomainError:  # sealed with a key that is gone
        return ""


def _key(config: Config, inbox_id: int | None) -> str:
    names = ("oauth_token_url", "oauth_client_id", "oauth_scope", "oauth_refresh_token")
    words = "\0".join(str(config.get(name, "")) for name in names)
    return f"oauth.{inbox_id}.{hashlib.sha256(words.encode()).hexdigest()[:32]}"
