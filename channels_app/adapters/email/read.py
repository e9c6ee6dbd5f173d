"""A mail in the desk's own terms: a customer's message, news about a reply of ours, or nothing for us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from channels_app.contract import InboundFile, InboundMessage, Origin, Parsed, Sender, StatusUpdate
from tickets.text import clean_html, is_heavy

from . import bounce, loops, marks
from .forward import Forwarded, read_forward
from .headers import Mailbox, parse_date
from .identify import mail_id
from .language import guess
from .parse import ParsedMail, parse_mail
from .threading import is_forward_subject, read_subject_tag
from .trim import split_reply
from .trim_html import split_reply_html
from .vouch import is_vouched

NOBODY = "unknown-sender@invalid"  # mail without any sender still needs somebody to belong to
MAX_HTML = 1_500_000
_REPORT_SUBJECT = re.compile(
    r"(?i)returned mail|undeliver|deliver\w* (?:failure|error|failed|problem)|during delivery|not a? ?member"
)
_UNANSWERED = frozenset({"list", "bulk", "system", "no-reply", "bounce"})


class Trust(NamedTuple):
    """Whose word counts on who wrote a mail: servers that the inbox names, and where it was fetched."""

    named: str = ""
    fetched_from: str = ""


NOBODYS_WORD = Trust()


def read(raw: bytes, *, address: str, full_size: int = 0, trust: Trust = NOBODYS_WORD) -> Parsed:
    """Translate one mail that came to `address`. `full_size` says that only its head was fetched."""
    mail = parse_mail(raw)
    kind = loops.automatic_kind(mail)
    ledger: Origin = {"sender": _sender(mail).address, "subject": mail.subject}
    if marks.is_ours(mail.header_all(marks.LOOP_HEADER.lower())):
        return Parsed(verdict="suppressed", reason="a mail of our own came back", **ledger)
    report = _report(raw, mail, kind)
    if report is not None and report.kind not in (bounce.AUTO_REPLY, bounce.NONE):
        return _news(report, ledger)
    if address and ledger["sender"].lower() == address.lower():
        return Parsed(verdict="suppressed", reason="sent from this inbox's own address", **ledger)
    is_away = kind == "auto-reply" or (report is not None and report.kind == bounce.AUTO_REPLY)
    message = _message(raw, mail, is_away=is_away, kind=kind, own=address, full_size=full_size)
    if _is_proven(raw, mail, message, trust):
        message = replace(message, is_sender_proven=True)
    reason = ", ".join(part for part in (_kind_reason(kind, is_away), *mail.problems) if part)
    return Parsed(messages=(message,), verdict="auto_reply" if is_away else "", reason=reason, **ledger)


def _report(raw: bytes, mail: ParsedMail, kind: str) -> bounce.Report | None:
    """Only mail that a machine may have written is read as a report: that costs time.

    Where nothing but the subject says so, it must also name whom it could not reach.
    """
    if kind not in ("", "own") or mail.content_type.startswith(("multipart/report", "message/")):
        return bounce.read_report(raw, mail)
    if not _REPORT_SUBJECT.search(mail.subject):
        return None
    report = bounce.read_report(raw, mail)
    return report if report.recipients else None


def _news(report: bounce.Report, ledger: Origin) -> Parsed:
    """What became of a reply of ours, if it is one: only a signature proves that."""
    proof = marks.proved(report.original_ids)
    message_pk = next((signed.message_pk for signed in proof.values()), None)
    words = report.diagnostic or report.status or "no reason given"
    if report.kind == bounce.FEEDBACK:
        status, verdict, reason = "", "ignored", f"abuse report: {report.feedback_type}"
    elif report.kind == bounce.DELAY:
        status, verdict, reason = "", "bounce", f"delayed, the mail server goes on trying: {words}"
    elif report.kind == bounce.SUCCESS:
        status, verdict, reason = "delivered", "status", "delivered"
    elif report.kind == bounce.RECEIPT:
        status, verdict, reason = "read", "status", "read receipt"
    else:
        status, verdict, reason = "failed", "bounce", f"not delivered: {words}"
    if message_pk is None:
        reason = f"{reason}; about no mail of ours"
        return Parsed(verdict=verdict, reason=reason, **ledger)
    updates = [
        StatusUpdate(
            external_id=next(iter(proof)),
            status=status,
            reason=words if status == "failed" else "",
            address=recipient,
            is_permanent=status == "failed" and report.is_permanent,
            message_hint=message_pk,
        )
        for recipient in report.recipients or ("",)
    ]
    return Parsed(updates=tuple(updates), verdict=verdict, reason=reason, **ledger)


def _is_proven(raw: bytes, mail: ParsedMail, message: InboundMessage, trust: Trust) -> bool:
    """What is proved is From; a message may be counted as somebody else's."""
    is_author = message.sender.address.lower() == mail.from_.address.lower()
    return is_author and is_vouched(raw, mail, trusted=trust.named, fetched_from=trust.fetched_from)


def _kind_reason(kind: str, is_away: bool) -> str:  # noqa: FBT001  # private, two lines away
    return "an automatic reply" if is_away else {"": "", "bounce": "from a mail system"}.get(kind, kind)


def _sender(mail: ParsedMail) -> Mailbox:
    """Who wrote. Where the sender reads no answers, the one they are wanted at."""
    answers_to = next((box for box in mail.reply_to if box.address), None)
    if answers_to is not None and (not mail.from_.address or loops.is_no_reply(mail.from_.address)):
        return Mailbox(answers_to.name or mail.from_.name, answers_to.address)
    return mail.from_ if mail.from_.address else Mailbox(mail.from_.name, NOBODY)


def _message(
    raw: bytes, mail: ParsedMail, *, is_away: bool, kind: str, own: str, full_size: int
) -> InboundMessage:
    sender = _sender(mail)
    named = tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
    proof = marks.proved(named)
    text, html, quoted, signature = _words(mail)
    if full_size:
        text = _("This mail is too large to be taken in (%(size)s MB). It is still in the mailbox.") % {
            "size": full_size // (1024 * 1024)
        }
    ticket_pk = next((signed.ticket_pk for signed in proof.values()), None)
    addresses = (*(box.address for box in (*mail.to, *mail.cc)), *mail.delivered_to)
    return InboundMessage(
        external_id=mail.message_id[:255] or mail_id(raw),
        sender=Sender("email", sender.address[:254], sender.name),
        text=text,
        html=html,
        quoted=quoted,
        signature=signature,
        subject=mail.subject,
        sent_at=_date(mail),
        in_reply_to=tuple(proof),
        references=tuple(each for each in named if each not in proof),
        ticket_hint=ticket_pk or marks.proved_ticket(addresses),
        subject_ticket=read_subject_tag(mail.subject),
        to=_pairs(mail.to),
        cc=_pairs(box for box in mail.cc if box.address.lower() not in (own.lower(), sender.address.lower())),
        files=_files(mail),
        language=guess(text),
        is_automatic=is_away or kind == "bounce",
        is_answerable=not is_away and kind not in _UNANSWERED and sender.address != NOBODY,
        opens_ticket=not is_away,
        is_id_claimed=True,
        forwarded=_forwarded(raw, mail),
    )


def _words(mail: ParsedMail) -> tuple[str, str, str, str]:
    """The words to show, as text and as markup, and what is folded away below them."""
    trimmed = split_reply(mail.text)
    text = trimmed.visible
    quoted, signature = trimmed.quoted, trimmed.signature
    if not text:  # nothing but a quotation or a signature: then that is the message
        text, quoted, signature = mail.text.strip(), "", ""
    html = ""
    if mail.html and len(mail.html) <= MAX_HTML and not is_heavy(mail.html):
        is_folded = bool(quoted or signature)
        html = clean_html(split_reply_html(mail.html)[0] if is_folded else mail.html, is_foreign=True)
    return text, html, quoted.strip(), signature.strip()


def _date(mail: ParsedMail) -> datetime:
    """When it was written; else when a server took it; else now."""
    received = (parse_date(value.rpartition(";")[2]) for value in mail.header_all("received"))
    return mail.date or next((date for date in received if date is not None), None) or datetime.now(UTC)


def _pairs(boxes: Iterable[Mailbox]) -> tuple[tuple[str, str], ...]:
    return tuple((box.name, box.address) for box in boxes if box.address)


def _files(mail: ParsedMail | Forwarded) -> tuple[InboundFile, ...]:
    return tuple(
        InboundFile(
            file.filename, file.content_type, file.content, file.content_id.strip("<>"), file.is_inline
        )
        for file in mail.attachments
    )


def _forwarded(raw: bytes, mail: ParsedMail) -> InboundMessage | None:
    """The mail inside, as its writer's own. Whether that counts is for those who know our agents."""
    is_attached = any(file.kind == "message" for file in mail.attachments)
    if not is_attached and not is_forward_subject(mail.subject):
        return None
    inner = read_forward(mail)
    if inner is None or not inner.sender.address:
        return None
    return InboundMessage(
        external_id=f"fwd:{(mail.message_id or mail_id(raw))[:240]}",
        sender=Sender("email", inner.sender.address[:254], inner.sender.name),
        text=inner.text.strip() or inner.subject,
        html=clean_html(inner.html, is_foreign=True) if inner.html and len(inner.html) <= MAX_HTML else "",
        subject=inner.subject,
        sent_at=inner.date or _date(mail),
        to=_pairs(inner.to),
        files=_files(inner),
        language=guess(inner.text),
        references=(inner.message_id,) if inner.message_id else (),
        is_id_claimed=True,
        attributes={"note": inner.note} if inner.note else {},
    )
