"""The production processes, by the commands of docker-compose.yml, driven end to end through the proxy."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis as client
import websockets

from helpdesk import env
from tests.channels_app.providers import Sink, smtp_server
from tests.ops.services import ROOT, Redis, free_block, until

NAME = "helpdesk_stack"
SEED = """
from helpdesk import demo; demo.seed(10)
from channels_app.models import Inbox
Inbox.objects.filter(address="support@northquay.example").update(config={
    "send_by": "smtp", "smtp_host": "127.0.0.1", "smtp_port": %d, "smtp_security": "none"})
"""
pytestmark = [pytest.mark.redis, pytest.mark.xdist_group("stack")]


class Stack:
    """What a person and a mail server see of it."""

    def __init__(self, folder: Path, url: str, redis: Redis, base: int, sink: Sink) -> None:
        self.folder, self.database, self.redis, self.sink = folder, url, redis, sink
        words = [sys.executable, str(ROOT / "bin/stack"), str(folder), url, redis.url, str(base)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith(b"{"):
            self.stop()
            raise RuntimeError(f"bin/stack did not start: see {folder}")
        started = json.loads(line)
        self.ports, self.pids, self.health = started["ports"], started["pids"], started["health"]
        self.site = f"http://127.0.0.1:{self.ports['proxy']}"
        self.jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self.browser.open(self.site + path, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ready(self) -> tuple[int, list[str]]:
        status, text = self.get("/readyz")
        checks = json.loads(text)["checks"]
        return status, sorted(name for name, result in checks.items() if not result["ok"])

    def sign_in(self) -> None:
        _status, page = self.get("/account/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        form = {
            "csrfmiddlewaretoken": token[1],
            "login": "mara@northquay.example",
            "password": "northquay demo",
        }
        request = urllib.request.Request(
            f"{self.site}/account/login/", urllib.parse.urlencode(form).encode(), {"Referer": self.site}
        )
        with self.browser.open(request, timeout=20) as answer:
            assert answer.status == 200
        assert any(cookie.name == "sessionid" for cookie in self.jar)

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def manage(self, *words: str, given: bytes = b"") -> tuple[int, str]:
        """Run a command as `docker compose exec` would; return how it ended and what it said."""
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis.url,
            "DATA_DIR": str(self.folder),
            "PROCESS": "worker",
            "SECRET_KEY": (self.folder / "secret_key").read_text(),
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, input=given,
            stdout=subprocess.PIPE, check=False, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout.decode()

    def python(self, code: str) -> None:
        assert self.manage("shell", "--no-imports", "-c", code)[0] == 0

    def send(self, subject: str, *, by: str = "smtp", **headers: str) -> None:
        server: smtplib.SMTP = (smtplib.LMTP if by == "lmtp" else smtplib.SMTP)("127.0.0.1", self.ports[by])
        with server:
            server.send_message(mail_of(subject, **headers))

    def call(self, key: str, path: str, **data: object) -> Any:
        """Ask the API, or with data post to it."""
        request = urllib.request.Request(
            f"{self.site}/api/v1/{path}",
            json.dumps(data).encode() if data else None,
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def healthy(self) -> dict[str, str]:
        """Run every health check at once, as an engine would; return what the failing ones say."""
        running = {
            name: subprocess.Popen(
                check["words"], cwd=ROOT, env=check["environment"], text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for name, check in self.health.items()
        }  # fmt: skip
        said = {name: process.communicate(timeout=90)[0] for name, process in running.items()}
        return {name: said[name] for name, process in running.items() if process.returncode}

    def a_minute_passes(self) -> None:
        """What was stored and not understood is due for the sweep."""
        with psycopg.connect(self.database) as connection:
            connection.execute(
                "UPDATE channels_app_inboundcall SET next_attempt_at = now() WHERE state = 'received'"
            )

    def ticket(self, subject: str, *, seconds: float = 40) -> int:
        query = "SELECT id FROM tickets_ticket WHERE subject = %s"
        rows = until(lambda: self.ask(query, subject), seconds=seconds)
        assert len(rows) == 1, f"{len(rows)} tickets of one mail"
        return int(rows[0][0])


def mail_of(subject: str, text: str = "Please help.", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "nina@berg.example", "support@northquay.example", subject
    headers.setdefault("Message_ID", f"<{time.time_ns()}@berg.example>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def _collect_static(folder: Path) -> None:
    """What the image does when it is built."""
    words = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    given = {"PRODUCTION": "true", "SECRET_KEY": "k" * 40, "ALLOWED_HOSTS": "x", "DATA_DIR": str(folder)}
    given |= {"PATH": os.environ["PATH"], "STATIC_ROOT": str(folder / "static")}
    subprocess.run(words, cwd=ROOT, env=given, check=True, timeout=120)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not shutil.which("redis-server") or not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        pytest.skip("needs redis-server and nginx: .ci/run installs them")
    admin = env.text("CI_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    url = urlunsplit(urlsplit(admin)._replace(path=f"/{NAME}"))
    folder, base = tmp_path_factory.mktemp("stack"), free_block(10)
    redis = Redis(folder, base + 9)
    with smtp_server() as sink, psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'".encode())
        _collect_static(folder)
        redis.start()
        running = None
        try:
            running = Stack(folder, url, redis, base, sink)
            running.python(SEED % sink.port)
            running.sign_in()
            yield running
        finally:
            if running is not None:
                running.stop()
            redis.stop()
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)".encode())


def test_everything_becomes_ready(stack: Stack) -> None:
    assert until(lambda: stack.ready() == (200, [])), stack.ready()


def test_pages_and_hashed_static_files_come_through_the_proxy(stack: Stack) -> None:
    status, page = stack.get("/")
    assert status == 200

    sheet = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert sheet is not None
    assert stack.get(sheet[1])[0] == 200


def test_a_mail_pokes_the_socket_of_an_agent(stack: Stack) -> None:
    async def follow() -> dict[str, Any]:
        cookie = "; ".join(f"{each.name}={each.value}" for each in stack.jar)
        url = f"ws://127.0.0.1:{stack.ports['proxy']}/ws/agent/"
        async with websockets.connect(
            url, additional_headers={"Cookie": cookie}, origin=stack.site
        ) as socket_:
            await socket_.send(json.dumps({"ping": 1}))
            while "pong" not in json.loads(await asyncio.wait_for(socket_.recv(), 20)):
                pass
            await asyncio.to_thread(stack.send, "Poke me")
            while True:
                said = json.loads(await asyncio.wait_for(socket_.recv(), 30))
                if "ticket.opened" in said.get("kinds", []):
                    return dict(said)

    said = asyncio.run(follow())

    assert any(
        topic.startswith("team:") for topic in said["topics"]
    )  # it follows its teams, not yet the ticket
    number = stack.ticket("Poke me")
    assert stack.get(f"/tickets/{number}/")[0] == 200


def test_both_web_processes_answer(stack: Stack) -> None:
    cookie = "; ".join(f"{each.name}={each.value}" for each in stack.jar)
    for name in ("web1", "web2"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{stack.ports[name]}/", headers={"Cookie": cookie, "Host": "127.0.0.1"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert (answer.status, urlsplit(answer.url).path) == (200, "/"), "not the page to sign in"


def test_every_service_is_healthy_by_its_own_check(stack: Stack) -> None:
    assert set(stack.health) == {*stack.pids, "postgres", "redis"}
    assert until(lambda: stack.ready() == (200, []))

    assert stack.healthy() == {}


def test_mail_comes_by_lmtp_and_by_the_pipe(stack: Stack) -> None:
    stack.send("By LMTP", by="lmtp")
    piped = ["receive_email", "--inbox", "support@northquay.example"]
    code, said = stack.manage(*piped, given=mail_of("By the pipe").as_bytes())
    lost, why = stack.manage("receive_email", "--inbox", "nobody@northquay.example", given=b"Subject: x\n\nx")

    answer = json.loads(said)
    assert (code, answer["verdict"], answer["ticket"]) == (0, "ticketed", stack.ticket("By the pipe"))
    assert (lost, json.loads(why)["call"]) == (75, None)
    assert "no inbox nobody@northquay.example" in json.loads(why)["reason"]
    assert stack.ticket("By LMTP")


def test_an_answer_by_the_api_leaves_threaded_and_the_customers_comes_back_to_its_ticket(
    stack: Stack,
) -> None:
    _code, said = stack.manage("create_api_key", "mara@northquay.example", "--scope", "tickets:read",
                               "--scope", "tickets:write")  # fmt: skip
    key = said.strip()
    stack.send("Which branch is open", Message_ID="<first@berg.example>")
    number = stack.ticket("Which branch is open")

    stack.call(key, f"tickets/{number}/replies/", body="The one at the harbour.")

    assert until(lambda: any("harbour" in str(mail) for mail in stack.sink.mails))
    mail = next(mail for mail in stack.sink.mails if "harbour" in str(mail))
    assert (mail["In-Reply-To"], mail["To"]) == ("<first@berg.example>", "nina@berg.example")
    assert mail["Subject"] == f"Re: Which branch is open [#{number}]"
    stack.send("Re: Which branch is open", In_Reply_To=mail["Message-ID"])
    query = "SELECT verdict FROM channels_app_inboundcall WHERE ticket_id = %s ORDER BY id"
    verdicts = [("ticketed",), ("threaded",)]
    assert until(lambda: stack.ask(query, number) == verdicts), stack.ask(query, number)
    kinds = [each["kind"] for each in stack.call(key, f"tickets/{number}/messages/")["results"]]
    assert kinds == ["in", "out", "in"]


def test_a_worker_that_hangs_is_noticed_and_one_that_is_killed_loses_nothing(stack: Stack) -> None:
    os.kill(stack.pids["worker-inbound"], signal.SIGSTOP)
    stack.send("While nobody worked")
    with client.Redis.from_url(stack.redis.url) as redis:  # as if half a minute passed
        assert redis.delete("helpdesk:1:heartbeat.queue.inbound") == 1
    assert stack.ready() == (503, ["workers"])
    rows = stack.ask("SELECT state FROM channels_app_inboundcall ORDER BY id DESC LIMIT 1")
    assert rows == [("received",)]

    os.kill(stack.pids["worker-inbound"], signal.SIGKILL)  # and it is started again
    stack.a_minute_passes()  # what it held is lost: the sweep takes it

    stack.ticket("While nobody worked")
    assert until(lambda: stack.ready() == (200, []), seconds=60), stack.ready()


def test_without_redis_it_says_so_keeps_mail_and_catches_up(stack: Stack) -> None:
    stack.redis.stop()
    status, failing = stack.ready()
    assert status == 503
    assert {"broker", "channel_layer", "workers", "beat"} <= set(failing)
    assert "database" not in failing
    stack.send("While Redis was away")

    stack.redis.start()
    stack.a_minute_passes()  # its task was never sent: the sweep takes it

    stack.ticket("While Redis was away", seconds=90)
    assert until(lambda: stack.ready() == (200, []), seconds=90), stack.ready()
