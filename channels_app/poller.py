"""The long-running mail poller: one thread per mailbox, told by the server (IDLE) or asking now and then."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels_app import imap
from channels_app.actions import polling
from channels_app.contract import PermanentError, TemporaryError
from channels_app.models import Inbox

logger = logging.getLogger(__name__)

IDLE_SECONDS = 25  # well below what servers and firewalls allow a silent connection
ASK_SECONDS = 20


class Poller:
    """Keeps one thread per active mailbox, and takes up mailboxes that are added or changed."""

    def __init__(self, stopped: threading.Event) -> None:
        self.stopped = stopped
        self.threads: dict[int, threading.Thread] = {}

    def follow(self) -> None:
        """Start a thread for every mailbox that has none."""
        for inbox_id in Inbox.objects.active().filter(config__imap_host__gt="").values_list("pk", flat=True):
            thread = self.threads.get(inbox_id)
            if thread is None or not thread.is_alive():
                name = f"mailbox-{inbox_id}"
                thread = threading.Thread(target=self._watch, args=(inbox_id,), name=name, daemon=True)
                self.threads[inbox_id] = thread
                thread.start()

    def join(self) -> None:
        """Wait until every thread has ended its mail."""
        for thread in self.threads.values():
            thread.join(IDLE_SECONDS + 10)

    def _watch(self, inbox_id: int) -> None:
        while not self.stopped.is_set():
            close_old_connections()
            try:
                inbox = Inbox.objects.active().filter(pk=inbox_id, config__imap_host__gt="").first()
                if inbox is None:
                    return
                self._round(inbox)
            except (DatabaseError, InterfaceError):
                logger.exception("mailbox without database", extra={"inbox": inbox_id})
                self.stopped.wait(5)
            finally:
                close_old_connections()

    def _round(self, inbox: Inbox) -> None:
        """Stay connected while the configuration stays the same, and poll whenever there is something."""
        retry_at = parse_datetime(inbox.poll_state.get("retry_at") or "")
        if retry_at is not None and retry_at > timezone.now():
            self.stopped.wait(min((retry_at - timezone.now()).total_seconds(), 5))
            return
        try:
            with imap.connected(inbox.adapter.config, inbox_id=inbox.pk) as mailbox:
                self._follow(mailbox, inbox)
        except (*imap.ERRORS, TemporaryError, PermanentError) as error:
            polling.note_failure(inbox, error=str(error) or type(error).__name__)
            logger.warning("mailbox not read", extra={"inbox": inbox.pk})

    def _follow(self, mailbox: imap.BaseMailBox, inbox: Inbox) -> None:
        config = inbox.adapter.config
        names = imap.folders(config)
        settings_before = (inbox.config, inbox.sealed)
        while not self.stopped.is_set():
            for folder in reversed(names):  # the first one is selected last: IDLE listens to that
                imap.poll_folder(mailbox, inbox, folder, config)
            polling.note_success(inbox)
            began = time.monotonic()
            seconds = IDLE_SECONDS if len(names) == 1 else ASK_SECONDS
            if not self._idle(mailbox, seconds):
                self.stopped.wait(max(0.0, ASK_SECONDS - (time.monotonic() - began)))
            inbox.refresh_from_db()
            if not inbox.is_active or (inbox.config, inbox.sealed) != settings_before:
                return

    def _idle(self, mailbox: imap.BaseMailBox, seconds: int) -> bool:
        """Wait in short steps, so that stopping is quick. True when the server offers IDLE."""
        if "IDLE" not in mailbox.client.capabilities:
            return False
        with mailbox.idle as idle:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not self.stopped.is_set():
                asked = time.monotonic()
                if idle.poll(timeout=1) or time.monotonic() - asked < 0.5:  # news, or the connection is gone
                    break
        return True
