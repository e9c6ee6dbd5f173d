"""Every example of docs/api.md is run as it stands, one after the other, against a live server."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from accounts.models import Presence, User
from tests import make

DOCS = Path(__file__).parent.parent / "docs" / "api.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== end of example ==="


def test_the_examples_do_what_they_say(live_server: Any, ada: User, tmp_path: Path) -> None:
    if not shutil.which("curl") or not shutil.which("openssl"):
        pytest.skip("the examples need curl and openssl")
    Presence.objects.create(user=ada, state=Presence.State.ONLINE)
    inbox = make.inbox(team=make.team("Support"))
    with time_machine.travel("2026-03-01T09:00:00Z"):  # the feed holds back what is fresh
        for _ in range(2):
            make.ticket(inbox_=inbox)
    fences = FENCE.findall(DOCS.read_text())
    examples = [text for kind, text in fences if kind == "sh"]

    done = _run(
        examples,
        tmp_path,
        DESK=live_server.url,
        KEY=_key(fences),
        INBOX=str(inbox.pk),
        INBOX_KEY=str(inbox.key),
        SIGNING_KEY=make.SIGNING_KEY,
    )

    answers = done.split(MARK + "\n")[:-1]
    assert len(answers) == len(examples)
    told = iter(answers)
    last = ""
    for kind, text in fences:
        if kind == "sh":
            last = next(told)
        elif kind == "json":
            _compare(json.loads(text), json.loads(last.strip().splitlines()[-1]), text)


def _key(fences: list[tuple[str, str]]) -> str:
    """Make the key with the very command that the text gives."""
    (command,) = (text for kind, text in fences if kind == "console")
    words = shlex.split(command)
    assert words[:2] == ["manage.py", "create_api_key"]
    out = StringIO()
    call_command(words[1], *words[2:], stdout=out)
    return out.getvalue().strip().splitlines()[-1]


def _run(examples: list[str], folder: Path, **variables: str) -> str:
    script = "set -euo pipefail\n" + "".join(f"{text}\necho; echo '{MARK}'\n" for text in examples)
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_PROXY": "*", **variables},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _compare(told: Any, given: Any, example: str) -> None:
    """The answer has every field that the text shows, with values of the same kind."""
    if isinstance(told, dict):
        assert isinstance(given, dict), example
        for name, value in told.items():
            assert name in given, f"{name} is not in the answer of:\n{example}\n{given}"
            _compare(value, given[name], example)
    elif isinstance(told, list):
        assert isinstance(given, list), example
        for mine, theirs in zip(told, given, strict=False):
            _compare(mine, theirs, example)
        assert bool(told) == bool(given) or not told, example
    elif isinstance(told, str) and not _is_time(told):
        assert told == given, f"{told!r} is not {given!r}:\n{example}"
    elif told is not None and given is not None:
        assert isinstance(given, type(told)), f"{given!r} is not like {told!r}:\n{example}"


def _is_time(text: str) -> bool:
    return bool(re.match(r"\d{4}-\d\d-\d\dT", text))
