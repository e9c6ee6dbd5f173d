"""The demo's mail inboxes' way to the world: real servers when they are named, else our own on this machine.

In: the SMTP listener of the one-process mode, and a mailbox when DEMO_IMAP_URL names one.
Out: the server that DEMO_SMTP_URL names; without it an SMTP server of our own takes every answer and keeps
it as a file in `outbox/`, so that nothing leaves the machine by accident.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from channels_app import secrets
from channels_app.models import Inbox
from helpdesk import env
from helpdesk.demo.cast import CORPORATE, SUPPORT

logger = logging.getLogger(__name__)

SECURITY = {"": "none", "s": "tls", "+tls": "starttls"}
PORTS = {"imap": 143, "imaps": 993, "imap+tls": 143, "smtp": 25, "smtps": 465, "smtp+tls": 587}


@dataclass(frozen=True)
class Server:
    """A mail server as an address names it: smtp+tls://user:password@host:587."""

    host: str
    port: int
    security: str
    user: str
    password: str


def server(url: str, kind: str) -> Server:
    """Read an address. `imap://` is plain, `imaps://` is TLS, `imap+tls://` is STARTTLS; smtp likewise."""
    parts = urlsplit(url)
    security = SECURITY.get(parts.scheme.removeprefix(kind)) if parts.scheme.startswith(kind) else None
    if security is None or not parts.hostname:
        raise ImproperlyConfigured(f"{url.partition(':')[0]}: write it as {kind}://user:password@host:port.")
    return Server(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def connect() -> Outbox | None:
    """Point the demo's mail inboxes at their servers; return our own outgoing one when it is needed, not yet
    started. A mailbox to fetch from belongs to the first of them.

    An inbox that an administrator has set up otherwise is left as it is.
    """
    outbox = None
    for inbox in Inbox.objects.filter(channel="email", address__in=[SUPPORT, CORPORATE]):
        config, sealed = dict(inbox.config), secrets.unseal(inbox.sealed)
        if inbox.address == SUPPORT and (url := env.text("DEMO_IMAP_URL", "")):
            _set(config, sealed, "imap", server(url, "imap"))
        if url := env.text("DEMO_SMTP_URL", ""):
            _set(config, sealed, "smtp", server(url, "smtp"))
            config.pop("is_demo_outbox", None)
        elif config.get("is_demo_outbox") or not config.get("smtp_host"):
            outbox = outbox or Outbox(env.number("OUTBOX_PORT", 2526))
            _set(config, sealed, "smtp", Server("127.0.0.1", outbox.port, "none", "", ""))
            config["is_demo_outbox"] = True  # the settings form drops it: then it is the administrator's
        inbox.config, inbox.sealed = config, secrets.seal(sealed)
        inbox.save(update_fields=["config", "sealed"])
    return outbox


def _set(config: dict[str, Any], sealed: dict[str, str], kind: str, at: Server) -> None:
    config |= {
        f"{kind}_host": at.host,
        f"{kind}_port": at.port,
        f"{kind}_security": at.security,
        f"{kind}_user": at.user,
    }
    sealed[f"{kind}_password"] = at.password
    if kind == "smtp":
        config["send_by"] = "smtp"


class Outbox(Controller):
    """Takes every answer and keeps it as a file."""

    def __init__(self, port: int) -> None:
        self.folder = Path(settings.DATA_DIR) / "outbox"
        self.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(_Keeper(self.folder), hostname="127.0.0.1", port=port)

    def factory(self) -> SMTP:
        return SMTP(
            self.handler, data_size_limit=settings.MESSAGE_MAX_BYTES, enable_SMTPUTF8=True, ident="Outbox"
        )


class _Keeper:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        name = "".join(
            char for char in str(message_from_bytes(raw)["Message-ID"]) if char.isalnum() or char in ".@"
        )
        (self.folder / f"{name[:120]}.eml").write_bytes(raw)
        logger.info("answer kept in the outbox", extra={"file": f"{name[:120]}.eml"})
        return "250 2.0.0 Kept"
