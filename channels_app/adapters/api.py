"""Bring your own channel: another system posts messages, signed, and gets replies by webhook.

In, `POST /channels/<inbox key>/` with JSON:
- a message: `{"id", "sender": {"address", "name"?}, "text", "thread"?, "subject"?, "sent_at"?, "language"?,
  "files"?: [{"name", "content_type"?, "content": BASE64}]}`
- what became of a reply: `{"type": "status", "id": ID OF THE REPLY, "status": "delivered" | "read" |
  "failed", "reason"?}`
Each call carries `X-Helpdesk-Signature: sha256=HEX`, the HMAC-SHA-256 of the raw body under the signing key.

Out: the same signature over `{"type": "reply", "id", "thread", "to", "subject", "text", "html", "files"}`,
posted to the reply address. `id` is the same on every try.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import requests
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from channels_app import outgoing
from channels_app.contract import (
    Adapter,
    InboundFile,
    InboundMessage,
    OutboundFile,
    OutboundMessage,
    Parsed,
    PermanentError,
    Request,
    Sender,
    SignatureError,
    StatusUpdate,
    TemporaryError,
)

HEADER = "x-helpdesk-signature"
STATUSES = frozenset({"sent", "delivered", "read", "failed"})
MAX_FILES = 20


class ApiForm(forms.Form):
    """What an administrator sets for such a channel."""

    signing_key = forms.CharField(
        label=_("Signing key"),
        min_length=16,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 16 characters, known to both sides."),
    )
    reply_url = forms.URLField(label=_("Send replies to"), required=False, assume_scheme="https")


class Api(Adapter):
    """A channel that another system speaks for."""

    slug = "api"
    label = _("API channel")
    icon = "api"
    about = _("Another system brings messages in and takes answers out.")
    identity_kind = "api"
    has_subject = True
    has_html = True
    secret_fields: ClassVar[frozenset[str]] = frozenset({"signing_key"})

    @classmethod
    def form_class(cls) -> type[forms.Form]:
        return ApiForm

    def verify(self, request: Request) -> None:
        given = request.headers.get(HEADER, "")
        if not self.config.get("signing_key") or not hmac.compare_digest(
            given.encode(), self._sign(request.body).encode()
        ):
            raise SignatureError("wrong or missing signature")

    def provider_id(self, request: Request) -> str:
        try:
            call = json.loads(request.body)
            if call.get("type", "message") == "message":
                return f"api:{call['id']}"
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        return f"sha256:{hashlib.sha256(request.body).hexdigest()}"

    def parse(self, request: Request) -> Parsed:
        try:
            call = json.loads(request.body)
            kind = str(call.get("type", "message"))
            if kind == "message":
                message = _message(call)
                return Parsed(messages=(message,), sender=message.sender.address, subject=message.subject)
            if kind == "status":
                return _status(call)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Parsed(verdict="ignored", reason="not a message: id, sender.address and text are needed")
        return Parsed(verdict="ignored", reason=f"unknown type {kind[:40]!r}")

    def send(self, message: OutboundMessage) -> str:
        url = str(self.config.get("reply_url", ""))
        if not url:
            raise PermanentError("This inbox has no address to send replies to.")
        body = json.dumps(_outbound(message)).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.idempotency_key,
            HEADER: self._sign(body),
        }
        try:
            status = outgoing.post(url, body=body, headers=headers)
        except outgoing.ForbiddenAddressError as error:
            raise PermanentError(f"The reply address may not be called: {error}.") from error
        except (requests.RequestException, OSError) as error:
            raise TemporaryError(f"No answer: {type(error).__name__}") from error
        if status >= 500 or status in (408, 425, 429):
            raise TemporaryError(f"Answered {status}")
        if status >= 300:
            raise PermanentError(f"Refused with {status}")
        return message.idempotency_key

    def _sign(self, body: bytes) -> str:
        key = str(self.config.get("signing_key", "")).encode()
        return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def _message(call: dict[str, Any]) -> InboundMessage:
    sent_at = call.get("sent_at")
    text = str(call["text"])
    files = tuple(_file(each) for each in list(call.get("files") or [])[:MAX_FILES])
    if not text.strip() and not files:
        raise ValueError("an empty message")
    sender = call["sender"]
    return InboundMessage(
        external_id=f"api:{call['id']}"[:255],
        sender=Sender("api", str(sender["address"])[:254], str(sender.get("name") or "")[:200]),
        text=text.replace("\x00", ""),
        subject=str(call.get("subject") or "").replace("\x00", "")[:250],
        thread=str(call.get("thread") or "")[:255],
        language=str(call.get("language") or "")[:10],
        files=files,
        sent_at=_time(sent_at) if sent_at else datetime.now(UTC),
    )


def _file(given: dict[str, Any]) -> InboundFile:
    try:
        content = base64.b64decode(str(given["content"]), validate=True)
    except binascii.Error as error:
        raise ValueError("a file that is not base64") from error
    if len(content) > settings.ATTACHMENT_MAX_BYTES:
        raise ValueError("a file above the limit")
    return InboundFile(str(given["name"]), str(given.get("content_type") or ""), content)


def _status(call: dict[str, Any]) -> Parsed:
    status = str(call["status"])
    if status not in STATUSES:
        return Parsed(verdict="ignored", reason=f"unknown status {status[:40]!r}")
    reason = " ".join(str(call.get("reason") or "").split())[:450]
    return Parsed(updates=(StatusUpdate(external_id=str(call["id"]), status=status, reason=reason),))


def _outbound(message: OutboundMessage) -> dict[str, object]:
    return {
        "type": "reply",
        "id": message.idempotency_key,
        "thread": message.thread,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "author": message.author_name,
        "automatic": message.is_automatic,
        "files": [_outbound_file(file) for file in message.files],
    }


def _outbound_file(file: OutboundFile) -> dict[str, str]:
    content = base64.b64encode(file.content).decode()
    return {"name": file.name, "content_type": file.content_type, "content": content}


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(str(text))
    return when if when.tzinfo else when.replace(tzinfo=UTC)
