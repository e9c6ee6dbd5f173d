"""The one-process mode: pages, sockets, worker and beat, and with --demo a desk full of life."""

from __future__ import annotations

import signal
import socket
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from helpdesk import env

GRACE_SECONDS = 5  # for requests under way when the server is told to stop


class Command(BaseCommand):
    help = "Run everything in one process: web, sockets, Celery worker and beat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.number("PORT", 8000))
        parser.add_argument("--demo", action="store_true", help="fill an empty desk with demo data")

    def handle(self, *args: Any, host: str, port: int, demo: bool, **options: Any) -> None:
        # uvicorn raises the signal again after its own shutdown: without a handler `finally` never runs
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        _require_free(host, port)
        call_command("migrate", interactive=False, verbosity=0)
        if demo:
            call_command("seed_demo", only_if_empty=True)
        self._serve(host, port, demo=demo)

    def _serve(self, host: str, port: int, *, demo: bool) -> None:
        import uvicorn

        from helpdesk.asgi import application
        from helpdesk.embedded import EmbeddedWorker

        worker = EmbeddedWorker() if settings.EMBEDDED else None
        if worker:
            worker.start()
        self._say(f"Helpdesk is ready on http://{host}:{port}/")
        if demo:
            call_command("seed_demo", show_sign_ins=True)
        self._say("Ctrl-C stops it.")
        try:
            config = uvicorn.Config(
                application,
                host=host,
                port=port,
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
            uvicorn.Server(config).run()
        finally:
            if worker:
                worker.stop()
            self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _require_free(host: str, port: int) -> None:
    """Say early, in one sentence, that the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error.strerror}). Choose another: make run PORT={port + 1}"
            ) from error


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
