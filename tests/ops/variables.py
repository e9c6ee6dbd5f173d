"""Which environment variables the code reads, and which .env.example tells of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = {"text", "flag", "number", "words", "secret", "database", "mail"}
FILE_READERS = {"secret", "database", "mail"}  # also read NAME_FILE
FOLDERS = ("helpdesk", "accounts", "customers", "tickets", "channels_app", "automation", "bench")


def _reads() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and ast.unparse(node.func.value) == "env"
                    and node.func.attr in READERS
                ):
                    yield node.func.attr, ast.literal_eval(node.args[0])


def read_by_code() -> set[str]:
    return {name for _reader, name in _reads()}


def accepted() -> set[str]:
    """With NAME_FILE, where a file may hold the value."""
    return read_by_code() | {f"{name}_FILE" for reader, name in _reads() if reader in FILE_READERS}


def documented() -> set[str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))
