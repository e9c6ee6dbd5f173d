"""Keep files: with limits, sniffed, under names that cannot be guessed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError, TooLargeError
from tickets import policies
from tickets.files import discard, forget_file, keep, safe_name, sniff
from tickets.models import Attachment, Message, Ticket
from tickets.models.message import attachment_path

if TYPE_CHECKING:
    from channels_app.contract import InboundFile
    from tickets.actor import Actor

logger = logging.getLogger(__name__)

MAX_FILES = 100
ORPHAN_AFTER = timedelta(days=2)
PURGE_BATCH = 500


def attach_inbound(message: Message, *, files: Iterable[InboundFile]) -> list[Attachment]:
    """Keep what a customer sent along. Called by `receive`, inside its transaction.

    A disk that is full raises OSError: the whole message is taken again later, and no file is left behind.
    """
    rows: list[Attachment] = []
    try:
        for file in list(files)[:MAX_FILES]:
            row = _described(
                file.content,
                name=file.name,
                message=message,
                ticket_id=message.ticket_id,
                content_id=file.content_id[:250],
                is_inline=file.is_inline,
            )
            rows.append(row)
            row.file.name = keep(attachment_path(row, row.name), file.content)
        return Attachment.objects.bulk_create(rows)
    except BaseException:
        discard([row.file.name for row in rows if row.file.name])
        raise


@transaction.atomic
def upload(ticket: Ticket, *, name: str, content: bytes, actor: Actor) -> Attachment:
    """Keep a file that an agent adds while writing. It joins a message when that is sent.

    Raises TooLargeError above the limit, DomainError for an empty file.
    """
    policies.require_note(actor, ticket)
    if len(content) > settings.ATTACHMENT_MAX_BYTES:
        limit = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
        raise TooLargeError(
            _("This file is too large. The limit is %(limit)s MB: send a link instead.") % {"limit": limit},
            field="file",
        )
    if not content:
        raise DomainError(_("This file is empty. Choose another one."), field="file")
    return _store(content, name=name, ticket=ticket, uploaded_by=actor.user)


def purge_orphans() -> int:
    """Remove uploads that no message took and no draft holds. Returns how many. Run by beat."""
    old = Attachment.objects.filter(message=None, drafts=None, created_at__lt=timezone.now() - ORPHAN_AFTER)
    return sum(_purge(pk) for pk in old.order_by("pk").values_list("pk", flat=True)[:PURGE_BATCH])


@transaction.atomic
def _purge(attachment_id: int) -> bool:
    attachment = Attachment.objects.select_for_update().filter(pk=attachment_id, message=None).first()
    if attachment is None or attachment.drafts.exists():
        return False  # sent or saved since we looked
    forget_file(attachment.file.name)
    attachment.delete()
    return True


def _store(content: bytes, *, name: str, **fields: object) -> Attachment:
    attachment = _described(content, name=name, **fields)
    attachment.file.name = keep(attachment_path(attachment, attachment.name), content)
    try:
        attachment.save(force_insert=True)
    except BaseException:
        discard([attachment.file.name])
        raise
    return attachment


def _described(content: bytes, *, name: str, **fields: object) -> Attachment:
    return Attachment(
        name=safe_name(name),
        content_type=sniff(content, name),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        **fields,
    )
