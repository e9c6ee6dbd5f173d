"""Take mail by SMTP and LMTP."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from channels_app.smtpd import Listener


class Command(BaseCommand):
    help = "Listen for mail by SMTP and LMTP until stopped. 0 leaves a port closed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.LISTEN_HOST)
        parser.add_argument("--smtp-port", type=int, default=settings.LISTEN_SMTP_PORT)
        parser.add_argument("--lmtp-port", type=int, default=settings.LISTEN_LMTP_PORT)

    def handle(self, *args: Any, host: str, smtp_port: int, lmtp_port: int, **options: Any) -> None:
        if not smtp_port and not lmtp_port:
            raise CommandError("Name a port: --smtp-port 2525 or --lmtp-port 2424.")
        listeners = [
            Listener(host=host, port=port, is_lmtp=is_lmtp)
            for port, is_lmtp in ((smtp_port, False), (lmtp_port, True))
            if port
        ]
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        for listener in listeners:
            listener.start()
            kind = "LMTP" if listener.is_lmtp else "SMTP"
            self.stdout.write(f"Taking mail by {kind} on {host}:{listener.port}")
        self.stdout.flush()
        stopped.wait()
        for listener in listeners:
            listener.stop()
        self.stdout.write("Stopped.")
