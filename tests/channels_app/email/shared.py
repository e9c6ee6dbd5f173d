"""Where the shared cases lie, and how a share is printed.

The cases are other projects' test data; they are read in place and never copied here.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared"
ROOT = Path(os.environ.get("SHARED_DIR") or _BESIDE)
DATA = ROOT / "data"

needs_shared = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no shared cases at {ROOT}: set SHARED_DIR to the folder that holds data/"
)


def load(name: str) -> Any:
    """A JSON file of the shared data; nothing when the data is not here (the tests then skip)."""
    path = DATA / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


@contextmanager
def printed(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Print to the terminal although the test passes, also from a worker of xdist."""

    def show(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with capsys.disabled():
        yield show


def share(title: str, passed: int, total: int, failed: list[str]) -> str:
    """One line for the summary."""
    percent = 100 * passed / total if total else 100.0
    missing = f"; not: {', '.join(failed)}" if failed else ""
    return f"\n{title}: {passed}/{total} = {percent:.1f} %{missing}"
