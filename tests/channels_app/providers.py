"""Stand-ins for those whom our adapters speak to: an SMTP server and an HTTP server that answer as told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """What came in, and what to answer next: answers are used up, then everything is taken."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    rcpt_answers: list[str] = field(default_factory=list)
    hang_seconds: float = 0
    envelopes: list[Envelope] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content, policy=policy.default) for each in self.envelopes]  # type: ignore[misc,arg-type]


class _Handler:
    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sink.rcpt_answers:
            return self.sink.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.sink.hang_seconds:
            await asyncio.sleep(self.sink.hang_seconds)
        answer = self.sink.answers.pop(0) if self.sink.answers else "250 taken"
        if answer.startswith("250"):
            self.sink.envelopes.append(envelope)
        return answer


@contextmanager
def smtp_server(*, smtputf8: bool = True) -> Iterator[Sink]:
    sink = Sink()
    sink.port = free_port()
    controller = Controller(_Handler(sink), hostname="127.0.0.1", port=sink.port, enable_SMTPUTF8=smtputf8)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def smtp_config(sink: Sink, **more: Any) -> dict[str, Any]:
    return {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none", **more}


@contextmanager
def http_server() -> Iterator[Sink]:
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(int(sink.answers.pop(0)) if sink.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        sink.port = server.server_address[1]
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
