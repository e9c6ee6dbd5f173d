"""Header fields: encoded words (RFC 2047), parameters (RFC 2231), addresses and dates (RFC 5322).

Each function takes what senders really write and never raises.
"""

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from .charsets import decode, guess, storable

MAX_ADDRESSES = 500
MAX_REFERENCES = 200
_MAX_VALUE = 100_000

_CHARSET_HINT = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]{2,40})|=\?([\w.:-]{2,40})\?[bq]\?", re.I)
_WORD_START = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
_PARAMETER = re.compile(r";\s*([^=;\s\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))", re.S)
_SECTION = re.compile(r"^(.+?)(?:\*(\d{1,3}))?(\*)?$")
_BACKSLASH = re.compile(r"\\(.)", re.S)
_ESCAPED = re.compile(r"\\([\"\\])")  # other backslashes in a parameter are a path
_SPACES = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85]+")
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_ADDRESS = re.compile(
    r"[^\s<>()\[\]\\,;:\"@]{1,200}@(?:[^\s<>()\[\]\\,;:\"@]{1,253}|\[[0-9A-Za-z.:]{2,60}\])"
)


class Mailbox(NamedTuple):
    """A name and an address; either may be empty."""

    name: str
    address: str


def decode_header_block(block: bytes) -> str:
    """Header bytes as text: ASCII or UTF-8, else each line as its mail's charset or by guess."""
    try:
        if b"\x1b$" not in block:
            return storable(block.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    hint = _CHARSET_HINT.search(block)
    charset = (hint[1] or hint[2]).decode("ascii") if hint else ""
    return "\n".join(_decode_line(line, charset) for line in block.split(b"\n"))


def _decode_line(line: bytes, charset: str) -> str:
    if line.isascii():
        return decode(line)
    if charset.lower() in ("", "us-ascii", "utf-8", "utf8", "iso-8859-1"):
        return storable(guess(line))
    try:
        return storable(line.decode("utf-8"))
    except UnicodeDecodeError:
        return decode(line, charset)


def decode_words(value: str) -> str:
    """Text with its encoded words decoded; neighbours of one charset are joined before decoding."""
    if "=?" not in value:
        return value
    out: list[str] = []
    run: list[tuple[str, str, str]] = []
    at = 0
    for start, end, charset, encoding, text in _words(value):
        between = value[at:start]
        if not (run and not between.strip()):
            out.append(_decode_run(run))
            run = []
            out.append(between)
        run.append((charset, encoding, text))
        at = end
    out.append(_decode_run(run))
    out.append(value[at:])
    return storable("".join(out))


def _words(value: str) -> list[tuple[int, int, str, str, str]]:
    found: list[tuple[int, int, str, str, str]] = []
    at = value.find("=?")
    while at != -1 and len(found) < 5_000:
        match = _WORD_START.match(value, at)
        if not match:
            at = value.find("=?", at + 2)
            continue
        end = value.find("?=", match.end())
        if end == -1:  # cut off in the middle: still readable when nothing follows
            end = len(value)
            if " " in value[match.end() :]:
                break
        charset = match[1].partition("*")[0]  # RFC 2231 allows a language after the charset
        found.append((at, min(end + 2, len(value)), charset, match[2].lower(), value[match.end() : end]))
        at = value.find("=?", end + 2)
    return found


def _decode_run(run: list[tuple[str, str, str]]) -> str:
    out: list[str] = []
    pending, last = b"", ""
    for charset, data in _word_bytes(run):
        if charset.lower() != last.lower() and pending:
            out.append(decode(pending, last))
            pending = b""
        pending, last = pending + data, charset
    return "".join(out) + (decode(pending, last) if pending else "")


def _word_bytes(run: list[tuple[str, str, str]]) -> list[tuple[str, bytes]]:
    """The bytes of each word; base64 that was split within a group is joined first."""
    out: list[tuple[str, bytes]] = []
    carry = ""
    for index, (charset, encoding, text) in enumerate(run):
        if encoding == "q":
            out.append((charset, binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)))
            continue
        text, carry = carry + text.strip(), ""
        follows = index + 1 < len(run) and run[index + 1][1] == "b" and run[index + 1][0] == charset
        if follows and len(text) % 4 and not text.endswith("="):
            carry = text
            continue
        out.append((charset, _base64_word(text)))
    return out


def _base64_word(text: str) -> bytes:
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    try:
        return binascii.a2b_base64(kept + "=" * (-len(kept) % 4))
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


def plain(value: str) -> str:
    """A decoded single-line value: words decoded, white space collapsed."""
    return _SPACES.sub(" ", decode_words(value[:_MAX_VALUE])).strip()


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """`type/subtype; name=value …` with continuations and charsets of RFC 2231."""
    value = value[:8_000]
    kind, separator, rest = value.partition(";")
    if "=" in kind:  # no kind at all, or no semicolon after it
        kind, _, first = kind.strip().rpartition(" ")
        value = f"{kind};{first}{separator}{rest}"
    kind = kind.strip().lower()
    plain_ones: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        name = _SECTION.match(match[1].lower())
        if not name:
            continue
        text = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else (match[3] or "").strip()
        if name[2] or name[3]:
            sections.setdefault(name[1], []).append((int(name[2] or 0), bool(name[3]), text))
        else:
            plain_ones.setdefault(name[1], text)
    joined = {
        name: _join_sections(sorted(items, key=lambda item: item[0])) for name, items in sections.items()
    }
    return kind.partition(" ")[0], plain_ones | joined


def _join_sections(items: list[tuple[int, bool, str]]) -> str:
    charset, data = "", b""
    if not any(encoded for _, encoded, _ in items):
        return "".join(text for _, _, text in items)
    for index, (_, encoded, text) in enumerate(items):
        if encoded and index == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode(data, charset)


def message_ids(value: str) -> tuple[str, ...]:
    """The ids in In-Reply-To, References or Message-ID, without angle brackets, in order, once each."""
    found = _MESSAGE_ID.findall(value[:_MAX_VALUE])
    if not found:
        found = [word.strip("<>,;\"'") for word in value[:_MAX_VALUE].split()]
        found = [word for word in found if "@" in word] or found[:1]
    unique = list(dict.fromkeys(word for word in found if word))
    return tuple(unique if len(unique) <= MAX_REFERENCES else unique[:1] + unique[1 - MAX_REFERENCES :])


def parse_date(value: str) -> datetime | None:
    """An aware date with the sender's zone; no zone counts as UTC; nonsense is None."""
    value = value.strip()[:200]
    if not value:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(value)
            date = date if date.tzinfo else date.replace(tzinfo=UTC)
            date.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
        return date
    return None


def addresses(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of an address list; groups are flattened, comments become names (RFC 5322, 3.4)."""
    found = []
    for piece in _split_list(value[:_MAX_VALUE]):
        box = _mailbox(piece)
        if box.name or box.address:
            found.append(box)
            if len(found) >= MAX_ADDRESSES:
                break
    return tuple(found)


_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=)"
    r"|(?P<quoted>\"(?:[^\"\\]|\\.){0,2000}\")"
    r"|(?P<angle><\"(?:[^\"\\]|\\.){0,300}\"@[^<>\"]{1,300}>|<[^<>]{0,1000}>)"
    r"|(?P<comment>\((?:[^()\\]|\\.|\([^()]{0,200}\)){0,1000}\))"
    r"|(?P<literal>@\[[^\[\]\s]{1,60}\])"
    r"|(?P<separator>[,;])"
    r"|(?P<colon>:)"
    r"|(?P<text>[^\"<>(),;:=@]+|.)",
    re.S,
)
_Piece = list[tuple[str, str]]


def _split_list(value: str) -> list[_Piece]:
    """Tokens of each mailbox; the name before a group's colon is dropped."""
    pieces: list[_Piece] = [[]]
    for match in _TOKEN.finditer(value):
        kind = match.lastgroup or "text"
        if kind == "separator":
            pieces.append([])
        elif kind == "colon" and not any("@" in text for _, text in pieces[-1]):
            pieces[-1] = []
        else:
            pieces[-1].append((kind, match[0]))
    return pieces


def _mailbox(piece: _Piece) -> Mailbox:
    for index, (kind, text) in enumerate(piece):
        if kind == "angle" and ("@" in text or index == len(piece) - 1):
            name = _name(piece[:index]) or _name(piece[index + 1 :])
            inside = text[1:-1].strip()
            found = _ADDRESS.search(inside) if not inside.startswith('"') else None
            return Mailbox(name, _clean_address(inside if " " in inside or not found else found[0]))
    bare = "".join(text for kind, text in piece if kind != "comment").strip()
    comment = " ".join(text[1:-1] for kind, text in piece if kind == "comment")
    if bare.startswith('"') and "@" in bare and '"@' in bare and " " not in bare.rpartition('"@')[2]:
        return Mailbox(plain(comment), _clean_address(bare))
    found = _ADDRESS.search(bare) or _ADDRESS.search(comment)
    if (
        not found and comment and re.fullmatch(r"[\w.+-]+", bare)
    ):  # a local account: MAILER-DAEMON (Mail System)
        return Mailbox(plain(comment), bare)
    if not found:
        return Mailbox(_name(piece), "")
    rest = _name([part for part in piece if part[0] != "comment"]).replace(found[0], "").strip(" \"'<>")
    return Mailbox(rest or plain(comment.replace(found[0], "")), _clean_address(found[0]))


def _name(piece: _Piece) -> str:
    out = []
    for kind, text in piece:
        if kind == "quoted":
            text = _BACKSLASH.sub(r"\1", text[1:-1])
        elif kind == "word":
            text = text.replace(" ", "")
        elif kind == "angle":
            continue
        out.append(text)
    name = plain("".join(out)).strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name


def _clean_address(address: str) -> str:
    address = address.strip().strip("<>'").removeprefix("mailto:")
    return "".join(char for char in decode_words(address) if char >= " " and char != "\x7f")[:320]
