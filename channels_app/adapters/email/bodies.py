"""Which parts of a mail are its words and which are its attachments (RFC 2046, 2387, 3676, 8621)."""

import re
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import unquote

from .charsets import decode
from .embedded import take_uuencoded, take_yenc
from .filenames import name_for, readable_name, safe_filename
from .headers import decode_words, parse_parameters, plain
from .html_text import html_to_text, is_empty_html, text_to_html
from .mime import UNPARSED, Part, read_headers
from .tnef import open_tnef

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
_MARKED_TEXT = ("text/enriched", "text/richtext")  # RFC 1896: words with marks in pointed brackets
_WORDS = ("text/plain", "text/html")
_FIRST_WORDS = (*_WORDS, "text/markdown", "text/x-markdown", *_MARKED_TEXT)
_MARK = re.compile(r"<param>[^<]{0,200}</param>|<[^<>]{0,60}>", re.I)
_STANDARD_PREAMBLE = re.compile(
    r"multi-?part (?:message|messages|mime)|mime[- ](?:format|encapsulated|message|compliant)", re.I
)
_META_CHARSET = re.compile(rb"<meta\s[^<>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{2,40})", re.I)
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
        _use_packed(bodies)
    if not any(text.strip() or html.strip() for text, html in bodies.words):
        _use_preamble(root, bodies)
    for number, (part, in_related) in enumerate(bodies.parts):
        if in_related and not part.header("content-id") and part.content_type.startswith("image/"):
            _give_id(part, bodies, f"picture{number}@here")
    return bodies


def attachments(bodies: Bodies) -> tuple[Attachment, ...]:
    """The files of the mail; empty ones are left out and noted."""
    referred = _referred(bodies)
    mentioned = set(_PLACEHOLDER.findall(" ".join(text for text, _ in bodies.words if "[" in text)))
    files = [_attachment(part, referred, mentioned, in_related=related) for part, related in bodies.parts]
    if not all(file.content for file in files):
        bodies.problems.append("empty-attachment")
    files = [inner for file in files for inner in _opened(file)] + bodies.extracted
    return tuple(file for file in files if file.content or file.kind != "file")


def _give_id(part: Part, bodies: Bodies, content_id: str) -> None:
    """Join a picture to the markup that names it by its place (RFC 2557) or file name instead of an id."""
    names = (part.header("content-location"), _declared_name(part))
    places = {f"{quote}{escape(name)}{quote}" for name in names if name for quote in "\"'"}
    shown = [place for place in places if any(place in html for _, html in bodies.words)]
    if not shown:
        return
    part.headers["content-id"] = [f"<{content_id}>"]
    for place in shown:
        bodies.words = [(text, html.replace(place, f'"cid:{content_id}"')) for text, html in bodies.words]


def _referred(bodies: Bodies) -> set[str]:
    """The ids of pictures that the markup shows, as they stand in headers (RFC 2392)."""
    found = _CID.findall(" ".join(html for _, html in bodies.words if "cid:" in html.lower()))
    return {form for cid in found for form in (cid, unescape(cid), unquote(unescape(cid)))}


def _opened(file: Attachment) -> list[Attachment]:
    """The files inside a winmail.dat in its place; where there are none, itself."""
    inside = open_tnef(file.content) if file.kind == "tnef" else None
    if inside is None or not inside.files:
        return [file]
    return [
        Attachment(
            safe_filename(each.name) or name_for(each.content_type),
            each.content_type or UNPARSED,
            each.content,
            each.content_id.strip("<> ")[:300],
        )
        for each in inside.files
    ]


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
    if part.unparsed or part.content_type not in (_FIRST_WORDS if is_first else _WORDS):
        return False
    disposition = part.header("content-disposition").lstrip().lower()
    if disposition.startswith("attachment"):
        return False
    return is_first or not (part.parameters.get("name") or "filename" in disposition)


def _part_text(part: Part, bodies: Bodies) -> str:
    data = part.content()
    if b"=ybegin " in data:
        data, files = take_yenc(data)
        _take_files(files, bodies)
    if len(data) > 4 * MAX_TEXT:
        data = data[: 4 * MAX_TEXT]
        bodies.problems.append("text-cut")
    text = decode(data, _charset(part, data)).replace("\r\n", "\n").replace("\r", "\n")
    if part.content_type == "text/html":
        return text
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    if part.content_type in _MARKED_TEXT:
        return _MARK.sub("", text)
    if "begin" in text:
        text, files = take_uuencoded(text)
        _take_files(files, bodies)
    return text


def _charset(part: Part, data: bytes) -> str:
    """What the part says of its character set; HTML may say it inside."""
    declared = part.parameters.get("charset", "")
    if part.content_type != "text/html" or declared.lower() not in ("", "us-ascii"):
        return declared
    found = _META_CHARSET.search(data, 0, 4_000)
    inside = found[1].decode("ascii") if found else ""
    return declared if inside.lower().startswith("utf-16") else inside or declared


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


def _take_files(found: list[tuple[str, bytes]], bodies: Bodies) -> None:
    for name, content in found:
        bodies.extracted.append(Attachment(safe_filename(name) or "file", UNPARSED, content))


def _use_packed(bodies: Bodies) -> None:
    """The words of a winmail.dat, when there are no others."""
    for part, _related in bodies.parts:
        if _KINDS.get(part.content_type) == "tnef" and (inside := open_tnef(part.content())):
            bodies.words.append((inside.text, inside.html))
            return


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
    is_image = _is_image(part, filename)
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


def _is_image(part: Part, filename: str) -> bool:
    """By its type; by its name where the sender says nothing more than that it is bytes."""
    if part.content_type == UNPARSED:
        return filename.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"))
    return part.content_type.startswith("image/")


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
    declared = (
        parse_parameters(part.header("content-disposition"))[1].get("filename", ""),
        part.parameters.get("name", ""),
        part.header("content-location").rpartition("/")[2],
    )
    return next((readable_name(decode_words(name)) for name in declared if name), "")


def _made_name(part: Part, content: bytes) -> str:
    if part.unparsed:
        return "unparsed-rest.eml"
    title = plain(part.header("content-description"))
    if part.content_type in ("message/rfc822", "message/global"):
        headers, _, _ = read_headers(content, 0, min(len(content), 200_000))
        title = plain(headers.get("subject", [""])[0]) or title
    return name_for(part.content_type, title)
