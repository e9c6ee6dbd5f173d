"""Recorded calls: `fixtures/<slug>/NAME.call.*` is the raw body, `NAME.headers.json` its headers if any,
`NAME.messages.json` what must come out, `config.json` the inbox they came to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from channels_app.contract import Adapter, Request
from channels_app.registry import adapter_class

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "the secret of the recorded calls"


def calls(slug: str) -> list[Path]:
    return sorted((FIXTURES / slug).glob("*.call.*"))


def name_of(call: Path) -> str:
    return call.name.partition(".call.")[0]


def request_of(call: Path) -> Request:
    headers = call.with_name(f"{name_of(call)}.headers.json")
    return Request(call.read_bytes(), json.loads(headers.read_text()) if headers.exists() else {})


def adapter(slug: str, **config: Any) -> Adapter:
    stored = json.loads((FIXTURES / slug / "config.json").read_text())
    return adapter_class(slug)(
        inbox_id=1, address=stored["address"], name=stored["name"], config={**stored["config"], **config}
    )


def as_json(value: Any) -> Any:
    """A dataclass as JSON without what is at its default; files by their hash."""
    if is_dataclass(value) and not isinstance(value, type):
        shown = {}
        for field in fields(value):
            given = getattr(value, field.name)
            default = field.default_factory() if field.default_factory is not MISSING else field.default
            if given != default:
                shown[field.name] = as_json(given)
        return shown
    if isinstance(value, (list, tuple)):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return {"size": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    return value.isoformat() if isinstance(value, datetime) else value
