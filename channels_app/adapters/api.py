"""Bring your own channel: another system posts messages, signed, and gets replies by webhook.

In: `POST /channels/<inbox key>/` with JSON `{"id", "sender": {"address", "name"}, "text", "thread"?,
"subject"?, "sent_at"?}` and `X-Helpdesk-Signature: sha256=HEX`, the HMAC-SHA-256 of the raw body under
the signing key.
Out: the same signature over `{"type": "reply", "id", "thread", "to", "text"}`, posted to the reply address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import requests
from django import forms
from django.utils.translation import gettext_lazy as _

from channels_app.contract import (
    Adapter,
    InboundMessage,
    OutboundMessage,
    Parsed,
    PermanentError,
    Request,
    Sender,
    SignatureError,
    TemporaryError,
)

TIMEOUT_SECONDS = 15
HEADER = "x-helpdesk-signature"


class ApiForm(forms.Form):
    """What an administrator sets for such a channel."""

    signing_key = forms.CharField(label=_("Signing key"), min_length=16, widget=forms.PasswordInput)
    reply_url = forms.URLField(label=_("Send replies to"), required=False, assume_scheme="https")


class Api(Adapter):
    """A channel that another system speaks for."""

    slug = "api"
    label = _("API channel")
    icon = "api"
    identity_kind = "api"
    has_subject = True
    secret_fields: ClassVar[frozenset[str]] = frozenset({"signing_key"})

    @classmethod
    def form_class(cls) -> type[forms.Form]:
        return ApiForm

    def verify(self, request: Request) -> None:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(), self._sign(request.body).encode()):
            raise SignatureError("wrong or missing signature")

    def provider_id(self, request: Request) -> str:
        try:
            return f"api:{json.loads(request.body)['id']}"
        except (ValueError, KeyError, TypeError):
            return f"sha256:{hashlib.sha256(request.body).hexdigest()}"

    def parse(self, request: Request) -> Parsed:
        try:
            call = json.loads(request.body)
            return Parsed(messages=(_message(call),), sender=str(call["sender"]["address"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return Parsed(verdict="ignored", reason="not a message: id, sender.address and text are needed")

    def send(self, message: OutboundMessage) -> str:
        url = self.config.get("reply_url", "")
        if not url:
            raise PermanentError("This inbox has no address to send replies to.")
        body = json.dumps(
            {
                "type": "reply",
                "id": message.idempotency_key,
                "thread": message.thread,
                "to": message.to,
                "text": message.text,
            }
        ).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.idempotency_key,
            HEADER: self._sign(body),
        }
        try:
            answer = requests.post(
                url, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise TemporaryError(f"No answer: {type(error).__name__}") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise TemporaryError(f"Answered {answer.status_code}")
        if answer.status_code >= 300:
            raise PermanentError(f"Refused with {answer.status_code}")
        return message.idempotency_key

    def _sign(self, body: bytes) -> str:
        key = str(self.config.get("signing_key", "")).encode()
        return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def _message(call: dict[str, Any]) -> InboundMessage:
    sent_at = call.get("sent_at")
    return InboundMessage(
        external_id=f"api:{call['id']}",
        sender=Sender("api", str(call["sender"]["address"]), str(call["sender"].get("name", ""))),
        text=str(call["text"]),
        subject=str(call.get("subject", "")),
        thread=str(call.get("thread", "")),
        sent_at=_time(sent_at) if sent_at else datetime.now(UTC),
    )


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(str(text))
    return when if when.tzinfo else when.replace(tzinfo=UTC)
