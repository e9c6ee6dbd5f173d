"""Our own mail server: SMTP for whoever is allowed to connect, LMTP for the mail server beside us.

250 is said only after the mail is stored; trouble with the database is 451, so the sender keeps the mail
and tries again. An address that is no inbox of ours is 550.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, transaction

from channels_app.contract import Request
from channels_app.ingest import store_call
from channels_app.models import Inbox

logger = logging.getLogger(__name__)

THREADS = 4
MOST_RECIPIENTS = 50


def inbox_for(address: str) -> Inbox | None:
    """The inbox that takes mail for an address; `name+anything@` belongs to `name@`."""
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
    plain = f"{local.partition('+')[0]}{at}{domain}"
    inbox = Inbox.objects.taking_mail().filter(address=plain).first()
    return inbox if inbox is not None and inbox.config.get("is_listening", True) else None


def store(addresses: list[str], raw: bytes, *, source: str) -> int:
    """Store one mail for each inbox it is for: all or none. Returns how many."""
    inboxes = {inbox.pk: inbox for address in addresses if (inbox := inbox_for(address)) is not None}
    with transaction.atomic():
        for inbox in inboxes.values():
            store_call(inbox, request=Request(raw), source=source)
    return len(inboxes)


class Handler:
    """What happens at RCPT and at the end of DATA; the database work is done in threads."""

    def __init__(self, source: str, *, most_recipients: int) -> None:
        self.source = source
        self.most_recipients = most_recipients
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail-listener")

    async def handle_RCPT(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self.most_recipients:
            return "452 4.5.3 Too many recipients, send the others separately"
        try:
            found = await self._in_thread(inbox_for, address)
        except (DatabaseError, InterfaceError):
            logger.exception("mail listener without database")
            return "451 4.3.0 Try again later"
        if found is None:
            return "550 5.1.1 No such inbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            stored = await self._in_thread(store, list(envelope.rcpt_tos), raw, source=self.source)
        except Exception:
            logger.exception("mail not stored")
            return "451 4.3.0 Not stored, try again later"
        return "250 2.0.0 Stored" if stored else "550 5.1.1 No such inbox here"

    async def _in_thread(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: _with_fresh_connection(work, *args, **kwargs)
        )

    def close(self) -> None:
        self._threads.shutdown(wait=True)


def _with_fresh_connection(work: Any, *args: Any, **kwargs: Any) -> Any:
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()


class Listener(Controller):
    """One listening port. `start()` returns once it answers; `stop()` lets a running mail end."""

    def __init__(self, *, host: str, port: int, is_lmtp: bool = False) -> None:
        # LMTP wants one answer per recipient after DATA: with one recipient at a time that is one answer
        self.is_lmtp = is_lmtp
        handler = Handler("lmtp" if is_lmtp else "smtp", most_recipients=1 if is_lmtp else MOST_RECIPIENTS)
        super().__init__(handler, hostname=host, port=port)

    def factory(self) -> SMTP:
        kind = LMTP if self.is_lmtp else SMTP
        return kind(
            self.handler,
            data_size_limit=settings.MESSAGE_MAX_BYTES,
            enable_SMTPUTF8=True,
            decode_data=False,
            ident="Helpdesk",
            hostname=settings.MAIL_HOSTNAME,
            timeout=60,
        )

    def stop(self, no_assert: bool = False) -> None:  # noqa: FBT001, FBT002  # the library's signature
        super().stop(no_assert=no_assert)
        self.handler.close()


def listeners() -> list[Listener]:
    """The listeners that the settings ask for."""
    wanted = [(settings.LISTEN_SMTP_PORT, False), (settings.LISTEN_LMTP_PORT, True)]
    return [
        Listener(host=settings.LISTEN_HOST, port=port, is_lmtp=is_lmtp) for port, is_lmtp in wanted if port
    ]
