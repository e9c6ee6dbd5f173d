"""`manage.py serve --demo` as a person runs it: mail in and out by SMTP, and a clean stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("serve")  # one process for all of these
ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: Callable[[], Any], *, seconds: float = 20) -> Any:
    """Ask again until the answer is true; the last answer, whatever it is, when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


class Desk:
    """One running helpdesk, with all that it keeps in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.smtp_port, self.outbox_port = free_port(), free_port(), free_port()
        self.log = folder / "log"
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "LISTEN_SMTP_PORT": str(self.smtp_port),
            "OUTBOX_PORT": str(self.outbox_port),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or [sys.executable, "manage.py", "serve", "--demo"],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests may run without it
            )  # fmt: skip
        self.starts += 1
        assert until(lambda: self.said().count("Ctrl-C stops it.") == self.starts, seconds=120), self.said()

    def manage(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env={"PATH": os.environ["PATH"], "DATA_DIR": str(self.folder)}, check=True, timeout=60,
        )  # fmt: skip

    def stop(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def ready(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "helpdesk.sqlite3", timeout=20) as connection:
            return connection.execute(query, values).fetchall()

    def send(self, subject: str, text: str, **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            "Nina Berg <nina@berg.example>",
            "support@northquay.example",
            subject,
        )
        mail["Message-ID"] = f"<{time.time_ns()}@berg.example>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as server:
            assert server.send_message(mail) == {}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.manage("migrate", "-v0")
    desk.manage("shell", "--no-imports", "-c", "from helpdesk import demo; demo.seed(20)")  # 200 take longer
    desk.start()
    yield desk
    if desk.process is not None and desk.process.poll() is None:
        desk.process.kill()
        desk.process.wait(10)


def test_it_says_where_it_is_and_who_may_sign_in(desk: Desk) -> None:
    assert f"Helpdesk is ready on http://127.0.0.1:{desk.port}/" in desk.said()
    for role in ("agent", "senior", "supervisor", "administrator"):
        assert f"    {role}" in desk.said()


def test_it_is_ready(desk: Desk) -> None:
    assert until(lambda: desk.ready()["ok"])


def test_a_mail_becomes_a_ticket_and_the_conversation_stays_one(desk: Desk) -> None:
    desk.send("Where is my new card", "It has not come yet.")
    found = until(lambda: desk.ask("SELECT id FROM tickets_ticket WHERE subject = 'Where is my new card'"))
    assert len(found) == 1
    ticket = found[0][0]

    answer(desk, ticket, "It is on its way.")
    sent = until(
        lambda: [path for path in (desk.folder / "outbox").glob("*.eml") if f".t{ticket}." in path.name]
    )
    assert sent, desk.said()[-2000:]
    mail = message_from_bytes(sent[0].read_bytes())
    assert mail["To"] is not None
    assert "nina@berg.example" in mail["To"]
    assert mail["In-Reply-To"]

    desk.send("Re: Where is my new card", "It is here, thank you.", In_Reply_To=mail["Message-ID"])
    threaded = until(
        lambda: desk.ask(
            "SELECT verdict FROM channels_app_inboundcall WHERE ticket_id = ? AND verdict = 'threaded'",
            ticket,
        )
    )
    assert threaded == [("threaded",)]


def answer(desk: Desk, ticket: int, text: str) -> None:
    """What an agent's browser would do, by the same action."""
    code = (
        "from accounts.models import User; from tickets.actor import Actor;"
        "from tickets.actions.reply import reply;"
        f"reply({ticket}, actor=Actor.of(User.objects.get(username='mara')), body={text!r})"
    )
    desk.manage("shell", "--no-imports", "-c", code)


def test_it_stops_cleanly_and_starts_again_with_what_it_had(desk: Desk) -> None:
    tickets = desk.ask("SELECT count(*) FROM tickets_ticket")

    assert desk.stop(signal.SIGINT) == 0
    desk.start()
    assert desk.ask("SELECT count(*) FROM tickets_ticket") == tickets
    assert desk.stop(signal.SIGTERM) == 0

    assert desk.said().count("Stopped.") == 2
    assert "Traceback" not in desk.said()


def processes_of(session: int) -> str:
    return subprocess.run(
        ["ps", "-o", "args=", "-s", str(session)], capture_output=True, text=True, check=False
    ).stdout.strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_a_signal_to_make_alone_ends_the_desk(tmp_path: Path, number: signal.Signals) -> None:
    """A terminal tells both; `kill` tells only make, which passes on SIGTERM and nothing else."""
    if number == signal.SIGINT and not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells that make was interrupted")
    desk = Desk(tmp_path)
    desk.manage("migrate", "-v0")
    desk.manage("shell", "--no-imports", "-c", "from helpdesk import demo; demo.seed(1)")
    desk.start("make", "run", "PYTHON=true", f"RUN={sys.executable}")
    assert desk.process is not None
    session = desk.process.pid
    try:
        assert "manage.py serve" in processes_of(session)

        desk.process.send_signal(number)

        desk.process.wait(15)
        assert until(lambda: not processes_of(session), seconds=15) is True, processes_of(session)
        assert "Stopped." in desk.said()
        assert "Traceback" not in desk.said()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(session, signal.SIGKILL)
        desk.process.wait(10)


def test_a_database_that_is_broken_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "helpdesk.sqlite3").write_bytes(b"this is no database" * 100)

    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port())],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert f"The database {tmp_path}/helpdesk.sqlite3 cannot be used" in done.stderr
    assert "move it away" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("NewConnectionError: Failed to establish a new connection", "The network cannot be reached."),
        ("npm error code EAI_AGAIN", "The network cannot be reached."),
        ("error: no space left on device", "Mend it."),
    ],
)
def test_a_step_of_the_set_up_that_fails_says_why_and_what_to_do(said: str, sentence: str) -> None:
    code = f"import runpy; runpy.run_path('bin/setup')['_run'](['sh', '-c', 'echo \"{said}\"; exit 1'])"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 1
    assert said in done.stderr
    assert f"{sentence} Run the same again" in done.stderr


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT, env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
