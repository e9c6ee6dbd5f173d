"""Fetch mail: once, or for ever."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections

from channels_app.imap import poll
from channels_app.models import Inbox
from channels_app.poller import Poller

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Fetch mail from all mailboxes once; with --idle, go on until stopped, told by the servers (IDLE)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--idle", action="store_true", help="keep running")

    def handle(self, *args: Any, idle: bool, **options: Any) -> None:
        if not idle:
            inboxes = Inbox.objects.active().filter(config__imap_host__gt="")
            for inbox in inboxes:
                number = poll(inbox)
                self.stdout.write(f"{inbox.address or inbox.name}: {number} new {inbox.last_error}".rstrip())
            return
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        poller = Poller(stopped)
        self.stdout.write("Fetching mail.")
        self.stdout.flush()
        while not stopped.wait(5):
            try:
                close_old_connections()
                poller.follow()
            except (DatabaseError, InterfaceError):
                logger.exception("mail poller without database")
        poller.join()
        self.stdout.write("Stopped.")
