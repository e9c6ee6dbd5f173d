"""The shared replies as cases: is what we show what the customer wrote?"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from channels_app.adapters.email.parse import parse_mail
from channels_app.adapters.email.trim import find_signature, split_reply
from channels_app.adapters.email.trim_html import split_reply_html
from tests.channels_app.email.shared import DATA, load

REPLY = DATA / "reply"


def cases(*formats: str) -> list[dict[str, Any]]:
    return [case for case in load("reply/cases.json") if case["format"] in formats]


def text_of(case: dict[str, Any]) -> str:
    """The text a case is about; a few files are not UTF-8, one expectation was read as Latin-1."""
    if "input" in case:
        return case["input"]
    raw = Path(REPLY / case["file"]).read_bytes()
    if case["format"] == "eml":
        return parse_mail(raw).text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def wrong(case: dict[str, Any]) -> dict[str, str]:
    """The expectations of a plain-text case that are not met, with what was read."""
    text = text_of(case)
    begun = time.perf_counter()
    trimmed = split_reply(text)
    seconds = time.perf_counter() - begun
    assert squeeze(trimmed.full_text) == squeeze(text) or "wrote:" in text  # nothing is lost
    reply, found = trimmed.reply, {}
    for key, want in case["expect"].items():
        if not _met(key, want, reply, text, seconds, case):
            found[key] = f"wanted {str(want)[:400]!r}, read {reply[:400]!r}"
    return found


def _met(key: str, want: Any, reply: str, text: str, seconds: float, case: dict[str, Any]) -> bool:
    got = squeeze(reply)
    if key == "signature":
        sender = case["expect"].get("sender", "")
        return squeeze(find_signature(text, sender)) == squeeze(want)
    if key == "reply":
        return _same(got, squeeze(want))
    if key == "reply_starts_with":
        return got.startswith(squeeze(want))
    if key == "contains":
        return all(squeeze(item) in got for item in want)
    if key == "absent":
        return not any(squeeze(item) in got for item in want)
    if key == "nothing_removed":
        return got == squeeze(text)
    if key == "max_seconds":
        return seconds <= want
    if key == "before_forward":
        return got == squeeze(want)
    return True


def _same(got: str, want: str) -> bool:
    """Equal, also when the expectation was stored with UTF-8 read as Latin-1."""
    try:
        return got == want or got == want.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False


def wrong_html(case: dict[str, Any]) -> dict[str, str]:
    """The same for an HTML case; only the words are compared, the tags around them are ours."""
    source = case["input"] if "input" in case else (REPLY / case["file"]).read_text("utf-8", "replace")
    visible, _ = split_reply_html(source)
    got = _words(visible)
    return {
        key: f"wanted {want[:300]!r}, read {visible[:300]!r}"
        for key, want in case["expect"].items()
        if _words(want) != got
    }


def _words(source: str) -> str:
    text = re.sub(r"<(script|style|head)\b.*?</\1>", "", source, flags=re.S | re.I)
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", text))
