"""Real servers for one test: dovecot and postfix, a sink for what leaves, and the desk in one process."""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parent.parent.parent
MAILBOX, PASSWORD = "support@helpdesk.test", "secret"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_block() -> int:
    """A base whose +24 … +993 are most likely free."""
    for base in range(31000, 60000, 1100):
        if all(_is_free(base + offset) for offset in (24, 25, 26, 110, 143, 587, 993)):
            return base
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Sink:
    """Where postfix sends what leaves: the customers' mail servers, all in one."""

    def __init__(self, port: int) -> None:
        self.mails: list[EmailMessage] = []
        self._arrived = threading.Condition()
        self._controller = Controller(self, hostname="127.0.0.1", port=port, ready_timeout=10)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        with self._arrived:
            self.mails.append(mail)  # type: ignore[arg-type]
            self._arrived.notify_all()
        return "250 kept"

    def __enter__(self) -> Sink:
        self._controller.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._controller.stop()

    def wait_for(self, wanted: Callable[[EmailMessage], bool], seconds: float = 40) -> EmailMessage:
        """Return the first mail that is wanted; fail when it does not come."""
        with self._arrived:
            self._arrived.wait_for(lambda: any(map(wanted, self.mails)), timeout=seconds)
            found = next(filter(wanted, self.mails), None)
        assert found is not None, f"of {len(self.mails)} mails none is the one"
        return found


@contextmanager
def mail_servers(script: Path) -> Iterator[int]:
    """Run dovecot and postfix; yield the base of their ports.

    Their folder has a short name (a socket's path ends at 108 bytes) and lets the servers' own users in.
    """
    base = free_block()
    folder = Path(tempfile.mkdtemp(prefix="mail"))
    folder.chmod(0o755)
    subprocess.run([str(script), "start", str(folder), str(base)], check=True, timeout=60)
    try:
        yield base
    finally:
        subprocess.run([str(script), "stop", str(folder)], check=False, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


class Desk:
    """The one process that `make run` starts."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "desk.log"
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        self.variables = {
            **kept,
            "DATA_DIR": str(folder / "var"),
            "PORT": str(self.port),
            "OUTBOX_PORT": str(free_port()),
            "LISTEN_SMTP_PORT": str(free_port()),
            "PYTHONUNBUFFERED": "1",
            **variables,
        }

    def __enter__(self) -> Desk:
        command = [sys.executable, "manage.py", "serve", "--demo"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.variables, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 240
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.3)
        return self

    def __exit__(self, *problem: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def send(mail: EmailMessage, *, port: int, to: str) -> None:
    """Hand a mail to a mail server, as a customer's mail server would."""
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
        server.send_message(mail, to_addrs=[to])


def visible_words(mail: EmailMessage) -> str:
    """The text of a mail on one line."""
    body = mail.get_body(("plain",))
    return re.sub(r"\s+", " ", body.get_content() if body else "")
