"""Production refuses what is unsafe, in a sentence that says what to set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "PRODUCTION": "true",
    "SECRET_KEY": "x" * 50,
    "ALLOWED_HOSTS": "help.example",
}


def start(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    given = {**GOOD, "DATA_DIR": str(tmp_path), **changes}
    environment = {
        "PATH": os.environ["PATH"],
        **{name: value for name, value in given.items() if value is not None},
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_good_settings_start(tmp_path: Path) -> None:
    done = start(tmp_path)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY"),
        ({"DEBUG": "true"}, "Set DEBUG=false"),
        ({"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "help.example,*"}, "Set ALLOWED_HOSTS"),
        ({"DEBUG": "yes"}, "DEBUG must be true or false"),
        ({"DATABASE_POOL": "many", "DATABASE_URL": "postgres://x/y"}, "DATABASE_POOL must be a whole number"),
    ],
)
def test_unsafe_settings_do_not_start(tmp_path: Path, changes: dict[str, str | None], sentence: str) -> None:
    done = start(tmp_path, **changes)

    assert done.returncode != 0
    assert sentence in done.stderr


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("y" * 40 + "\n")

    assert start(tmp_path, SECRET_KEY=None, SECRET_KEY_FILE=str(secret)).returncode == 0
