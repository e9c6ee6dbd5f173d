"""winmail.dat: what Outlook packs a mail into when it takes the other side for Outlook ([MS-OXTNEF]).

No library that is still looked after reads it. Only files and words are taken; each length is checked against
what is there, and nothing is unpacked, so nothing can swell.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .charsets import decode, guess

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_FILES = 200
_BODY, _FILE_DATA, _FILE_TITLE = 0x800C, 0x800F, 0x8010
_FILE_START, _MAIL_PROPERTIES, _FILE_PROPERTIES, _CODE_PAGE = 0x9002, 0x9003, 0x9005, 0x9007
_TEXT, _HTML = 0x1000, 0x1013
_LONG_NAME, _SHORT_NAME, _MIME_TYPE, _CONTENT_ID, _DATA = 0x3707, 0x3704, 0x370E, 0x3712, 0x3701
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_SIZED = {0x0D, 0x1E, 0x1F, 0x102}
_OBJECT_HEAD = 16  # an object's value begins with the id of its interface


@dataclass(slots=True)
class File:
    """One file inside."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Opened:
    """What was found."""

    files: list[File]
    text: str = ""
    html: str = ""


def open_tnef(data: bytes) -> Opened | None:
    """The files and words of a winmail.dat; None for anything else. A cut one gives what it has."""
    if not data.startswith(SIGNATURE):
        return None
    found, charset = Opened([]), ""
    for tag, value in _attributes(data):
        if tag == _CODE_PAGE and len(value) >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif tag == _BODY:
            found.text = found.text or decode(value, charset).strip("\0")
        elif tag == _MAIL_PROPERTIES:
            _read_words(found, _properties(value), charset)
        elif tag == _FILE_START and len(found.files) < MOST_FILES:
            found.files.append(File())
        elif found.files:
            _read_file(found.files[-1], tag, value, charset)
    found.files = [file for file in found.files if file.content]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        tag, size = struct.unpack_from("<xHxxI", data, at)
        at += 9
        yield tag, data[at : at + size]
        at += size + 2


def _read_words(found: Opened, properties: dict[int, tuple[int, bytes]], charset: str) -> None:
    found.text = _string(properties.get(_TEXT), charset) or found.text
    kind, html = properties.get(_HTML, (0, b""))
    found.html = guess(html).strip("\0") if kind == 0x102 else _string((kind, html), charset)


def _read_file(file: File, tag: int, value: bytes, charset: str) -> None:
    if tag == _FILE_TITLE:
        file.name = file.name or decode(value, charset).strip("\0")
    elif tag == _FILE_DATA:
        file.content = value
    elif tag == _FILE_PROPERTIES:
        known = _properties(value)
        short = _string(known.get(_SHORT_NAME), charset)
        file.name = _string(known.get(_LONG_NAME), charset) or file.name or short
        file.content_type = _string(known.get(_MIME_TYPE), charset).lower()
        file.content_id = _string(known.get(_CONTENT_ID), charset)
        kind, content = known.get(_DATA, (0, b""))
        if not file.content:
            file.content = content[_OBJECT_HEAD:] if kind == 0x0D else content


def _string(found: tuple[int, bytes] | None, charset: str) -> str:
    if found is None:
        return ""
    kind, data = found
    return decode(data, "utf-16-le" if kind == 0x1F else charset).strip("\0")


def _properties(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Type and first value of each property, up to the first that cannot be read."""
    found: dict[int, tuple[int, bytes]] = {}
    try:
        count, at = struct.unpack_from("<I", data)[0], 4
        for _number in range(min(count, 2_000)):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if name >= 0x8000 else at + 4
            value, at = _value(data, at, kind)
            found.setdefault(name, (kind & 0x0FFF, value))
    except (struct.error, ValueError):
        pass
    return found


def _after_name(data: bytes, at: int) -> int:
    """Named properties bring a set (16 bytes) and a number or a string."""
    is_string, size = struct.unpack_from("<II", data, at + 16)
    return int(at + 24 + (_padded(size) if is_string else 0))


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    base, count = kind & 0x0FFF, 1
    if kind & 0x1000 or base in _SIZED:
        count, at = struct.unpack_from("<I", data, at)[0], at + 4
    if base not in _SIZED and base not in _FIXED:
        raise ValueError("a type that we do not know")
    first = b""
    for number in range(min(count, 1_000)):
        size = _FIXED.get(base, 0)
        if base in _SIZED:
            size, at = struct.unpack_from("<I", data, at)[0], at + 4
        if at + size > len(data):
            raise ValueError("cut")
        first = first if number else data[at : at + size]
        at += _padded(size)
    return first, at


def _padded(size: int) -> int:
    return size + (-size % 4)
