"""The one-process mode: pages, sockets, worker and beat."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command

from helpdesk import env


class Command(BaseCommand):
    help = "Run everything in one process: web, sockets, Celery worker and beat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.number("PORT", 8000))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        import uvicorn

        call_command("migrate", interactive=False, verbosity=0)
        from helpdesk.asgi import application
        from helpdesk.embedded import EmbeddedWorker

        worker = EmbeddedWorker() if settings.EMBEDDED else None
        # uvicorn raises SIGTERM again after its own shutdown: without a handler `finally` never runs
        signal.signal(signal.SIGTERM, _leave)
        if worker:
            worker.start()
        self.stdout.write(f"Helpdesk is ready on http://{host}:{port}/")
        self.stdout.flush()
        try:
            config = uvicorn.Config(application, host=host, port=port, lifespan="off", log_config=None)
            uvicorn.Server(config).run()
        finally:
            if worker:
                worker.stop()
            self.stdout.write("Stopped.")


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
