"""Take words out for good: a card number, a password, a whole message. This cannot be undone."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError, NotFoundError
from tickets import lastmessage, policies
from tickets.actor import Actor
from tickets.events import record
from tickets.files import forget_file
from tickets.locking import keep, locked_of_message
from tickets.models import Attachment, Draft, Message, Ticket
from tickets.redaction import MARK, pattern, redact_html, redact_text
from tickets.search import index_messages

SHORTEST = 3
_TEXTS = ("subject", "body", "quoted", "signature")
_ON_ITS_WAY = (Message.Delivery.QUEUED, Message.Delivery.SENDING)


@transaction.atomic
def redact(
    message_id: int, *, actor: Actor, passage: str = "", everywhere: bool = False, attachments: bool = False
) -> Message:
    """Take a passage, or without one the whole text, out of a message; `everywhere`: of its whole ticket.

    The passage also leaves the ticket's subject, the drafts and the facts that quote it; the stored raw
    call is emptied after the commit. `attachments` removes the message's files too. Supervisors only.
    Raises DomainError when the passage is not there, ConflictError while the message is being sent.
    """
    ticket = locked_of_message(message_id)
    policies.require_supervise(actor, ticket)
    message = ticket.messages.select_for_update().get(pk=message_id)
    if message.delivery in _ON_ITS_WAY:
        raise ConflictError(_("This reply is just leaving. Take it back first."), code="leaving")
    changed = _take_out(ticket, message, passage, everywhere=everywhere) if passage else [_clear(message)]
    removed = _remove(Attachment.objects.filter(message__in=changed)) if attachments else 0
    for each in changed:
        record(ticket, "message.redacted", actor=actor, message=each, whole=not passage, attachments=removed)
    lastmessage.refresh(ticket)
    keep(ticket, "subject", *lastmessage.LAST_MESSAGE)
    index_messages(ticket.messages.all())  # at once: nobody shall find the words any more
    return message


@transaction.atomic
def redact_attachment(attachment_id: int, *, actor: Actor) -> Message:
    """Remove one file of a message for good. Supervisors only."""
    attachment = Attachment.objects.filter(pk=attachment_id).select_related("message").first()
    if attachment is None or attachment.message is None:
        raise NotFoundError(_("There is no such file."))
    message = attachment.message
    ticket = locked_of_message(message.pk)
    policies.require_supervise(actor, ticket)
    if message.delivery in _ON_ITS_WAY:
        raise ConflictError(_("This reply is just leaving. Take it back first."), code="leaving")
    if _remove(Attachment.objects.filter(pk=attachment_id)):
        message.redacted_at = timezone.now()
        message.save(update_fields=["redacted_at"])
        record(ticket, "message.redacted", actor=actor, message=message, whole=False, attachments=1)
    return message


def _take_out(ticket: Ticket, message: Message, passage: str, *, everywhere: bool) -> list[Message]:
    """Take the passage out of the messages; return those that had it, the one asked for first."""
    passage = passage.strip()
    if len(passage) < SHORTEST:
        raise DomainError(
            _("Choose a passage of at least %(count)s characters.") % {"count": SHORTEST},
            code="too_short",
            field="passage",
        )
    found = pattern(passage)
    others = ticket.messages.exclude(pk=message.pk).exclude(delivery__in=_ON_ITS_WAY) if everywhere else []
    changed = [each for each in (message, *others) if _redacted(each, found, passage)]
    if not changed:
        raise DomainError(
            _("This passage is not in the message. Copy it from there."), code="not_there", field="passage"
        )
    ticket.subject = redact_text(ticket.subject, found)
    for file in Attachment.objects.filter(message__in=changed):
        if (name := redact_text(file.name, found)) != file.name:
            Attachment.objects.filter(pk=file.pk).update(name=name)
    _redact_drafts(ticket.drafts.all(), found, passage)
    _redact_facts(ticket, found)
    return changed


def _redacted(message: Message, found: re.Pattern[str], passage: str) -> bool:
    before = [getattr(message, name) for name in (*_TEXTS, "html")]
    for name in _TEXTS:
        setattr(message, name, redact_text(getattr(message, name), found))
    message.html = redact_html(message.html, passage) if message.html else ""
    if before == [getattr(message, name) for name in (*_TEXTS, "html")]:
        return False
    message.redacted_at = timezone.now()
    message.save(update_fields=[*_TEXTS, "html", "redacted_at"])
    return True


def _clear(message: Message) -> Message:
    """Leave nothing of the text; drafts that repeat it whole lose it too."""
    if message.body.strip():
        _redact_drafts(message.ticket.drafts.all(), pattern(message.body), message.body)
    message.subject, message.body, message.html, message.quoted, message.signature = "", MARK, "", "", ""
    message.redacted_at = timezone.now()
    message.save(update_fields=[*_TEXTS, "html", "redacted_at"])
    return message


def _redact_drafts(drafts: QuerySet[Draft], found: re.Pattern[str], passage: str) -> None:
    """A draft may hold text or markup. Its version moves, so that no open tab writes the words back."""
    for draft in drafts.select_for_update():
        body = redact_text(redact_html(draft.body, passage) or draft.body, found)
        if body != draft.body:
            draft.body, draft.version = body, draft.version + 1
            draft.save(update_fields=["body", "version"])


def _redact_facts(ticket: Ticket, found: re.Pattern[str]) -> None:
    """Facts are never edited, but for this: former subjects and answers may hold the words."""
    for event in ticket.events.filter(kind__in=["ticket.subject_changed", "ticket.custom_changed"]):
        data = _without(event.data, found)
        if data != event.data:
            event.data = data
            event.save(update_fields=["data"])


def _without(value: Any, found: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return redact_text(value, found)
    if isinstance(value, list):
        return [_without(each, found) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, found) for key, each in value.items()}
    return value


def _remove(attachments: QuerySet[Attachment]) -> int:
    """Remove rows and, once that is committed, their files."""
    rows = list(attachments)
    for row in rows:
        forget_file(row.file.name)
    attachments.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
