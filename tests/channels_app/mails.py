"""Mails for tests, written as their senders would."""

from __future__ import annotations

from itertools import count
from typing import Any

from channels_app.contract import Request
from channels_app.ingest import process, store_call
from channels_app.models import InboundCall, Inbox
from tests import make

_serial = count(1)
ADDRESS = "support@bank.example"


def inbox(**fields: Any) -> Inbox:
    return make.inbox("email", **{"address": ADDRESS, "name": "Support", **fields})


def mail(
    text: str = "My card was blocked this morning, please help me.",
    *,
    sender: str = "Mia Chen <mia@mail.example>",
    to: str = ADDRESS,
    subject: str = "Blocked card",
    message_id: str = "",
    **headers: str,
) -> bytes:
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{message_id or f'mail{next(_serial)}@mail.example'}>",
        "Date: Mon, 2 Mar 2026 09:00:00 +0000",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()


def arrive(inbox: Inbox, raw: bytes, *, source: str = "imap") -> InboundCall:
    """Store a mail and process it, as a worker would."""
    call, _is_new = store_call(inbox, request=Request(raw), source=source, is_processed_here=True)
    process(InboundCall.objects.select_related("inbox").get(pk=call.pk))
    call.refresh_from_db()
    return call
