"""Reports that mail systems send about our mails: bounces, delays, vacation notes, abuse, successes.

First what is written for machines (RFC 3464, 5965, 8098), then flufl.bounce with its knowledge of many mail
systems, then the words that systems use when they write for people only.
"""

import email
import logging
import re
from dataclasses import dataclass

from flufl.bounce import all_failures

from . import loops, report_words
from .bodies import Attachment
from .headers import message_ids
from .parse import ParsedMail, parse_mail

BOUNCE, DELAY, AUTO_REPLY, FEEDBACK, SUCCESS, RECEIPT, NONE = (
    "bounce",
    "delay",
    "auto-reply",
    "feedback",
    "success",
    "receipt",
    "",
)
_READ_AT_MOST = 400_000
_MOST_LINES = 5_000  # as many as that has when they are of usual length
_MOST_BLOCKS = 2_000
_BLANK_LINE = re.compile(rb"\n\r?\n")
_BLANK_LINES = re.compile(rb"(?:\r?\n){4,}")
_MOST_RECIPIENTS = 200

_FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{2,40})[ \t]*:[ \t]*(.*)$")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,100}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_MESSAGE_ID_LINE = re.compile(r"^[>\s]{0,10}message-id:\s{0,5}(<[^<>\s]{3,300}>)", re.I | re.M)
_TO_LINE = re.compile(r"^[>\s]{0,10}to:[^\n@]{0,100}?([\w.+-]{1,100}@[\w.-]{3,200}\w)", re.I | re.M)

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened for one recipient."""

    recipient: str
    action: str  # failed, delayed, delivered, relayed, expanded
    status: str = ""  # 5.1.1
    smtp_reply: str = ""  # 550
    diagnostic: str = ""

    @property
    def is_permanent(self) -> bool:
        """Trying again is useless."""
        return self.action == "failed" and not self.status.startswith("4.")

    @property
    def is_address_bad(self) -> bool:
        """The address itself is the reason: nobody there."""
        if self.action != "failed":
            return False
        if self.status in ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.1.0"):
            return not report_words.NOT_THE_ADDRESS.search(self.diagnostic)
        return bool(report_words.NOBODY_THERE.search(self.diagnostic))


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail reports; `kind` is '' when it reports nothing."""

    kind: str
    failures: tuple[Failure, ...] = ()
    original_ids: tuple[str, ...] = ()
    feedback_type: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(failure.recipient for failure in self.failures if failure.recipient))

    @property
    def is_permanent(self) -> bool:
        return self.kind == BOUNCE and all(failure.is_permanent for failure in self.failures)

    @property
    def status(self) -> str:
        return next((failure.status for failure in self.failures if failure.status), "")

    @property
    def smtp_reply(self) -> str:
        return next((failure.smtp_reply for failure in self.failures if failure.smtp_reply), "")

    @property
    def diagnostic(self) -> str:
        return next((failure.diagnostic for failure in self.failures if failure.diagnostic), "")


def read_report(raw: bytes, mail: ParsedMail | None = None) -> Report:
    """Read a mail as a report; give `mail` when it is parsed already."""
    mail = mail or parse_mail(raw)
    ids = _original_ids(mail)
    feedback = _feedback_type(mail)
    if feedback:
        return Report(FEEDBACK, _feedback_recipients(mail), ids, feedback)
    if _part(mail, "message/disposition-notification"):
        return Report(RECEIPT, (), ids)
    failures = _delivery_status(mail)
    if failures:
        return Report(_kind_of(failures), _with_text(failures, mail), ids)
    return _read_words(raw, mail, ids)


def _part(mail: ParsedMail, content_type: str) -> Attachment | None:
    return next((file for file in mail.attachments if file.content_type == content_type), None)


def _decoded(file: Attachment) -> str:
    return file.content[:_READ_AT_MOST].decode("utf-8", "replace")


# what is written for machines


def _feedback_type(mail: ParsedMail) -> str:
    """The kind of complaint in an abuse report (RFC 5965), or ''."""
    part = _part(mail, "message/feedback-report")
    if part is None:
        is_feedback = "report-type=feedback-report" in mail.header("content-type").replace('"', "").lower()
        return "other" if is_feedback else ""
    return _fields(_decoded(part)).get("feedback-type", "other").lower() or "other"


def _feedback_recipients(mail: ParsedMail) -> tuple[Failure, ...]:
    part = _part(mail, "message/feedback-report")
    fields = _fields(_decoded(part)) if part else {}
    value = fields.get("original-rcpt-to") or fields.get("removal-recipient") or ""
    found = _ADDRESS.search(value)
    return (Failure(found[0].lower(), "complained"),) if found else ()


def _delivery_status(mail: ParsedMail) -> tuple[Failure, ...]:
    """The recipients of message/delivery-status parts (RFC 3464), also when they came as plain text."""
    found: list[Failure] = []
    for file in mail.attachments:
        if file.content_type in ("message/delivery-status", "message/global-delivery-status"):
            found += _recipients_in(_decoded(file))
    if not found and "final-recipient:" in mail.text.lower():
        found = _recipients_in(mail.text)
    return tuple(found[:_MOST_RECIPIENTS])


def _recipients_in(text: str) -> list[Failure]:
    found = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        fields = _fields(block)
        address = _typed(fields.get("original-recipient", "")) or _typed(fields.get("final-recipient", ""))
        action = fields.get("action", "").partition(" ")[0].partition("(")[0].strip().lower()
        if not address or not (action or fields.get("status")):
            continue
        status = report_words.STATUS.search(fields.get("status", ""))
        diagnostic = " ".join(fields.get("diagnostic-code", "").split())
        inner = report_words.STATUS.search(diagnostic)
        code = status[0] if status else ""
        if inner and (not code or code.endswith(".0.0")):
            code = inner[0]
        found.append(
            Failure(
                address,
                action or _action_of(code),
                code,
                report_words.smtp_reply(diagnostic),
                diagnostic[:1_000],
            )
        )
    return found


def _action_of(status: str) -> str:
    return {"2": "delivered", "4": "delayed"}.get(status[:1], "failed")


def _fields(text: str) -> dict[str, str]:
    """Header-like fields with folded lines joined; the first of a name counts."""
    fields: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        match = _FIELD.match(line.strip("\r"))
        if match:
            last = match[1].lower()
            if last in fields:
                last = ""
                continue
            fields[last] = match[2].strip()
        elif last and line[:1] in " \t" and len(fields[last]) < 4_000:
            fields[last] += " " + line.strip()
    return fields


def _typed(value: str) -> str:
    """The address of 'rfc822; user@example.com'."""
    found = _ADDRESS.search(value.rpartition(";")[2])
    return found[0].lower() if found else ""


def _kind_of(failures: tuple[Failure, ...]) -> str:
    actions = {failure.action for failure in failures}
    if "failed" in actions:
        return BOUNCE
    if "delayed" in actions:
        return DELAY
    return SUCCESS if actions & {"delivered", "relayed", "expanded"} else BOUNCE


def _with_text(failures: tuple[Failure, ...], mail: ParsedMail) -> tuple[Failure, ...]:
    """Fill a missing diagnostic from the words for people."""
    if any(failure.diagnostic for failure in failures):
        return failures
    (text,) = report_words.diagnostics(mail.text, [""])
    return tuple(
        Failure(f.recipient, f.action, f.status, f.smtp_reply or report_words.smtp_reply(text), text)
        for f in failures
    )


# what is written for people


def _read_words(raw: bytes, mail: ParsedMail, ids: tuple[str, ...]) -> Report:
    from_system = loops.is_daemon(mail) or loops.is_report(mail) or loops.has_empty_sender(mail)
    says_failed = report_words.is_failure_subject(mail.subject)
    if not (from_system or says_failed or _returns_a_mail(mail)):
        return Report(AUTO_REPLY if loops.is_away_note(mail) else NONE, (), ids)
    delayed, failed = _known_systems(raw)
    if failed or delayed:
        kind = BOUNCE if failed else DELAY
        return Report(kind, _described(failed or delayed, mail, "failed" if failed else "delayed"), ids)
    if loops.is_away_note(mail) and not (loops.is_daemon(mail) or loops.is_report(mail)):
        return Report(AUTO_REPLY, (), ids)
    return _judge_words(mail, ids, from_system=from_system, says_failed=says_failed)


def _known_systems(raw: bytes) -> tuple[list[str], list[str]]:
    """Delayed and failed recipients as flufl.bounce reads them; it may fail on anything."""
    shown = _BLANK_LINES.sub(b"\n\n\n", raw[:_READ_AT_MOST])
    shown = b"\n".join(shown.split(b"\n", _MOST_LINES)[:_MOST_LINES])  # fifty detectors look at each line
    if (
        len(_BLANK_LINE.findall(shown)) > _MOST_BLOCKS
    ):  # each block of a report becomes a mail of its own there
        return [], []
    try:
        delayed, failed = all_failures(email.message_from_bytes(shown))
    except Exception:  # a detector met something it was not written for: that is no report it knows
        return [], []
    return _addresses(delayed), _addresses(failed)


def _addresses(found: frozenset[bytes]) -> list[str]:
    decoded = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in found]
    return sorted({item.strip().strip("<>").lower() for item in decoded if "@" in item})[:_MOST_RECIPIENTS]


def _judge_words(mail: ParsedMail, ids: tuple[str, ...], *, from_system: bool, says_failed: bool) -> Report:
    """No format we know: a mail system (or its subject) together with words of failure is a bounce."""
    words = mail.text[:20_000]
    failing = bool(report_words.FAILED.search(words))
    has_code = bool(report_words.SMTP_CODE.search(words))
    if from_system:
        certain = says_failed or failing or has_code
    else:
        certain = (failing or has_code) and (bool(mail.attachments) or has_code or _has_copy(words))
    if not certain:
        return Report(AUTO_REPLY if loops.is_away_note(mail) else NONE, (), ids)
    is_delay = bool(report_words.DELAYED.search(mail.subject + "\n" + words)) and not says_failed
    recipients = report_words.recipients(words, _involved(mail)) or _returned_to(mail)
    action = "delayed" if is_delay else "failed"
    return Report(DELAY if is_delay else BOUNCE, _described(recipients, mail, action), ids)


def _returns_a_mail(mail: ParsedMail) -> bool:
    """A sender that reads no answers, words of failure, and the mail that failed."""
    is_machine = loops.is_no_reply(mail.from_.address) or mail.from_.address.startswith("no_reply")
    has_mail = any(file.kind == "message" for file in mail.attachments) or _has_copy(mail.text[:20_000])
    return is_machine and has_mail and bool(report_words.FAILED.search(mail.text[:5_000]))


def _has_copy(words: str) -> bool:
    return bool(report_words.COPY_BELOW.search(words)) or "received: from" in words.lower()


def _involved(mail: ParsedMail) -> set[str]:
    """Addresses of the report itself: never the ones that failed."""
    boxes = (mail.from_, mail.sender, *mail.to, *mail.cc)
    return {box.address.lower() for box in boxes if box.address}


def _returned_to(mail: ParsedMail) -> list[str]:
    """The To of the mail that came back."""
    named = _ADDRESS.findall(mail.header("x-failed-recipients"))
    if named:
        return [address.lower() for address in named]
    for file in mail.attachments:
        if file.kind in ("message", "report"):
            inner = parse_mail(file.content[:_READ_AT_MOST])
            if inner.to:
                return [box.address.lower() for box in inner.to if box.address]
    written = _TO_LINE.search(mail.text[:20_000])
    return [written[1].lower()] if written and written[1].lower() not in _involved(mail) else []


def _described(recipients: list[str], mail: ParsedMail, action: str) -> tuple[Failure, ...]:
    """One failure for each recipient, with the code and the words near it."""
    recipients = recipients or [""]
    found = []
    for recipient, text in zip(recipients, report_words.diagnostics(mail.text, recipients), strict=True):
        status = report_words.STATUS.search(text)
        code = status[0] if status else ""
        found.append(Failure(recipient, action, code, report_words.smtp_reply(text), text))
    return tuple(found)


def _original_ids(mail: ParsedMail) -> tuple[str, ...]:
    """Message-IDs of the mail that the report is about."""
    found: list[str] = []
    for file in mail.attachments:
        if file.kind in ("message", "report") or file.content_type == "text/plain":
            found += _MESSAGE_ID_LINE.findall(_decoded(file))
    found += _MESSAGE_ID_LINE.findall(mail.text[:_READ_AT_MOST])
    ids = [item for text in found for item in message_ids(text)]
    return tuple(dict.fromkeys([*ids, *mail.in_reply_to, *mail.references]))
