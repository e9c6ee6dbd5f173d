"""PostgreSQL and Redis stopped and started under real processes, while mail comes in and answers leave."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.channels_app.providers import Sink, smtp_server
from tests.ops.services import ROOT, Postgres, Redis, free_block, listens, missing, until

pytestmark = [pytest.mark.redis, pytest.mark.xdist_group("restarts")]
DESK = "support@desk.example"
SEED = f"""
from channels_app.models import Inbox
from accounts.models import Team
Inbox.objects.create(
    channel="email", name="Support", address="{DESK}", team=Team.objects.create(name="Support"),
    is_auto_reply_on=True, auto_reply="We have it.",
    config={{"send_by": "smtp", "smtp_host": "127.0.0.1", "smtp_port": %d, "smtp_security": "none"}},
)
"""


class Desk:
    """The processes of one desk, on services of its own, and customers who write to it."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        base = free_block(4)
        self.web, self.smtp = base, base + 1
        self.postgres = Postgres(base + 2)
        self.redis = Redis(folder, base + 3, is_kept=False)
        self.folder, self.sink = folder, sink
        self.environment = {
            "PATH": os.environ["PATH"], "DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url,
            "DATA_DIR": str(folder), "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        self.processes: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        self.postgres.start()
        self.redis.start()
        self.manage("migrate", "-v0")
        self.manage("shell", "--no-imports", "-v0", "-c", SEED % self.sink.port)
        celery = ["-m", "celery", "-A", "helpdesk"]
        queues = ["--queues", "inbound,outbound,rules,bulk", "--concurrency", "2"]
        self.run("worker", *celery, "worker", *queues, "--without-gossip", "--without-mingle")
        self.run("beat", *celery, "beat", "--pidfile=")
        self.run("worker", "manage.py", "mail_listener", "--smtp-port", str(self.smtp))
        self.run(
            "web", "-m", "gunicorn", "helpdesk.wsgi", "--bind", f"127.0.0.1:{self.web}", "--threads", "4"
        )
        assert until(lambda: listens(self.smtp) and self.ready() == [], seconds=60), self.said()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        until(lambda: all(process.poll() is not None for process in self.processes.values()), seconds=10)
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.redis.stop()
        self.postgres.remove()

    def mend(self) -> None:
        """Start again what has died, as `restart: unless-stopped` does: Celery now and then ends, with
        "Unrecoverable error", when the connection breaks a second time while it is made again.
        """
        for words, process in list(self.processes.items()):
            if process.poll() is not None:
                self.run(*words)

    def run(self, kind: str, *words: str) -> None:
        with (self.folder / "log").open("ab") as log:
            given = {**self.environment, "PROCESS": kind}
            process = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=given, stdout=log, stderr=log, start_new_session=True
            )
        self.processes[(kind, *words)] = process

    def manage(self, *words: str) -> None:
        given = {**self.environment, "PROCESS": "worker"}
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=given, check=True, timeout=60)

    def said(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def ready(self) -> list[str] | None:
        """Return the checks that fail; None when the page itself does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/readyz", timeout=20) as answer:
                return failing(json.load(answer))
        except urllib.error.HTTPError as error:
            return failing(json.load(error))
        except OSError:
            return None

    def failing(self) -> list[str]:
        found = self.ready()
        assert found is not None, "the page did not answer"
        return found

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def settle(self) -> None:
        """Wait until everything is done, as if more time passed than does."""
        end = time.monotonic() + 60
        while not until(self.is_settled, seconds=5):
            assert time.monotonic() < end, self.said()
            self.mend()
            self._time_passes()

    def _time_passes(self) -> None:
        """What the sweeps take up after a minute, and a claim that is lost after ten, are due now."""
        with psycopg.connect(self.postgres.url) as connection:
            connection.execute(
                "UPDATE channels_app_inboundcall SET next_attempt_at = now() WHERE state = 'received'"
            )
            connection.execute("UPDATE tickets_event SET next_attempt_at = now() WHERE handled_at IS NULL")
            connection.execute(
                "UPDATE tickets_message SET claimed_at = now() - interval '1 hour' WHERE delivery = 'sending'"
                " AND claimed_at < now() - interval '15 seconds'"
            )

    def is_settled(self) -> bool:
        """Every call has its verdict, every fact its subscribers, and every answer has left."""
        (open_rows,) = self.ask(
            "SELECT (SELECT count(*) FROM channels_app_inboundcall WHERE state = 'received')"
            " + (SELECT count(*) FROM tickets_event WHERE handled_at IS NULL)"
            " + (SELECT count(*) FROM tickets_message WHERE delivery IN ('queued', 'sending'))"
        )
        return open_rows == (0,)


def failing(answer: dict[str, Any]) -> list[str]:
    return sorted(name for name, result in answer["checks"].items() if not result["ok"])


class Customers:
    """They write one after the other, and like a mail server send again what was not taken."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        self.taken: list[str] = []
        self.answers: Counter[int] = Counter()
        self.refused: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write)

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._thread.join(60)

    def _write(self) -> None:
        number = 0
        while not self._stopped.is_set():
            number += 1
            self._send(f"{self.name}-{number}")
            self._stopped.wait(0.15)

    def _send(self, subject: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{subject}@customer.example", DESK, subject
        mail["Message-ID"] = f"<{subject}@customer.example>"
        mail.set_content(f"This is {subject}.")
        end = time.monotonic() + 40
        while time.monotonic() < end:
            code = self._try(mail)
            self.answers[code] += 1
            if code == 250:
                self.taken.append(subject)
                return
            time.sleep(0.3)
        self.refused.append(subject)

    def _try(self, mail: EmailMessage) -> int:
        """Return the code of the answer; 421 when the connection broke, as mail servers read it."""
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            return next(iter(error.recipients.values()))[0]
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        except (OSError, smtplib.SMTPServerDisconnected):
            return 421
        return 250


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    if reason := missing():
        pytest.skip(reason)
    with smtp_server() as sink:
        sink.hang_seconds = 0.1  # so that answers are on their way when something stops
        desk = Desk(tmp_path_factory.mktemp("restarts"), sink)
        try:
            desk.start()
            yield desk
        finally:
            desk.stop()


def require_each_once(desk: Desk, customers: Customers) -> None:
    """What was acknowledged is one message on one ticket, answered once; the ledger names each."""
    desk.settle()
    wanted = sorted(customers.taken)
    mine = f"'{customers.name}-%'"
    messages = desk.ask(
        f"SELECT subject, ticket_id FROM tickets_message WHERE kind = 'in' AND subject LIKE {mine}"
    )
    assert sorted(subject for subject, _ticket in messages) == wanted
    assert len({ticket for _subject, ticket in messages}) == len(wanted)
    ledger = desk.ask(
        "SELECT subject, state, verdict, ticket_id IS NOT NULL FROM channels_app_inboundcall"
        f" WHERE subject LIKE {mine} ORDER BY subject"
    )
    assert ledger == [(subject, "done", "ticketed", True) for subject in wanted]
    answers = desk.ask(
        "SELECT m.external_id, m.delivery FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id"
        f" WHERE m.kind = 'out' AND t.subject LIKE {mine}"
    )
    assert Counter(delivery for _id, delivery in answers) == {"sent": len(wanted)}
    left = Counter(mail["Message-ID"].strip("<>") for mail in desk.sink.mails)
    assert {left[each] for each, _delivery in answers} == {1}, "each answer left once"
    tries = desk.ask(
        "SELECT count(DISTINCT a.message_id) FROM channels_app_deliveryattempt a WHERE outcome = 'sent'"
    )
    assert tries[0][0] >= len(wanted)


def test_postgresql_stopped_and_started_loses_and_doubles_nothing(desk: Desk) -> None:
    customers = Customers(desk.smtp, "postgres")
    said: list[list[str]] = []

    with customers.writing():
        for mode in ("fast", "immediate", "fast"):
            assert until(lambda: len(customers.taken) > len(said) * 3)
            desk.postgres.stop(mode)
            said.append(desk.failing())
            time.sleep(1)
            desk.postgres.start()
            taken = len(customers.taken)
            assert until(lambda before=taken: len(customers.taken) > before), desk.said()
            assert until(lambda: "database" not in desk.failing(), seconds=10), desk.ready()

    assert all({"database", "calls"} <= set(each) for each in said), said
    assert set(customers.answers) <= {250, 421, 451}, customers.answers
    assert customers.answers[451] >= 3
    assert customers.refused == []
    require_each_once(desk, customers)
    assert until(lambda: desk.ready() == []), desk.ready()


def test_a_broker_that_forgets_everything_loses_and_doubles_nothing(desk: Desk) -> None:
    customers = Customers(desk.smtp, "redis")
    said: list[list[str]] = []

    with customers.writing():
        for _ in range(2):
            assert until(lambda: len(customers.taken) > len(said) * 3)
            desk.redis.stop()
            said.append(desk.failing())
            time.sleep(1)
            taken = len(customers.taken)
            assert until(lambda before=taken: len(customers.taken) > before), (
                "mail is stored without a broker"
            )
            desk.redis.start()

    for each in said:
        assert {"broker", "channel_layer"} <= set(each)
        assert "database" not in each
    assert set(customers.answers) == {250}, "the broker is no reason to refuse a mail"
    require_each_once(desk, customers)
    assert until(lambda: desk.ready() == []), desk.ready()
