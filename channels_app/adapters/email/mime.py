"""The shape of a mail (RFC 2045, 2046): a tree of parts over one buffer of bytes.

Own reading instead of the standard library's, because mail comes from strangers: parts keep offsets into the
buffer (nothing is copied while splitting), every step is linear, and the number and the depth of parts are
capped. What lies beyond a cap stays as one part of raw bytes, so nothing is lost.
"""

import binascii
import re
from dataclasses import dataclass, field

from .headers import decode_header_block, parse_parameters

MAX_PARTS = 500
MAX_DEPTH = 30
MAX_HEADER_BYTES = 512_000
MAX_HEADERS = 2_000
UNPARSED = "application/octet-stream"
_SHORT_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html"}

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_FOLD = re.compile(r"\r?\n[ \t]+|\r[ \t]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_HEADER = re.compile(r"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_FIRST_BOUNDARY = re.compile(rb"^--([!-~][ -~]{0,70}?)[ \t]*\r?$", re.M)
_FIRST_PART = re.compile(rb"\s{0,20}--([!-~]{1,70})[ \t]*\r?\ncontent-[a-z-]{4,30}:", re.I)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_BASE64_PIECE = re.compile(rb"[A-Za-z0-9+/]+")
_BASE64_GOES_ON = re.compile(rb"=\s*[A-Za-z0-9+/]")
_PLAIN_TEXT = re.compile(rb"[A-Za-z,.] [A-Za-z]")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]*\r?\n", re.M)


@dataclass(slots=True)
class Part:
    """One part: its headers, and where its body lies in the buffer."""

    headers: dict[str, list[str]]
    buffer: bytes
    start: int
    end: int
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)
    preamble: tuple[int, int] = (0, 0)
    unparsed: bool = False
    is_cut: bool = False  # the mail ended inside a multipart before this part was closed

    @property
    def is_damaged(self) -> bool:
        """Cut off, or of a transfer encoding that cannot be undone: what is read may not be all."""
        encoding = self.header("content-transfer-encoding").lower().strip()
        return self.is_cut or (encoding == "base64" and _is_broken_base64(self.raw_body))

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/") and bool(self.children)

    @property
    def raw_body(self) -> bytes:
        return self.buffer[self.start : self.end]

    def header(self, name: str) -> str:
        values = self.headers.get(name)
        return values[0] if values else ""

    def content(self) -> bytes:
        """The body with its transfer encoding undone (RFC 2045 section 6)."""
        return undo_transfer_encoding(self.raw_body, self.header("content-transfer-encoding"))


@dataclass(slots=True)
class _Budget:
    parts: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, code: str) -> None:
        if code not in self.problems:
            self.problems.append(code)


def split_mail(raw: bytes) -> tuple[Part, list[str]]:
    """The part tree of a whole mail, and codes for what had to be repaired or cut."""
    budget = _Budget()
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
        budget.note("cr-line-ends")
    start = len(raw) - len(raw.lstrip(b"\r\n\t \xef\xbb\xbf")) if raw[:1] in b"\r\n\t \xef" else 0
    if raw.startswith((b"From ", b">From "), start):  # the separator line of an mbox
        start = raw.find(b"\n", start) + 1 or len(raw)
    return _read_part(raw, start, len(raw), budget, depth=0), budget.problems


def read_headers(buffer: bytes, start: int, end: int) -> tuple[dict[str, list[str]], int, bool]:
    """Headers by lower-case name, the offset of the body, and whether anything was cut."""
    if buffer[start : start + 1] == b"\n":
        return {}, start + 1, False
    if buffer[start : start + 2] == b"\r\n":
        return {}, start + 2, False
    limit = min(end, start + MAX_HEADER_BYTES)
    blank = _BLANK_LINE.search(buffer, start, limit)
    stop, body = (blank.start(), blank.end()) if blank else (limit, limit)
    lines = _LINE_END.split(_FOLD.sub(" ", decode_header_block(buffer[start:stop])))
    headers: dict[str, list[str]] = {}
    if not _collect(lines, headers):
        return {}, start, False  # no header at all: everything is body
    return headers, body, (not blank and limit < end) or len(lines) > MAX_HEADERS


def _collect(lines: list[str], headers: dict[str, list[str]]) -> bool:
    """Fill `headers`; a line without a name continues the one before (folding that a gateway broke)."""
    last: list[str] | None = None
    for line in lines[:MAX_HEADERS]:
        match = _HEADER.match(line)
        if match:
            last = headers.setdefault(match[1].lower(), [])
            last.append(line[match.end() :].strip())
        elif last is None:
            if line.strip():
                return False
        elif line.strip() and len(last[-1]) < 10_000:
            last[-1] += " " + line.strip()
    return True


def _read_part(
    buffer: bytes, start: int, end: int, budget: _Budget, *, depth: int, default: str = "text/plain"
) -> Part:
    budget.parts += 1
    headers, body, was_cut = read_headers(buffer, start, end)
    if was_cut:
        budget.note("headers-cut")
    part = Part(headers, buffer, body, end, default)
    value = part.header("content-type")
    if value:
        kind, part.parameters = parse_parameters(value)
        part.content_type = kind if "/" in kind else _SHORT_TYPES.get(kind, default)
    elif depth == 0 and _looks_multipart(buffer, body, end):
        part.content_type = "multipart/mixed"  # a gateway lost the line that said so
    if part.content_type.startswith("multipart/"):
        _split_children(part, budget, depth)
    return part


def _is_one_text(part: Part) -> bool:
    """Encoded as a text is, so it never had parts; otherwise they, or the way to find them, were lost."""
    encoding = part.header("content-transfer-encoding").lower().strip()
    return encoding in ("quoted-printable", "base64") or not part.raw_body.strip()


def _looks_multipart(buffer: bytes, start: int, end: int) -> bool:
    """The body begins with a part, and the boundary is closed."""
    found = _FIRST_PART.match(buffer, start, min(end, start + 5_000))
    return found is not None and buffer.find(b"\n--" + found[1] + b"--", found.end(), end) != -1


def _split_children(part: Part, budget: _Budget, depth: int) -> None:
    if depth >= MAX_DEPTH:
        budget.note("too-deep")
        part.content_type, part.unparsed = UNPARSED, True
        return
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
    spans = _spans(part, boundary) if boundary else []
    if not spans and boundary and part.header("content-transfer-encoding"):
        spans = _spans_of_encoded(part, boundary)
    if not spans:
        guessed = _FIRST_BOUNDARY.search(part.buffer, part.start, min(part.end, part.start + 50_000))
        spans = _spans(part, guessed[1]) if guessed else []
        budget.note("boundary-guessed" if spans else "no-boundary")
    if not spans:
        part.content_type = "text/plain"
        part.is_cut = not _is_one_text(part)
        return
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for start, end in spans:
        if budget.parts >= MAX_PARTS:
            budget.note("too-many-parts")
            part.children.append(_unparsed(part.buffer, start, spans[-1][1]))
            return
        part.children.append(_read_part(part.buffer, start, end, budget, depth=depth + 1, default=default))
    last = part.children[-1]
    last.is_cut = last.is_cut or (last.end == len(part.buffer) and not last.is_multipart)


def _spans_of_encoded(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """The children of a multipart that was encoded as a whole, which RFC 2045 forbids and gateways do."""
    content = part.content()
    if b"--" + boundary not in content:
        return []
    part.buffer, part.start, part.end = content, 0, len(content)
    return _spans(part, boundary)


def _unparsed(buffer: bytes, start: int, end: int) -> Part:
    return Part({}, buffer, start, end, UNPARSED, unparsed=True)


def _spans(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Where the children lie; the line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
    buffer, marker = part.buffer, b"--" + boundary
    spans: list[tuple[int, int]] = []
    begin = -1
    at = buffer.find(marker, part.start, part.end)
    while at != -1:
        line_end = buffer.find(b"\n", at, part.end)
        line_end = part.end if line_end == -1 else line_end
        after = at + len(marker)
        rest = buffer[after : min(line_end, after + 100)].strip() if line_end - after < 100 else b"long"
        if rest in (b"", b"--") and (at == part.start or buffer[at - 1] in b"\r\n"):
            if begin == -1:
                part.preamble = (part.start, at)
            else:
                spans.append((begin, _before_line_end(buffer, begin, at)))
            begin = -1 if rest else min(line_end + 1, part.end)
            if rest:
                return spans
        at = buffer.find(marker, max(line_end, after), part.end)
    if begin != -1 and begin < part.end:
        spans.append((begin, part.end))
    return spans


def _before_line_end(buffer: bytes, begin: int, at: int) -> int:
    if at > begin and buffer[at - 1 : at] == b"\n":
        at -= 1
    if at > begin and buffer[at - 1 : at] == b"\r":
        at -= 1
    return at


def undo_transfer_encoding(data: bytes, encoding: str) -> bytes:
    """Base64, quoted-printable and uuencode, forgiving; anything else is taken as it is."""
    name = re.split(r"[ ;(]", encoding.lower().strip(" ;\"'"), maxsplit=1)[0]
    name = name.replace("-", "").replace("_", "").removeprefix("x")
    if name in ("base64", "b64"):
        return _undo_base64(data)
    if name in ("quotedprintable", "qp"):
        return binascii.a2b_qp(data)
    if name in ("uuencode", "uue"):
        return _undo_uuencode(data)
    return data


def _is_broken_base64(data: bytes) -> bool:
    if _PLAIN_TEXT.search(data, 0, 400):
        return False
    try:
        binascii.a2b_base64(data)
    except (binascii.Error, ValueError):
        return True
    return False


def _undo_base64(data: bytes) -> bytes:
    if _PLAIN_TEXT.search(data, 0, 400):  # called base64, sent as plain text
        return data
    if (b"-" in data or b"_" in data) and b"+" not in data and b"/" not in data:
        data = _from_url_base64(data)
    if _BASE64_GOES_ON.search(data):  # several pieces, each padded: the library would stop after the first
        return b"".join(_undo_base64(piece) for piece in _BASE64_PIECE.findall(_NOT_BASE64.sub(b"", data)))
    try:
        return binascii.a2b_base64(data)
    except (binascii.Error, ValueError):
        kept = _NOT_BASE64.sub(b"", data).rstrip(b"=")
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    except (binascii.Error, ValueError):
        return data


def _from_url_base64(data: bytes) -> bytes:
    """The alphabet for addresses (RFC 4648, 5), where nothing but that is there."""
    lines = data.split()
    is_that = all(re.fullmatch(rb"[A-Za-z0-9_-]+={0,2}", line) for line in lines)
    return data.translate(bytes.maketrans(b"-_", b"+/")) if is_that else data


def _undo_uuencode(data: bytes) -> bytes:
    begin = _UU_BEGIN.search(data)
    return decode_uu_lines(data[begin.end() :].splitlines()) if begin else data


def decode_uu_lines(lines: list[bytes]) -> bytes:
    """The bytes of uuencoded lines up to 'end'; damaged lines give what they can."""
    out = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            size = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                continue
    return b"".join(out)
