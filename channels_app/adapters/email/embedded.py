"""Files that stand in the text of a mail itself, as before there was MIME: uuencode and yEnc."""

from __future__ import annotations

import binascii
import re
from itertools import islice

from .mime import decode_uu_lines

MOST_FILES = 100  # beginnings looked at in one text
_UU_BEGIN = re.compile(r"^begin(?P<is64>-base64)? [0-7]{3,4} (?P<name>[^\r\n]{1,200})$", re.M)
_YENC_BEGIN = re.compile(rb"^=ybegin [^\r\n]{0,200}?\bname=(?P<name>[^\r\n]{1,200})\r?\n", re.M)
_YENC_PART = re.compile(rb"=ypart [^\n]{0,200}\n")
_YENC_BYTES = bytes((byte - 42) % 256 for byte in range(256))
_YENC_ESCAPED = re.compile(rb"=(.)", re.S)
File = tuple[str, bytes]


def take_uuencoded(text: str) -> tuple[str, list[File]]:
    """The text without such blocks, and their files. Lines that are no such data end a block."""
    files: list[File] = []
    kept, done = [], 0
    for match in islice(_UU_BEGIN.finditer(text), MOST_FILES):
        if match.start() < done:
            continue
        read = _read_base64 if match["is64"] else _read_uu
        content, end = read(text, match.end() + 1)
        if content:
            kept.append(text[done : match.start()])
            files.append((match["name"], content))
            done = end
    return "".join([*kept, text[done:]]), files


def _read_uu(text: str, at: int) -> tuple[bytes, int]:
    """Up to 'end', where spaces at the ends of lines may be lost; without it, lines of just their length."""
    lines: list[bytes] = []
    is_exact = True
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end == -1 else end
        line = text[at:end]
        if line.rstrip() == "end":
            return decode_uu_lines(lines), min(end + 1, len(text))
        if line.rstrip() not in ("", "`"):
            size = _uu_size(line)
            if not size:
                break
            is_exact = is_exact and len(line) >= size
            lines.append(line.ljust(size).encode("ascii"))
        at = end + 1
    return (decode_uu_lines(lines), min(at, len(text))) if is_exact and lines else (b"", at)


def _uu_size(line: str) -> int:
    """How many characters the line should have; 0 for one that is no such data."""
    count = ord(line[0]) - 32 & 63
    size = 1 + (count * 4 + 2) // 3
    is_data = 0 < count <= 45 and len(line) <= size + 4 and all(" " <= char <= "`" for char in line)
    return size if is_data else 0


def _read_base64(text: str, at: int) -> tuple[bytes, int]:
    end = text.find("\n====", at)
    if end == -1:
        return b"", at
    try:
        content = binascii.a2b_base64(text[at:end].encode("ascii"))
    except (ValueError, UnicodeEncodeError):
        return b"", at
    after = text.find("\n", end + 1)
    return content, len(text) if after == -1 else after + 1


def take_yenc(data: bytes) -> tuple[bytes, list[File]]:
    """The same for yEnc, which uses all bytes and must be taken before they become text."""
    files: list[File] = []
    kept, done = [], 0
    for match in islice(_YENC_BEGIN.finditer(data), MOST_FILES):
        end = data.find(b"\n=yend", match.end() - 1)
        if match.start() < done or end == -1:
            continue
        part = _YENC_PART.match(data, match.end())
        body = data[part.end() if part else match.end() : end + 1].replace(b"\r", b"").replace(b"\n", b"")
        body = _YENC_ESCAPED.sub(lambda found: bytes(((found[1][0] - 64) % 256,)), body)
        files.append((match["name"].decode("utf-8", "replace").strip(' "'), body.translate(_YENC_BYTES)))
        kept.append(data[done : match.start()])
        after = data.find(b"\n", end + 1)
        done = len(data) if after == -1 else after + 1
    return b"".join([*kept, data[done:]]), files
