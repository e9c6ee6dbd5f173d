"""One mail, understood: `parse_mail(raw)` never raises, on any bytes.

What could not be read as the standards say is repaired or kept aside and named in `problems`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .bodies import Attachment, attachments, collect
from .headers import Mailbox, addresses, message_ids, parse_date, plain
from .mime import Part, split_mail

__all__ = ["Attachment", "Mailbox", "ParsedMail", "parse_mail"]

NOBODY = Mailbox("", "")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """The parts of a mail that a helpdesk needs; all text is decoded and storable."""

    message_id: str
    from_: Mailbox
    from_all: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    date: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    delivered_to: tuple[str, ...]
    content_type: str
    size: int
    problems: tuple[str, ...]
    headers: dict[str, list[str]] = field(repr=False)

    def header(self, name: str) -> str:
        """The first header of that name, decoded; '' when there is none."""
        values = self.headers.get(name.lower())
        return plain(values[0]) if values else ""

    def header_all(self, name: str) -> tuple[str, ...]:
        """All headers of that name, decoded, in order."""
        return tuple(plain(value) for value in self.headers.get(name.lower(), ()))

    @property
    def regular_attachments(self) -> tuple[Attachment, ...]:
        """Files to list below the message: those that are not pictures inside the text."""
        return tuple(file for file in self.attachments if not file.is_inline)


def parse_mail(raw: bytes) -> ParsedMail:
    """Read a mail as it came over the wire; see `ParsedMail`."""
    root, problems = split_mail(bytes(raw))
    bodies = collect(root)
    files = attachments(bodies)
    from_all = addresses(_joined(root, "from"))
    reply_to = addresses(_joined(root, "reply-to"))
    sender = _first(addresses(_joined(root, "sender")))
    from_ = _author(from_all, reply_to, sender, root, problems)
    return ParsedMail(
        message_id=_first_id(root, "message-id"),
        from_=from_,
        from_all=from_all,
        reply_to=reply_to,
        sender=sender,
        to=addresses(_joined(root, "to")),
        cc=addresses(_joined(root, "cc")),
        subject=plain(root.header("subject")),
        date=parse_date(root.header("date")),
        in_reply_to=message_ids(_joined(root, "in-reply-to", " ")),
        references=message_ids(_joined(root, "references", " ")),
        text=bodies.text,
        html=bodies.html,
        attachments=files,
        delivered_to=_delivered_to(root),
        content_type=root.content_type,
        size=len(raw),
        problems=tuple(dict.fromkeys(problems + bodies.problems)),
        headers=root.headers,
    )


def _joined(root: Part, name: str, separator: str = ", ") -> str:
    values = root.headers.get(name)
    return (values[0] if len(values) == 1 else separator.join(values)) if values else ""


def _first(boxes: tuple[Mailbox, ...]) -> Mailbox:
    return next((box for box in boxes if box.address), boxes[0] if boxes else NOBODY)


def _first_id(root: Part, name: str) -> str:
    found = message_ids(root.header(name))
    return found[0] if found else ""


def _author(
    from_all: tuple[Mailbox, ...],
    reply_to: tuple[Mailbox, ...],
    sender: Mailbox,
    root: Part,
    problems: list[str],
) -> Mailbox:
    """The first From with an address; broken ones are completed from Reply-To, Sender, Return-Path."""
    author = _first(from_all)
    if author.address:
        return author
    problems.append("no-sender")
    return_path = _first(addresses(root.header("return-path")))
    other = next((box for box in (_first(reply_to), sender, return_path) if box.address), NOBODY)
    return Mailbox(author.name or other.name, other.address)


def _delivered_to(root: Part) -> tuple[str, ...]:
    """Addresses that the servers on the way delivered to; the envelope, as far as it was written down."""
    found: list[str] = []
    for name in ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-delivered-to"):
        if name in root.headers:
            for value in root.headers[name]:
                found += [box.address for box in addresses(value) if box.address]
    return tuple(dict.fromkeys(found))
