"""A reply as a mail: text and HTML, pictures inside, files, and headers that thread and never loop."""

from __future__ import annotations

import html as html_escape
import re
from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import formatdate
from typing import TYPE_CHECKING, cast

from django.conf import settings

from channels_app.contract import PermanentError

from . import marks
from .threading import subject_tag, with_subject_tag

if TYPE_CHECKING:
    from channels_app.contract import OutboundFile, OutboundMessage

MAX_REFERENCES = 20
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")
_UNSAFE_TYPE = re.compile(r"[^A-Za-z0-9/+.\-]")
_CID = re.compile(r"""(<img\b[^>]*?\bsrc=["'])[^"']*/attachments/(\d+)/[^"']*(["'])""", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text that may stand in a header: nobody smuggles a second one in."""
    return _UNSAFE.sub(" ", text).strip()


def ascii_domain(address: str) -> str:
    """The address with its domain as IDNA, which every server understands."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}" if not domain.isascii() else address
    except UnicodeError as error:
        raise PermanentError(f"The address {address!r} cannot be written to.") from error


def mailbox(name: str, address: str) -> Address:
    """A name and an address as the mail library wants them. Raises PermanentError for a broken one."""
    address = ascii_domain(one_line(address))
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise PermanentError(f"The address {address!r} is incomplete.")
    try:
        return Address(one_line(name)[:200], username=local.strip('"'), domain=domain)
    except (ValueError, IndexError) as error:
        raise PermanentError(f"The address {address!r} cannot be written to.") from error


def policy_for(addresses: Sequence[str]) -> EmailPolicy[EmailMessage]:
    """International local parts need SMTPUTF8; everything else goes everywhere."""
    return SMTP if all(address.isascii() for address in addresses) else SMTPUTF8


def compose(message: OutboundMessage, *, sender: Address, reply_to: str, message_id: str) -> EmailMessage:
    """Return the mail. The same message gives the same Message-ID, so a second try is known as the same."""
    to = mailbox(message.to_name, message.to)
    cc = [mailbox(name, address) for name, address in message.cc]
    policy = policy_for([each.addr_spec for each in (to, sender, *cc)])
    mail = EmailMessage(policy=policy.clone(raise_on_defect=False))
    mail["From"], mail["To"] = sender, to
    if cc:
        mail["Cc"] = cc
    if reply_to:
        mail["Reply-To"] = reply_to
    mail["Subject"] = subject_line(message)
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = f"<{message_id}>"
    _thread(mail, message)
    mail[marks.LOOP_HEADER] = marks.loop_mark()
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if message.is_automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["Precedence"] = "auto_reply"
    if message.language:
        mail["Content-Language"] = one_line(message.language)
    _fill(mail, message)
    _require_size(mail)
    return mail


def subject_line(message: OutboundMessage) -> str:
    """The subject with its ticket's number, for programs that keep nothing else."""
    subject = one_line(message.subject)[:240]
    if message.in_reply_to:
        return with_subject_tag(subject, message.ticket_id)
    tag = subject_tag(message.ticket_id)
    return subject if tag in subject else f"{subject} {tag}".strip()


def _thread(mail: EmailMessage, message: OutboundMessage) -> None:
    ids = [f"<{each}>" for each in (_bare(each) for each in message.references) if each]
    if message.in_reply_to and (parent := _bare(message.in_reply_to)):
        mail["In-Reply-To"] = f"<{parent}>"
    if ids:
        kept = ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[1 - MAX_REFERENCES :]]
        mail["References"] = " ".join(kept)


def _bare(message_id: str) -> str:
    """An id that can stand in a header again; ours for mails without one, and disambiguated ones, cannot."""
    bare = message_id.strip("<> ").partition("#")[0]
    return bare if re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", bare) else ""


def _fill(mail: EmailMessage, message: OutboundMessage) -> None:
    pictures = [file for file in message.files if file.is_inline and file.content_id and message.html]
    text = message.text + (f"\n\n-- \n{message.signature}" if message.signature else "")
    mail.set_content(text, cte=_encoding(text))
    if message.html:
        mail.add_alternative(_page(message), subtype="html", cte="quoted-printable")
        body = cast("list[EmailMessage]", mail.get_payload())[-1]
        for picture in pictures:
            _add(body, picture, related=True)
    for file in message.files:
        if file not in pictures:
            _add(mail, file, related=False)


def _encoding(text: str) -> str:
    """Quoted-printable keeps long lines and what is mostly Latin readable; base64 is for the rest."""
    return "quoted-printable" if sum(char < "\x80" for char in text) * 2 > len(text) else "base64"


def _add(part: MIMEPart, file: OutboundFile, *, related: bool) -> None:
    main, _, sub = _UNSAFE_TYPE.sub("", file.content_type).partition("/")
    if main in ("text", "multipart", "message") or not sub:
        main, sub = "application", "octet-stream"
    name = one_line(file.name)
    if related:
        cid = f"<{one_line(file.content_id).strip('<>')}>"
        part.add_related(file.content, main, sub, cid=cid, filename=name, disposition="inline")
    else:
        part.add_attachment(file.content, main, sub, filename=name)


def _page(message: OutboundMessage) -> str:
    by_id = {str(file.attachment_id): file.content_id for file in message.files if file.content_id}
    body = _CID.sub(lambda found: _inline_source(found, by_id), message.html)
    signature = html_escape.escape(message.signature).replace("\n", "<br>")
    tail = f'<div class="signature">-- <br>{signature}</div>' if signature else ""
    language = html_escape.escape(message.language or "en")
    return f'<!doctype html><html lang="{language}"><body>{body}{tail}</body></html>'


def _inline_source(found: re.Match[str], by_id: Mapping[str, str]) -> str:
    cid = by_id.get(found[2])
    return f"{found[1]}cid:{cid.strip('<>')}{found[3]}" if cid else found[0]


def _require_size(mail: EmailMessage) -> None:
    size = len(mail.as_bytes())
    if size > settings.MESSAGE_MAX_BYTES:
        limit = settings.MESSAGE_MAX_BYTES // (1024 * 1024)
        raise PermanentError(
            f"The mail would have {size // (1024 * 1024)} MB; the limit is {limit} MB. Send a link instead."
        )
