"""Email: mailboxes, our own mail server, a mail server's pipe and mail services; one inbox is one address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_app.contract import (
    Adapter,
    OutboundMessage,
    Parsed,
    PermanentError,
    Request,
    StatusUpdate,
    TemporaryError,
)

from . import compose, marks, services, smtp
from .forms import SECRET_FIELDS, SECRET_SERVERS, EmailForm
from .identify import mail_id
from .read import Trust, read
from .vouch import FETCHED_FROM

if TYPE_CHECKING:
    from django import forms

OVERSIZE_HEADER = "x-helpdesk-oversize"
_STATUS = {"delivered": "delivered", "opened": "read", "bounced": "failed", "rejected": "failed",
           "failed": "failed", "complained": ""}  # fmt: skip  # a complaint is noted, and changes nothing
_ANY_MAIL = b"""\
From: a@example.com
Subject: Warming up
Content-Type: text/html

<p>The language of these words is told by a model that takes a second to load.</p>
"""
_DEAD_ADDRESS = {"bounced", "invalid"}


class Email(Adapter):
    """One address that customers write to."""

    slug = "email"
    label = _("Email")
    icon = "mail"
    about = _("Fetch a mailbox by IMAP, take mail by SMTP, or connect a mail service.")
    identity_kind = "email"
    has_subject = True
    has_html = True
    takes_mail = True
    max_text = 500_000
    secret_fields: ClassVar[frozenset[str]] = SECRET_FIELDS
    secret_servers: ClassVar[Mapping[str, str]] = SECRET_SERVERS

    @classmethod
    def warm_up(cls) -> None:
        read(_ANY_MAIL, address="")

    @classmethod
    def form_class(cls) -> type[forms.Form]:
        return EmailForm

    def verify(self, request: Request) -> None:
        services.verify(request, self.config)

    def provider_id(self, request: Request) -> str:
        if services.DOOR_HEADER not in request.headers:
            return mail_id(request.body)
        if services.is_fetched(request, self.config):
            return f"sha256:{hashlib.sha256(request.body).hexdigest()}"
        try:
            found = [each.message for each in services.events(request, self.config) if _is_mail(each)]
        except ValueError:
            found = []
        if len(found) == 1 and (message_id := str(found[0].get("Message-ID") or "").strip()):
            # a service signs each try anew and we rebuild the mail from its parts: the words stay the same
            words = f"{found[0]['Subject']}\0{found[0].text}\0{found[0].html}".encode()
            return f"hook:{message_id[:180]}:{hashlib.sha256(words).hexdigest()[:24]}"
        return f"sha256:{hashlib.sha256(request.body).hexdigest()}"

    def parse(self, request: Request) -> Parsed:
        if services.DOOR_HEADER not in request.headers:
            full_size = int(request.headers.get(OVERSIZE_HEADER, 0))
            fetched_from = request.headers.get(FETCHED_FROM, "")
            return read(
                request.body, address=self.address, full_size=full_size, trust=self._trust(fetched_from)
            )
        try:
            events = services.events(request, self.config)
        except ValueError as error:
            return Parsed(verdict="ignored", reason=f"a call that we do not know: {error}")
        mails = [bytes(each.message.as_bytes()) for each in events if _is_mail(each)]
        if mails:
            return _joined([read(each, address=self.address, trust=self._trust()) for each in mails])
        updates = tuple(update for event in events if (update := _update(event)) is not None)
        kinds = ", ".join(sorted({str(event.event_type) for event in events})) or "nothing"
        return Parsed(updates=updates, verdict="" if updates else "ignored", reason=f"events: {kinds}")

    def send(self, message: OutboundMessage) -> str:
        if not self.address:
            raise PermanentError("This inbox has no address to send from. Set one in its settings.")
        message_id = marks.message_id(message.message_id, message.ticket_id, domain=self._domain())
        is_plus = bool(self.config.get("is_plus_addressing"))
        mail = compose.compose(
            message,
            sender=compose.mailbox(self.name, self.address),
            reply_to=marks.reply_address(self.address, message.ticket_id) if is_plus else "",
            message_id=message_id,
        )
        if self._has_service():
            services.send(mail, config=self.config, message_id=message.message_id)
        else:
            sender = compose.ascii_domain(self.address)
            smtp.send(mail, config=self.config, inbox_id=self.inbox_id, sender=sender)
        return message_id

    def check(self) -> None:
        from channels_app import imap

        if self.config.get("imap_host"):
            imap.check(self.config, inbox_id=self.inbox_id)
        if self.config.get("smtp_host") and not self._has_service():
            try:
                smtp.check(self.config, inbox_id=self.inbox_id)
            except TemporaryError as error:  # nobody waits for a second try here
                raise PermanentError(str(error)) from error

    def _trust(self, fetched_from: str = "") -> Trust:
        return Trust(str(self.config.get("authserv_id") or ""), fetched_from)

    def _has_service(self) -> bool:
        return self.config.get("send_by") in services.SERVICES

    def _domain(self) -> str:
        domain = str(self.config.get("domain") or self.address.rpartition("@")[2])
        return compose.ascii_domain(f"x@{domain}").rpartition("@")[2]


def _is_mail(event: Any) -> bool:
    return event.event_type == "inbound" and event.message is not None


def _joined(parts: list[Parsed]) -> Parsed:
    if len(parts) == 1:
        return parts[0]
    return Parsed(
        messages=tuple(message for part in parts for message in part.messages),
        updates=tuple(update for part in parts for update in part.updates),
        verdict=next((part.verdict for part in parts if not part.messages), ""),
        reason="; ".join(part.reason for part in parts if part.reason),
        sender=parts[0].sender,
        subject=parts[0].subject,
    )


def _update(event: Any) -> StatusUpdate | None:
    """What a tracking event says about one of our mails."""
    status = _STATUS.get(str(event.event_type))
    if status is None:
        return None
    is_failed = status == "failed"
    reason = str(event.mta_response or event.description or event.reject_reason or "")
    return StatusUpdate(
        external_id=str(event.message_id or ""),
        status=status,
        reason=" ".join(reason.split())[:450] if is_failed else "",
        address=str(event.recipient or "") if is_failed else "",
        is_permanent=is_failed and event.reject_reason in _DEAD_ADDRESS and not services.is_passing(event),
        message_hint=services.message_number(event),
    )
