"""Signing in to mail servers with a token (XOAUTH2, as Google and Microsoft define it)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from channels_app.contract import TemporaryError
from channels_app.tokens import access_token, read_json

Config = Mapping[str, Any]


def xoauth2(user: str, token: str) -> str:
    """The answer that IMAP and SMTP servers of the large providers expect (before base64)."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


class Dialogue:
    """Says who we are; hears why that was not enough, which the server wants answered by nothing."""

    def __init__(self, user: str, token: str) -> None:
        self.opening, self.refusal = xoauth2(user, token), ""

    def __call__(self, challenge: bytes | None = None) -> str:
        if not challenge:
            return self.opening
        self.refusal = challenge.decode("utf-8", "replace")
        return ""


def is_used(config: Config, own: str) -> bool:
    """Whether a token is what to sign in with; `own` names one that was entered by hand."""
    return bool(config.get("oauth_refresh_token") or config.get(own))


def sign_in(
    config: Config,
    *,
    inbox_id: int | None,
    own: str,
    user: str,
    attempt: Callable[[Dialogue], None],
    refused: Any,
) -> None:
    """Run `attempt` with a token, and once more with a new one when the server refuses it.

    `refused` is the error of a refusal. Raises TemporaryError: replies wait until somebody mends it.
    """
    is_renewable = bool(config.get("oauth_refresh_token"))
    for is_last in (False, True) if is_renewable else (True,):
        is_refused = is_last and is_renewable
        dialogue = Dialogue(user, access_token(config, inbox_id=inbox_id, own=own, is_refused=is_refused))
        try:
            return attempt(dialogue)
        except refused as error:
            if is_last:
                raise TemporaryError(_refusal(dialogue.refusal or str(error), is_renewable)) from error


def _refusal(words: str, is_renewable: bool) -> str:  # noqa: FBT001  # private, in this module only
    said = read_json(words)
    reason = str(said.get("error_description") or said.get("error") or said.get("status") or words)
    mend = "Check the user and the scope" if is_renewable else "It may have run out: enter a new one"
    said_so = " ".join(reason.split())[:200]
    return f"The mail server refuses the token: {said_so}. {mend} in the settings of the inbox."
