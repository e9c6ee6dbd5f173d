"""PostgreSQL and Redis of one test alone, so that it may stop them; and what waits for processes."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def until(what: Callable[[], Any], *, seconds: float = 40) -> Any:
    """Ask again until the answer is true; the last answer, whatever it is, when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def free_block(size: int) -> int:
    """Return the first of some free ports in a row."""
    for base in range(24000, 30000, 20):
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for port in range(base, base + size):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise RuntimeError("no free ports")


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Redis:
    """With `is_kept` it remembers over a stop, as in production; without, it loses everything."""

    def __init__(self, folder: Path, port: int, *, is_kept: bool = True) -> None:
        self.folder, self.port, self.is_kept = folder, port, is_kept
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        words += ["--appendonly", "yes"] if self.is_kept else ["--save", ""]
        self.process = subprocess.Popen(words, **WORDS)
        assert until(lambda: listens(self.port))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


class Postgres:
    """A cluster in a folder. It does not run as root, so root hands it to the user `postgres`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="helpdesk-postgres-"))  # pytest's belong to who runs it
        self.data = self.folder / "data"
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        # only PostgreSQL crashes here, not the machine: what reached the kernel is kept
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self.folder}"
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-o", options, "-l", self.folder / "log")

    def stop(self, mode: str) -> None:
        """`fast` ends sessions, `immediate` is a crash: it recovers when it starts."""
        self._run("pg_ctl", "stop", "-w", "-D", self.data, "-m", mode)

    def remove(self) -> None:
        with contextlib.suppress(AssertionError):  # it may stand still already
            self.stop("immediate")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *words: object) -> None:
        command = [str(postgres_program(program)), *(str(word) for word in words)]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        with tempfile.TemporaryFile("w+") as said:  # a pipe would stay open for as long as the server runs
            done = subprocess.run(command, stdout=said, stderr=said, timeout=60, cwd=self.folder, check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()


def postgres_program(name: str) -> Path | None:
    """Return where PostgreSQL's own program is; Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    return found[-1] if found else Path(on_path) if on_path else None


def missing() -> str:
    """Return what this machine lacks, or an empty text."""
    if not shutil.which("redis-server"):
        return "needs redis-server: .ci/run installs it"
    if postgres_program("initdb") is None:
        return "needs PostgreSQL's programs: .ci/run installs them"
    if os.getuid() == 0 and not shutil.which("runuser"):
        return f"{getpass.getuser()} cannot start PostgreSQL without runuser"
    return ""
