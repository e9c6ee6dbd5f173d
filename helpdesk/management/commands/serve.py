"""The one-process mode: pages, sockets, worker, beat, mail, and with --demo a desk full of life."""

from __future__ import annotations

import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError
from django.db.migrations.exceptions import InconsistentMigrationHistory

from helpdesk import env, following

if TYPE_CHECKING:
    from aiosmtpd.controller import Controller

GRACE_SECONDS = 5  # for requests under way when the server is told to stop


class Command(BaseCommand):
    help = "Run everything in one process: web, sockets, Celery worker, beat and the mail listener."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.number("PORT", 8000))
        parser.add_argument("--follow-parent", action="store_true", help="stop when what started this stops")
        parser.add_argument("--demo", action="store_true", help="fill an empty desk with demo data")

    def handle(
        self, *args: Any, host: str, port: int, demo: bool, follow_parent: bool, **options: Any
    ) -> None:
        # uvicorn raises the signal again after its own shutdown: without a handler nothing is cleaned up
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        if follow_parent:
            following.follow_parent()
        _require_free(host, port)
        _migrate()
        if demo:
            call_command("seed_demo", only_if_empty=True)
        with ExitStack() as running:
            running.callback(self._say, "Stopped.")
            self._start(running, demo=demo)
            _serve_http(host, port, when_ready=lambda: self._welcome(host, port, demo=demo))

    def _start(self, running: ExitStack, *, demo: bool) -> None:
        """Start what runs beside the pages; the stack stops it again, the last first."""
        from channels_app.smtpd import listeners
        from helpdesk.embedded import EmbeddedWorker

        if settings.EMBEDDED:
            worker = EmbeddedWorker()
            running.callback(worker.stop)
            worker.start()
        for listener in listeners():
            protocol = "LMTP" if listener.is_lmtp else "SMTP"
            self._listen(
                running, listener, f"Mail by {protocol} is taken on {listener.hostname}:{listener.port}"
            )
        if demo:
            from helpdesk.demo import mailbox, terminal_outbox

            running.enter_context(terminal_outbox.kept())
            if outbox := mailbox.connect():
                self._listen(
                    running, outbox, f"Answers are sent to 127.0.0.1:{outbox.port}, kept in {outbox.folder}"
                )

    def _listen(self, running: ExitStack, door: Controller, sentence: str) -> None:
        try:
            door.start()
        except OSError as error:
            self._say(
                f"Port {door.port} cannot be used ({error.strerror}): no mail there. "
                "Choose others by LISTEN_SMTP_PORT and OUTBOX_PORT."
            )
        else:
            running.callback(door.stop)
            self._say(sentence)

    def _welcome(self, host: str, port: int, *, demo: bool) -> None:
        self._say(f"Helpdesk is ready on http://{host}:{port}/")
        if demo:
            call_command("seed_demo", show_sign_ins=True)
        self._say("Ctrl-C stops it.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _serve_http(host: str, port: int, *, when_ready: Callable[[], None]) -> None:
    import uvicorn
    from asgiref.sync import sync_to_async

    from helpdesk.asgi import application

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                await sync_to_async(when_ready)()

    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=64 * 1024,  # browsers only send wishes
        ws_per_message_deflate=False,  # pokes are short: memory for each socket, for nothing
    )
    Server(config).run()


def _migrate() -> None:
    """Bring the database up to date, or say in one sentence that it cannot be used."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except (DatabaseError, InconsistentMigrationHistory) as error:
        place = settings.DATABASES["default"]["NAME"]
        raise CommandError(
            f"The database {place} cannot be used ({str(error).strip()}). "
            "Put a backup in its place, or move it away to begin with an empty one."
        ) from error


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
