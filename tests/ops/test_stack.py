"""The production processes, by the commands of docker-compose.yml, driven end to end through the proxy."""

from __future__ import annotations

import asyncio
import contextlib
import http.cookiejar
import json
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import websockets

from helpdesk import env

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "helpdesk_stack"
pytestmark = [pytest.mark.redis, pytest.mark.xdist_group("stack")]


def until(what: Callable[[], Any], *, seconds: float = 40) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def free_block(size: int) -> int:
    for base in range(24000, 30000, 20):
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for port in range(base, base + size):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise RuntimeError("no free ports")


class Redis:
    """A Redis of our own, so that it can be stopped."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = subprocess.Popen([*words, "--appendonly", "yes"], stdout=subprocess.DEVNULL)
        assert until(lambda: _listens(self.port))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Stack:
    """What a person and a mail server see of it."""

    def __init__(self, folder: Path, url: str, redis: Redis, base: int) -> None:
        self.folder, self.database, self.redis = folder, url, redis
        words = [sys.executable, str(ROOT / "bin/stack"), str(folder), url, redis.url, str(base)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith(b"{"):
            self.stop()
            raise RuntimeError(f"bin/stack did not start: see {folder}")
        started = json.loads(line)
        self.ports, self.pids = started["ports"], started["pids"]
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

    def manage(self, code: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis.url,
            "DATA_DIR": str(self.folder),
            "PROCESS": "worker",
            "SECRET_KEY": (self.folder / "secret_key").read_text(),
        }
        words = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        subprocess.run(words, cwd=ROOT, env=environment, check=True, timeout=120)

    def send(self, subject: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "nina@berg.example", "support@northquay.example", subject
        mail["Message-ID"] = f"<{time.time_ns()}@berg.example>"
        mail.set_content("Please help.")
        with smtplib.SMTP("127.0.0.1", self.ports["smtp"], timeout=20) as server:
            server.send_message(mail)

    def ticket(self, subject: str, *, seconds: float = 40) -> int:
        query = "SELECT id FROM tickets_ticket WHERE subject = %s"
        rows = until(lambda: self.ask(query, subject), seconds=seconds)
        assert len(rows) == 1, f"{len(rows)} tickets of one mail"
        return int(rows[0][0])


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
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'".encode())
        _collect_static(folder)
        redis.start()
        running = None
        try:
            running = Stack(folder, url, redis, base)
            running.manage("from helpdesk import demo; demo.seed(10)")
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


def test_a_worker_that_hangs_is_noticed_and_one_that_is_killed_loses_nothing(stack: Stack) -> None:
    os.kill(stack.pids["worker-inbound"], signal.SIGSTOP)
    stack.send("While nobody worked")
    assert until(lambda: stack.ready()[1] == ["workers"], seconds=60), stack.ready()
    rows = stack.ask("SELECT state FROM channels_app_inboundcall ORDER BY id DESC LIMIT 1")
    assert rows == [("received",)]

    os.kill(stack.pids["worker-inbound"], signal.SIGKILL)  # and it is started again

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

    stack.ticket(
        "While Redis was away", seconds=150
    )  # its task was never sent: the sweep takes it after a minute
    assert until(lambda: stack.ready() == (200, []), seconds=90), stack.ready()
