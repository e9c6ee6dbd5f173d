"""Mails as a support address gets them: half of them answers, some with files, in four languages."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from random import Random

from django.utils import timezone

from channels_app.adapters.email import marks
from helpdesk.demo import files, lives
from helpdesk.demo.cast import DOMAIN, SUPPORT
from tickets.models import Message

REPLIES, WITH_FILE, WITH_HTML, KNOWN = 0.5, 0.2, 0.6, 0.5


def mails(number: int, *, batch: str) -> list[bytes]:
    """Return mails that nobody has sent before; `batch` makes them different from others."""
    random = Random(batch)  # numbers for measuring
    answered = _answered(random, number)
    return [_mail(place, batch, random, answered) for place in range(number)]


def _answered(random: Random, number: int) -> list[tuple[int, int, str, str]]:
    """Replies of ours that customers may answer: (message, ticket, address, subject).

    Most are on tickets that are still open or just solved; a few are old, and become follow-ups.
    """
    ours = Message.objects.filter(kind="out", identity__kind="email", delivery="sent")
    rows = ours.values_list("pk", "ticket_id", "identity__address", "ticket__subject").order_by("-pk")
    live = list(rows.exclude(ticket__status="closed")[:number])
    return live + random.sample(list(rows.filter(ticket__status="closed")[:number]), max(len(live) // 10, 1))


def _mail(place: int, batch: str, random: Random, answered: list[tuple[int, int, str, str]]) -> bytes:
    language = random.choice(lives.LANGUAGES)
    story = random.choice(lives.STORIES[language])
    is_reply = bool(answered) and random.random() < REPLIES
    mail = EmailMessage(policy=SMTP)
    if is_reply:
        message, ticket, address, subject = random.choice(answered)
        mail["In-Reply-To"] = f"<{marks.message_id(message, ticket, domain=DOMAIN)}>"
        mail["References"] = mail["In-Reply-To"]
        mail["Subject"] = f"Re: {subject}"
    else:
        known = random.choice(answered)[2] if answered and random.random() < KNOWN else ""
        address = known or f"new-{batch}-{place}@writers.example"
        mail["Subject"] = story.subject.replace("{amount}", "$120")
    mail["From"] = f"Writer {place} <{address}>"
    mail["To"] = SUPPORT
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = f"<{batch}.{place}@writers.example>"
    for name in ("Received", "X-Mailer", "DKIM-Signature", "Authentication-Results"):
        mail[name] = "by mx.example with ESMTPS id 4bXyZ; " + "x" * 60
    _fill(mail, story.turns[0][1], is_reply=is_reply, random=random)
    return mail.as_bytes()


def _fill(mail: EmailMessage, text: str, *, is_reply: bool, random: Random) -> None:
    quoted = "\n\nOn 3 Mar 2026 at 10:00, Northquay Bank wrote:\n" + "> We have looked into it.\n" * 12
    whole = text + (quoted if is_reply else "")
    mail.set_content(whole)
    if random.random() < WITH_HTML:
        paragraphs = "".join(f"<p>{line}</p>" for line in text.splitlines())
        tail = (
            f'<blockquote type="cite">{"<p>We have looked into it.</p>" * 12}</blockquote>'
            if is_reply
            else ""
        )
        mail.add_alternative(f"<html><body>{paragraphs}{tail}</body></html>", subtype="html")
    if random.random() < WITH_FILE:
        content = files.content("screenshot.png") + random.randbytes(40_000)
        mail.add_attachment(content, "image", "png", filename="screenshot.png")
