"""A real IMAP server (dovecot) and a real SMTP server (postfix) for tests, and a proxy that cuts the line."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imap_tools import MailBoxUnencrypted

ROOT = Path(__file__).resolve().parent.parent.parent

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
BASE = int(os.environ.get("CI_MAIL_PORT", "21000")) + 1500 * _WORKER  # each test process has its own
USER, PASSWORD = "support@helpdesk.test", "secret"


@dataclass
class MailServer:
    """Ports and a few hands."""

    folder: Path

    @property
    def imap(self) -> int:
        return BASE + 143

    @property
    def imaps(self) -> int:
        return BASE + 993

    @property
    def submission(self) -> int:
        return BASE + 587

    @property
    def oauth(self) -> int:
        return BASE + 80

    @property
    def sink(self) -> int:
        return BASE + 26

    def put(self, *mails: bytes) -> None:
        """Lay mails into the mailbox, as the server's own delivery does."""
        with smtplib.LMTP("127.0.0.1", BASE + 24) as server:
            for raw in mails:
                server.sendmail("sender@mail.example", [USER], raw)

    def append(self, raw: bytes, folder: str) -> None:
        with self.mailbox() as box:
            if not box.folder.exists(folder):
                box.folder.create(folder)
            box.append(raw, folder)

    def mailbox(self) -> Any:
        return MailBoxUnencrypted("127.0.0.1", self.imap, timeout=10).login(USER, PASSWORD)

    def empty(self) -> None:
        with self.mailbox() as box:
            for folder in box.folder.list():
                if {"\\Noselect", "\\NonExistent"} & set(folder.flags):
                    continue
                box.folder.set(folder.name)
                box.delete(box.uids())

    def flags(self, folder: str = "INBOX") -> list[tuple[str, ...]]:
        with self.mailbox() as box:
            box.folder.set(folder)
            return [tuple(mail.flags) for mail in box.fetch(mark_seen=False)]

    def config(self, **more: Any) -> dict[str, Any]:
        return {"imap_host": "127.0.0.1", "imap_port": self.imap, "imap_security": "none", "imap_user": USER,
                "imap_folders": "INBOX", "imap_after": "seen", **more}  # fmt: skip


def missing() -> str:
    """What keeps these tests from running here, or nothing."""
    if os.geteuid() != 0:
        return "dovecot and postfix need root"
    absent = [
        name
        for name in ("dovecot", "postfix")
        if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    ]
    return f"not installed: {', '.join(absent)}" if absent else ""


def run(action: str, folder: Path) -> None:
    command = [str(ROOT / ".ci" / "mail-servers"), action, str(folder), str(BASE)]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Proxy:
    """Passes a connection on, and cuts it after so many bytes from the server."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cut_after: int | None = None
        self.passed = 0
        self._sockets: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self._sockets += [client, server]
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        try:
            while data := source.recv(256):
                if counts and self.cut_after is not None and self.passed + len(data) > self.cut_after:
                    break
                self.passed += len(data) if counts else 0
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def close(self) -> None:
        for each in (self._server, *self._sockets):
            each.close()
