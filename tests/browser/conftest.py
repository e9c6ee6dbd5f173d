"""A desk in one process, and Chromium to look at it. Module-scoped: the sync driver keeps a loop running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.main_job.servers import ROOT, free_port

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "correct horse"  # of the cast


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a desk with two agents and six tickets."""
    with serving(tmp_path_factory.mktemp("desk"), "tests.browser.seed") as (url, _told):
        yield url


@contextmanager
def serving(folder: Path, seed: str) -> Iterator[tuple[str, str]]:
    """Fill a database by the module `seed` and serve it: its address, and what the module printed."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    variables = {
        **kept, "DATA_DIR": str(folder / "var"), "PORT": str(port), "LISTEN_SMTP_PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    seeded = subprocess.run(
        [sys.executable, "-m", seed], cwd=ROOT, env=variables, check=True, timeout=120, stdout=subprocess.PIPE
    )
    log = folder / "desk.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=variables, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process, log)
        yield url, seeded.stdout.decode()
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, desk: str) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser of its own in which somebody is signed in."""
    states: dict[str, object] = {}
    opened: list[BrowserContext] = []

    def open_as(name: str, **options: object) -> BrowserContext:
        if name not in states:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(f"{desk}/account/login/")
            page.fill("input[name=login]", f"{name}@desk.example")
            page.fill("input[name=password]", PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url(f"{desk}/")
            states[name] = context.storage_state()
            context.close()
        settings = {"viewport": {"width": 1440, "height": 900}, "base_url": desk, **options}
        context = chromium.new_context(storage_state=states[name], **settings)  # type: ignore[arg-type]
        opened.append(context)
        return context

    yield open_as
    for context in opened:
        context.close()


@pytest.fixture
def ada(signed_in: Callable[..., BrowserContext]) -> Iterator[Page]:
    """Ada's screen. What the console complains about fails the test."""
    yield from _page(signed_in("ada"))


@pytest.fixture
def sam(signed_in: Callable[..., BrowserContext]) -> Iterator[Page]:
    """Sam's screen: a supervisor of the same team."""
    yield from _page(signed_in("sam"))


def _page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda told: complaints.append(f"{told.text} {told.location}") if told.type == "error" else None,
    )
    yield page
    context.close()
    assert not [text for text in complaints if "409" not in text and "net::" not in text]
