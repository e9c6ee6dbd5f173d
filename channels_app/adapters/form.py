"""A web form: a public page, also framed on the organisation's own site. Answers go out by a mail inbox.

A call is what the page stored: JSON with the fields, the files as base64, and whether the trap for programs
snapped.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from channels_app.contract import (
    Adapter,
    InboundFile,
    InboundMessage,
    Origin,
    OutboundMessage,
    Parsed,
    PermanentError,
    Request,
    Sender,
    SignatureError,
)

TYPES = frozenset({"question", "problem", "complaint", "request", "suggestion"})


def _mail_inboxes() -> list[tuple[str, str]]:
    inboxes = apps.get_model("channels_app", "Inbox").objects.filter(channel="email", is_active=True)
    return [("", "—"), *((str(inbox.pk), inbox.address or inbox.name) for inbox in inboxes)]


def _custom_fields() -> list[tuple[str, str]]:
    fields = apps.get_model("tickets", "CustomField").objects.filter(is_active=True)
    return [(field.key, field.label) for field in fields]


class FormForm(forms.Form):
    """What an administrator sets for a web form."""

    title = forms.CharField(label=_("Title of the page"), required=False, max_length=120)
    intro = forms.CharField(
        label=_("Introduction"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    topics = forms.CharField(
        label=_("Topics"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line, with its ticket type: My card was swallowed | problem"),
    )  # fmt: skip
    fields_asked = forms.MultipleChoiceField(
        label=_("Fields to ask for"), required=False, choices=_custom_fields
    )
    takes_files = forms.BooleanField(label=_("Files may be added"), required=False, initial=True)
    frame_origins = forms.CharField(
        label=_("Sites that may show the form in a frame"), required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("One a line: https://www.bank.example"),
    )  # fmt: skip
    reply_through = forms.ChoiceField(
        label=_("Answers are sent through"), required=False, choices=_mail_inboxes
    )

    def clean_topics(self) -> str:
        text = str(self.cleaned_data["topics"])
        for _label, kind in parse_topics(text):
            if kind not in TYPES:
                raise forms.ValidationError(
                    _("“%(kind)s” is no ticket type. Use one of: %(types)s.")
                    % {"kind": kind, "types": ", ".join(sorted(TYPES))}
                )
        return text

    def clean_frame_origins(self) -> str:
        origins = str(self.cleaned_data["frame_origins"]).split()
        for origin in origins:
            parts = urlsplit(origin)
            is_origin = parts.scheme in ("http", "https") and parts.netloc and parts.path in ("", "/")
            if not is_origin or re.search(r"[;,'\"\s*]", origin):
                raise forms.ValidationError(
                    _("Write the address of a site without a path: https://www.bank.example")
                )
        return "\n".join(origin.rstrip("/") for origin in origins)


def parse_topics(text: str) -> list[tuple[str, str]]:
    """Pairs of label and ticket type."""
    pairs = []
    for line in text.splitlines():
        label, _bar, kind = line.partition("|")
        if label.strip():
            pairs.append((label.strip()[:120], kind.strip().lower() or "question"))
    return pairs


class WebForm(Adapter):
    """A form on a page."""

    slug = "form"
    label = _("Web form")
    icon = "clipboard-list"
    about = _("A form on a page of ours, or in a frame on your own site.")
    identity_kind = "email"
    has_subject = True
    has_html = True
    has_webhook = False
    has_page = True

    @classmethod
    def form_class(cls) -> type[forms.Form]:
        return FormForm

    @property
    def relay_inbox_id(self) -> int | None:
        chosen = str(self.config.get("reply_through") or "")
        return int(chosen) if chosen.isdecimal() else None

    def verify(self, request: Request) -> None:
        raise SignatureError("a form has no webhook: its own page brings what people write")

    def provider_id(self, request: Request) -> str:
        try:
            return f"form:{json.loads(request.body)['id']}"
        except (ValueError, KeyError, TypeError):
            return f"sha256:{hashlib.sha256(request.body).hexdigest()}"

    def parse(self, request: Request) -> Parsed:
        try:
            call = json.loads(request.body)
            ledger: Origin = {
                "sender": str(call["email"])[:254],
                "subject": str(call.get("subject", ""))[:250],
            }
            if call.get("trap"):
                return Parsed(
                    verdict="suppressed", reason="a field that people do not see was filled", **ledger
                )
            return Parsed(messages=(_message(call),), **ledger)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Parsed(verdict="ignored", reason="not what our form sends")

    def send(self, message: OutboundMessage) -> str:
        raise PermanentError("This form has no mail inbox to answer through. Choose one in its settings.")


def _message(call: dict[str, Any]) -> InboundMessage:
    kind = str(call.get("type") or "question")
    return InboundMessage(
        external_id=f"form:{call['id']}",
        sender=Sender("email", str(call["email"]), str(call.get("name", ""))),
        text=str(call["text"]),
        subject=str(call.get("subject", "")),
        language=str(call.get("language", "")),
        sent_at=datetime.fromisoformat(str(call["at"])).astimezone(UTC),
        files=tuple(_file(each) for each in call.get("files", ())),
        attributes={
            "type": kind if kind in TYPES else "question",
            "custom": {str(key): value for key, value in dict(call.get("custom") or {}).items()},
        },
    )


def _file(given: dict[str, Any]) -> InboundFile:
    try:
        content = base64.b64decode(given["content"], validate=True)
    except binascii.Error as error:
        raise ValueError("a file that is not base64") from error
    return InboundFile(str(given["name"]), "", content)
