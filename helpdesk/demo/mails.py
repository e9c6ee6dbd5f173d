"""What customers send, as mails on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from helpdesk.demo import files
from helpdesk.demo.cast import SUPPORT
from helpdesk.demo.customers import Writer

_WROTE = {
    "en": "On {when:%d %b %Y at %H:%M}, Northquay Bank <" + SUPPORT + "> wrote:",
    "vi": "Vào {when:%d/%m/%Y lúc %H:%M}, Northquay Bank <" + SUPPORT + "> đã viết:",
    "zh-hans": "Northquay Bank <" + SUPPORT + "> 于 {when:%Y年%m月%d日 %H:%M} 写道：",
    "zh-hant": "Northquay Bank <" + SUPPORT + "> 於 {when:%Y年%m月%d日 %H:%M} 寫道：",
}
_RE = {"vi": "Trả lời: ", "zh-hans": "回复：", "zh-hant": "回覆："}


def first(
    writer: Writer,
    *,
    number: int | str,
    when: datetime,
    subject: str,
    text: str,
    file: str = "",
    html: str = "",
    **envelope: Any,
) -> bytes:
    """A new matter. `envelope` is who it goes to and what else stands in the head: see `_mail`."""
    mail = _mail(writer, number=f"{number}.0", when=when, subject=subject, **envelope)
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    if file:
        mail.add_attachment(files.content(file), *files.kind(file), filename=file)
    return mail.as_bytes()


def answer(
    writer: Writer,
    *,
    number: str,
    when: datetime,
    subject: str,
    text: str,
    answered: tuple[str, str, datetime],
    **envelope: Any,
) -> bytes:
    """An answer to a mail of ours, which is (its Message-ID, its text, when it came)."""
    message_id, quoted, at = answered
    subject = _RE.get(writer.language, "Re: ") + subject
    mail = _mail(writer, number=number, when=when, subject=subject, **envelope)
    if message_id:
        mail["In-Reply-To"] = mail["References"] = f"<{message_id}>"
    lines = [text, "", _WROTE[writer.language].format(when=at)]
    mail.set_content("\n".join([*lines, *(f"> {line}" for line in quoted.splitlines())]))
    return mail.as_bytes()


def _mail(
    writer: Writer,
    *,
    number: str,
    when: datetime,
    subject: str,
    to: str = SUPPORT,
    cc: str = "",
    head: Mapping[str, str] | None = None,
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f'"{writer.name}" <{writer.address}>'
    mail["To"] = to
    if cc:
        mail["Cc"] = cc
    mail["Subject"] = subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = f"<{number}.{writer.local}@{writer.address.partition('@')[2]}>"
    for name, value in (head or {}).items():
        mail[name] = value
    return mail
