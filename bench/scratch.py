"""A database of its own, and servers that run against it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from helpdesk import env

ROOT = Path(__file__).resolve().parent.parent
NAME = "helpdesk_bench"


def admin_url() -> str:
    return env.text("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def database_url() -> str:
    return urlunsplit(urlsplit(admin_url())._replace(path=f"/{NAME}"))


def redis_url() -> str:
    return env.text("BENCH_REDIS_URL", "redis://127.0.0.1:6379/14")


@contextlib.contextmanager
def database(*, keep: bool) -> Iterator[None]:
    """Make the database anew; drop it at the end."""
    _drop()
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield
    finally:
        if not keep:
            _drop()


def _drop() -> None:
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def environment(folder: str) -> dict[str, str]:
    """What every process of a run is started with."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url(),
        "DATA_DIR": folder,
        "LOG_LEVEL": "ERROR",
        "POLL_BY_BEAT": "false",
        "PROCESS": "web",
        "API_RATE": "1000000/min",
    }


@contextlib.contextmanager
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as path:
        yield path


@contextlib.contextmanager
def process(*words: str, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the virtual environment until the block ends."""
    program = Path(sys.executable).with_name(words[0])
    running = subprocess.Popen(
        [str(program), *words[1:]], cwd=ROOT, env={**os.environ, **changes}, stdout=subprocess.DEVNULL
    )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(10)


@contextlib.contextmanager
def web() -> Iterator[int]:
    """One gunicorn process; yields its port."""
    port = free_port()
    words = ("gunicorn", "helpdesk.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread")
    with process(*words, "--workers", "1", "--threads", "4", "--log-level", "error"):
        _wait_for(port)
        yield port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise SystemExit(f"The web process did not start on port {port}.")
