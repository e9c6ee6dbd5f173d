"""The customer's mail inside a mail that an agent forwarded: who wrote, when, about what, and the words.

Clients print the headers of the forwarded mail in their user's language, or attach the mail as a file.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from . import phrases
from .bodies import Attachment
from .headers import Mailbox, addresses, parse_date
from .parse import ParsedMail, parse_mail
from .threading import clean_subject, is_forward_subject

_HEADER_LINES = 30
_QUOTE = re.compile(r"^\s{0,3}> ?")
_MAILTO = re.compile(r"[\[<(]?mailto:([^\]\s>)]{3,200})[\]>)]?", re.I)
_DOUBLED = re.compile(r"<([^<>\s]{3,200})<[^<>]{3,200}>>")
_BARE = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,100}@[\w.-]{1,253}\w")
_ASIAN_DATE = re.compile(r"(\d{4})\s?[年/.-]\s?(\d{1,2})\s?[月/.-]\s?(\d{1,2})")
_VIETNAMESE_DATE = re.compile(r"(\d{1,2})\s?(?:thg|tháng)\s?(\d{1,2})[,.]?\s?(?:năm )?(\d{4})", re.I)
_SLASHED_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_NAMED_DATE = re.compile(
    r"(?:(\d{1,2})\.? (?:de )?)?([A-Za-zÀ-ž]{3,10})\.?,? (?:de )?(?:(\d{1,2}),? )?(?:de )?(\d{4})"
)
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?::(\d{2}))?\s?(am|pm|sa|ch|a\.m\.|p\.m\.)?", re.I)
_MONTHS = {
    month: number
    for number, months in enumerate(
        (
            "jan janv gen ene", "feb fév fev febr", "mar mär mars mrt", "apr avr abr", "may mai mag maj mei",
            "jun juin giu", "jul juil lug", "aug août ago", "sep sept set", "oct okt ott out", "nov",
            "dec dez déc dic",
        ),
        start=1,
    )
    for month in months.split()
}  # fmt: skip
_AFTERNOON_MARKS = ("下午", "晚上", "CH", "chiều", "tối")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail as it was before an agent forwarded it."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    date: datetime | None
    text: str
    html: str
    note: str  # what the agent wrote above
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()


def read_forward(mail: ParsedMail) -> Forwarded | None:
    """The forwarded mail, or None when `mail` is none or does not say who wrote it."""
    return _attached(mail) or _written(mail)


def _attached(mail: ParsedMail) -> Forwarded | None:
    """Forwarded as a file: exactly one attached message."""
    messages = [
        file for file in mail.attachments if file.content_type in ("message/rfc822", "message/global")
    ]
    if len(messages) != 1 or mail.content_type == "multipart/report":
        return None
    inner = parse_mail(messages[0].content)
    if not inner.from_.address or not (is_forward_subject(mail.subject) or _is_short(mail, inner)):
        return None
    return Forwarded(
        sender=inner.from_,
        to=inner.to,
        subject=inner.subject,
        date=inner.date,
        text=inner.text,
        html=inner.html,
        note=mail.text.strip(),
        message_id=inner.message_id,
        attachments=inner.attachments,
    )


def _is_short(mail: ParsedMail, inner: ParsedMail) -> bool:
    """A mail with hardly a word of its own, or with the very subject of the attached one."""
    same = clean_subject(mail.subject) == clean_subject(inner.subject) != ""
    return same or len(mail.text.split()) <= 30


def _written(mail: ParsedMail) -> Forwarded | None:
    """Forwarded in the text: printed headers, then the words."""
    lines = mail.text.split("\n")
    start = _start(lines, is_forward=is_forward_subject(mail.subject))
    if start is None:
        return None
    above, first = start
    fields, end = _headers(lines, first)
    sender = _sender(fields.get("from", ""))
    if not sender.address:
        return None
    zone = mail.date.tzinfo if mail.date else UTC
    body = lines[end:]
    if any(_QUOTE.match(line) for line in lines[first:end]):
        body = [_QUOTE.sub("", line, count=1) for line in body]
    return Forwarded(
        sender=sender,
        to=tuple(box for box in addresses(_plain_addresses(fields.get("to", ""))) if box.address),
        subject=fields.get("subject", "") or clean_subject(mail.subject),
        date=read_printed_date(fields.get("date", ""), zone),
        text="\n".join(body).strip("\n"),
        html="",
        note="\n".join(lines[:above]).strip(),
        attachments=mail.attachments,
    )


def _start(lines: list[str], *, is_forward: bool) -> tuple[int, int] | None:
    """Where the introduction begins, and where the printed headers begin."""
    for index, line in enumerate(lines[:2_000]):
        marked = phrases.is_forward_line(line) or (is_forward and phrases.is_original_line(line))
        if marked:
            first = _first_field(lines, index + 1)
            return (index, first) if first is not None else None
        if is_forward and _is_from(line):
            fields, _ = _headers(lines, index)
            if len(fields) >= 2:
                above = index - 1 if index and not lines[index - 1].strip("_-= >") else index
                return above, index
    return None


def _is_from(line: str) -> bool:
    found = phrases.header_field(_QUOTE.sub("", line))
    return found is not None and found[0] == "from" and bool(found[1])


def _first_field(lines: list[str], start: int) -> int | None:
    for index in range(start, min(start + 6, len(lines))):
        if phrases.header_field(_QUOTE.sub("", lines[index])):
            return index
    return None


def _headers(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """The printed headers by meaning, and the line after them; wrapped values are joined."""
    fields: dict[str, str] = {}
    last = ""
    index = start
    while index < min(start + _HEADER_LINES, len(lines)):
        line = _QUOTE.sub("", lines[index]).strip()
        found = phrases.header_field(line)
        if found:
            last = found[0]
            fields.setdefault(last, found[1])
        elif line:
            fields[last] = f"{fields.get(last, '')} {line}".strip()
        elif not _continues(lines, index, fields):
            break
        index += 1
    return fields, index


def _continues(lines: list[str], blank: int, fields: dict[str, str]) -> bool:
    """HTML turned into text may leave a blank line between headers."""
    following = _QUOTE.sub("", lines[blank + 1]) if blank + 1 < len(lines) else ""
    found = phrases.header_field(following)
    return found is not None and found[0] not in fields and len(fields) < 4


def _plain_addresses(value: str) -> str:
    """'Lan [mailto:lan@x]' and 'lan@x<mailto:lan@x>' as ordinary addresses."""
    value = _DOUBLED.sub(r"<\1>", value)
    value = _MAILTO.sub(r" <\1>", value)
    return re.sub(r"([^\s<>]+@[^\s<>]+)\s*<\1>", r"<\1>", value).replace(";", ",")


def _sender(value: str) -> Mailbox:
    boxes = addresses(_plain_addresses(value))
    box = next((box for box in boxes if box.address), Mailbox("", ""))
    if box.address:
        return Mailbox(box.name.strip(" \"'[]"), box.address)
    found = _BARE.search(value)
    return Mailbox(value.replace(found[0], "").strip(" \"'<>[]()"), found[0]) if found else box


def read_printed_date(value: str, zone: tzinfo | None = UTC) -> datetime | None:
    """A date as clients print it, such as '2 thg 7, 2025 vào lúc 09:30'; without a zone it gets `zone`."""
    day = _day(value)
    if day is None:
        return parse_date(value)
    exact = parse_date(value) if re.search(r"[+-]\d{4}\b", value) else None
    if exact:
        return exact
    hour, minute = _clock(value)
    try:
        return datetime(*day, hour, minute, tzinfo=zone or UTC)
    except (ValueError, TypeError):
        return None


def _day(value: str) -> tuple[int, int, int] | None:
    value = value[:200]
    match = _ASIAN_DATE.search(value)
    if match:
        return int(match[1]), int(match[2]), int(match[3])
    match = _VIETNAMESE_DATE.search(value) or _SLASHED_DATE.search(value)
    if match:
        day, month = int(match[1]), int(match[2])
        return (int(match[3]), day, month) if month > 12 >= day else (int(match[3]), month, day)
    for match in _NAMED_DATE.finditer(value):
        number = _MONTHS.get(match[2][:4].lower()) or _MONTHS.get(match[2][:3].lower())
        if number and (match[1] or match[3]):
            return int(match[4]), number, int(match[1] or match[3])
    return None


def _clock(value: str) -> tuple[int, int]:
    match = next(
        (found for found in _CLOCK.finditer(value) if int(found[1]) < 24 and int(found[2]) < 60), None
    )
    if not match:
        return 0, 0
    hour, mark = int(match[1]), (match[4] or "").lower().replace(".", "")
    afternoon = mark in ("pm", "ch") or any(word in value for word in _AFTERNOON_MARKS)
    if afternoon and hour < 12:
        hour += 12
    return (0 if mark in ("am", "sa") and hour == 12 else hour), int(match[2])
