"""What mail systems and mail programs write about our mails: a bounce, and a receipt."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from helpdesk.demo.cast import SUPPORT
from helpdesk.demo.customers import Writer


def bounce(who: Writer, *, message_id: str, when: datetime) -> bytes:
    """There is nobody of this name (RFC 3464)."""
    return _report(
        when,
        author="Mail Delivery System <mailer-daemon@mx.mail.example>",
        subject="Undelivered Mail Returned to Sender",
        kind="delivery-status",
        words=f"I could not deliver your message to {who.address}: user unknown.",
        parts=[
            ("message/delivery-status",
             f"Reporting-MTA: dns; mx.mail.example\n\nFinal-Recipient: rfc822; {who.address}\n"
             "Action: failed\nStatus: 5.1.1\n"
             f"Diagnostic-Code: smtp; 550 5.1.1 <{who.address}>: Recipient address rejected: User unknown"),
            ("text/rfc822-headers", f"From: {SUPPORT}\nTo: {who.address}\nMessage-ID: <{message_id}>"),
        ],
    )  # fmt: skip


def receipt(who: Writer, *, message_id: str, when: datetime) -> bytes:
    """The customer has read it (RFC 8098)."""
    return _report(
        when,
        author=f"{who.name} <{who.address}>",
        subject="Read: your answer",
        kind="disposition-notification",
        words="Your message was displayed.",
        about=message_id,
        parts=[
            ("message/disposition-notification",
             f"Final-Recipient: rfc822; {who.address}\nOriginal-Message-ID: <{message_id}>\n"
             "Disposition: manual-action/MDN-sent-manually; displayed"),
        ],
    )  # fmt: skip


def _report(
    when: datetime,
    *,
    author: str,
    subject: str,
    kind: str,
    words: str,
    parts: list[tuple[str, str]],
    about: str = "",
) -> bytes:
    edge = "==report=="
    reference = f"References: <{about}>\n" if about else ""
    head = (
        f"From: {author}\nTo: {SUPPORT}\nSubject: {subject}\nDate: {format_datetime(when)}\n"
        f"Message-ID: <{kind}.{when:%d%H%M%S}@mx.mail.example>\n{reference}Auto-Submitted: auto-replied\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary="{edge}"\n'
    )
    bodies = [("text/plain; charset=utf-8", words), *parts]
    body = "".join(f"\n--{edge}\nContent-Type: {media_type}\n\n{text}\n" for media_type, text in bodies)
    return f"{head}{body}\n--{edge}--\n".replace("\n", "\r\n").encode()
