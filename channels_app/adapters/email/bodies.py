"""Which parts of a mail are its words and which are its attachments (RFC 2046, 2387, 3676, 8621)."""

import re
from dataclasses import dataclass, field

from .charsets import decode
from .filenames import name_for, safe_filename
from .headers import decode_words, parse_parameters, plain
from .html_text import html_to_text, is_empty_html, text_to_html
from .mime import Part, decode_uu_lines, read_headers

MAX_TEXT = 2_000_000

_KINDS = {
    "message/rfc822": "message",
    "message/global": "message",
    "message/delivery-status": "report",
    "message/disposition-notification": "report",
    "message/feedback-report": "report",
    "text/rfc822-headers": "report",
    "text/calendar": "calendar",
    "application/pgp-signature": "signature",
    "application/pkcs7-signature": "signature",
    "application/x-pkcs7-signature": "signature",
    "application/pgp-encrypted": "encrypted",
    "application/pkcs7-mime": "encrypted",
    "application/x-pkcs7-mime": "encrypted",
    "application/ms-tnef": "tnef",
    "application/vnd.ms-tnef": "tnef",
}
_UU_BLOCK = re.compile(
    r"^begin [0-7]{3,4} (?P<name>[^\r\n]{1,200})\n(?P<body>(?:[!-`][ -`]{1,61}\n)+)(?:[ `]?\n)?end[ \t]*$",
    re.M,
)
_STANDARD_PREAMBLE = re.compile(
    r"multi-?part (?:message|messages|mime)|mime[- ](?:format|encapsulated|message|compliant)", re.I
)
_PLACEHOLDER = re.compile(r"\[(?:image|inline image|cid): ?([^\[\]\r\n]{1,200})\]", re.I)
_CID = re.compile(r"cid:([^\s\"'<>)\]]{1,300})", re.I)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is kept as a file."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    is_inline: bool = False
    kind: str = "file"  # file, image, message, report, calendar, signature, encrypted, tnef, unparsed


@dataclass(slots=True)
class Bodies:
    """What the walk over a mail collects; each word item is text, html or both forms of one thing."""

    words: list[tuple[str, str]] = field(default_factory=list)
    parts: list[tuple[Part, bool]] = field(default_factory=list)
    extracted: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        items = [text if text.strip() else html_to_text(html) for text, html in self.words]
        return "\n".join(item for item in items if item.strip())[:MAX_TEXT]

    @property
    def html(self) -> str:
        if not any(html for _, html in self.words):
            return ""
        return "\n".join(html or text_to_html(text) for text, html in self.words if html or text.strip())


def collect(root: Part) -> Bodies:
    """Walk the tree once, in reading order."""
    bodies = Bodies()
    _walk(root, bodies, in_related=False, is_first=True)
    if not any(text.strip() or html.strip() for text, html in bodies.words):
        _use_preamble(root, bodies)
    return bodies


def attachments(bodies: Bodies) -> tuple[Attachment, ...]:
    """The files of the mail; empty ones are left out and noted."""
    referred = set(_CID.findall(" ".join(html for _, html in bodies.words if "cid:" in html.lower())))
    mentioned = set(_PLACEHOLDER.findall(" ".join(text for text, _ in bodies.words if "[" in text)))
    files = [_attachment(part, referred, mentioned, in_related=related) for part, related in bodies.parts]
    if not all(file.content for file in files):
        bodies.problems.append("empty-attachment")
    return tuple(file for file in files + bodies.extracted if file.content or file.kind != "file")


def _walk(
    part: Part, bodies: Bodies, *, in_related: bool, is_first: bool, in_alternative: bool = False
) -> None:
    """Take words as words; words of a damaged part are kept as a file as well, so that nothing is hidden."""
    if part.is_multipart:
        if part.content_type == "multipart/alternative":
            _walk_alternative(part, bodies)
            return
        related = part.content_type == "multipart/related" or in_related
        for index, child in enumerate(part.children):
            _walk(child, bodies, in_related=related, is_first=index == 0)
    elif _is_words(part, is_first=is_first):
        text = _part_text(part, bodies)
        if part.content_type != "text/html":
            bodies.words.append((text, ""))
        elif not is_empty_html(text):
            bodies.words.append(("", text))
        if part.is_damaged and not in_alternative:
            bodies.parts.append((part, in_related))
            bodies.problems.append("damaged-part")
    else:
        bodies.parts.append((part, in_related))


def _walk_alternative(part: Part, bodies: Bodies) -> None:
    """The forms of one text: all plain ones together, the last HTML one; anything else is a file."""
    texts: list[str] = []
    html = ""
    for child in part.children:
        inner = Bodies()
        _walk(child, inner, in_related=False, is_first=True, in_alternative=True)
        bodies.parts += inner.parts
        bodies.extracted += inner.extracted
        bodies.problems += inner.problems
        if inner.html:
            html = inner.html
        elif inner.text.strip():
            texts.append(inner.text)
    if texts or html:
        bodies.words.append(("\n".join(dict.fromkeys(texts)), html))


def _is_words(part: Part, *, is_first: bool) -> bool:
    if part.unparsed or part.content_type not in ("text/plain", "text/html"):
        return False
    disposition = part.header("content-disposition").lstrip().lower()
    if disposition.startswith("attachment"):
        return False
    return is_first or not (part.parameters.get("name") or "filename" in disposition)


def _part_text(part: Part, bodies: Bodies) -> str:
    data = part.content()
    if len(data) > 4 * MAX_TEXT:
        data = data[: 4 * MAX_TEXT]
        bodies.problems.append("text-cut")
    text = decode(data, part.parameters.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")
    if part.content_type == "text/html":
        return text
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    if "\nend" in text and "begin " in text:
        text = _take_uuencoded(text, bodies)
    return text


def unflow(text: str, *, delsp: bool = False) -> str:
    """Join the soft line ends of format=flowed (RFC 3676); quote depth and the signature line are kept."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        is_soft = body.endswith(" ") and body != "-- "
        kept = body[:-1] if is_soft and delsp else body
        if open_depth == depth and body != "-- ":
            out[-1] += kept
        else:
            out.append((">" * depth + " " if depth else "") + kept)
        open_depth = depth if is_soft else -1
    return "\n".join(out)


def _take_uuencoded(text: str, bodies: Bodies) -> str:
    """Files that old mailers put into the text itself."""
    for match in _UU_BLOCK.finditer(text):
        content = decode_uu_lines(match["body"].encode("utf-8", "replace").splitlines())
        name = safe_filename(match["name"]) or "file"
        bodies.extracted.append(Attachment(name, "application/octet-stream", content))
    return _UU_BLOCK.sub("", text)


def _use_preamble(root: Part, bodies: Bodies) -> None:
    """Words before the first boundary, when there are no others: some mailers put the text there."""
    start, end = root.preamble
    if end - start < 2:
        return
    text = decode(root.buffer[start : min(end, start + MAX_TEXT)]).replace("\r\n", "\n").strip("\n")
    if text.strip() and not _STANDARD_PREAMBLE.search(text):
        bodies.words.append((text, ""))
        bodies.problems.append("preamble-used")


def _attachment(part: Part, referred: set[str], mentioned: set[str], *, in_related: bool) -> Attachment:
    content = _file_content(part)
    name = _declared_name(part)
    filename = safe_filename(name) or _made_name(part, content)
    content_id = plain(part.header("content-id")).strip("<> ")[:300]
    is_image = part.content_type.startswith("image/")
    disposition = part.header("content-disposition").lstrip().lower()
    is_inline = is_image and (
        content_id in referred
        or (in_related and bool(content_id) and not referred and not disposition.startswith("attachment"))
        or (bool(content_id) and filename in mentioned)
    )
    kind = "unparsed" if part.unparsed else _KINDS.get(part.content_type, "image" if is_image else "file")
    if kind == "file" and filename.lower() == "winmail.dat":
        kind = "tnef"
    return Attachment(filename, part.content_type, content, content_id, is_inline, kind)


def _file_content(part: Part) -> bytes:
    """The bytes of a file; parts sent as lines of text lose the CRLF that only the wire wants."""
    content = part.content()
    encoding = part.header("content-transfer-encoding").lower().strip()
    by_line = encoding in ("", "7bit") or (
        encoding == "quoted-printable" and part.content_type.startswith("text/")
    )
    line_end = part.buffer.find(b"\n")
    is_wire_form = line_end > 0 and part.buffer[line_end - 1] == 13
    return content.replace(b"\r\n", b"\n") if by_line and is_wire_form and not part.unparsed else content


def _declared_name(part: Part) -> str:
    value = part.header("content-disposition")
    if value:
        name = parse_parameters(value)[1].get("filename", "")
        if name:
            return decode_words(name)
    return decode_words(part.parameters.get("name", ""))


def _made_name(part: Part, content: bytes) -> str:
    if part.unparsed:
        return "unparsed-rest.eml"
    title = plain(part.header("content-description"))
    if part.content_type in ("message/rfc822", "message/global"):
        headers, _, _ = read_headers(content, 0, min(len(content), 200_000))
        title = plain(headers.get("subject", [""])[0]) or title
    return name_for(part.content_type, title)
