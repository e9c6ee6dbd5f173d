"""What a file is and what it may be called: never trust what the sender says."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

import puremagic

MAX_NAME = 200
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def safe_name(name: str) -> str:
    """Return a name without paths, control and bidi characters, of bounded length, extension kept."""
    name = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE.sub("_", name).strip(" .") or "file"
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        name = (
            f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
            if dot and len(extension) < 20
            else name[:MAX_NAME]
        )
    return name


def sniff(content: bytes, name: str) -> str:
    """Return the media type by content; by name only for plain text, which has no signature."""
    try:
        found = puremagic.from_string(content[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return found[:120]
    guessed = mimetypes.guess_type(name)[0] or ""
    if guessed.startswith("text/") and b"\x00" not in content[:4096]:
        return "text/plain"
    return "application/octet-stream"
