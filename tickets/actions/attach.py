"""Keep files: with limits, sniffed, under names that cannot be guessed."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import rows
from helpdesk.errors import ConflictError, DomainError, TooLargeError
from tickets import policies
from tickets.files import discard, extension, forget_file, keep, safe_name, sniff
from tickets.models import Attachment, Message, Ticket
from tickets.models.message import attachment_path

if TYPE_CHECKING:
    from channels_app.contract import InboundFile
    from tickets.actor import Actor

logger = logging.getLogger(__name__)

MAX_FILES = 100
ORPHAN_AFTER = timedelta(days=2)
PURGE_BATCH = 500
MEGABYTE = 1024 * 1024


def attach_inbound(message: Message, *, files: Iterable[InboundFile]) -> list[Attachment]:
    """Keep what a customer sent along. Called by `receive`, inside its transaction.

    A disk that is full raises OSError: the whole message is taken again later, and no file is left behind.
    """
    made: list[Attachment] = []
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
            made.append(row)
            row.file.name = keep(attachment_path(row, row.name), file.content)
        rows.insert(*made)
    except BaseException:
        discard([row.file.name for row in made if row.file.name])
        raise
    return made


@transaction.atomic
def upload(
    ticket: Ticket | None, *, name: str, content: bytes, actor: Actor, is_inline: bool = False
) -> Attachment:
    """Keep a file that an agent adds while writing; without a ticket, for one that is about to be opened.

    It joins a message when that is sent. Raises TooLargeError above the limit, DomainError for an empty
    file or a program.
    """
    if ticket is not None:
        policies.require_note(actor, ticket)
    else:
        policies.require_open(actor)
    if len(content) > settings.ATTACHMENT_MAX_BYTES:
        raise TooLargeError(
            _("This file is too large. The limit is %(limit)s MB: send a link instead.")
            % {"limit": settings.ATTACHMENT_MAX_BYTES // MEGABYTE},
            field="file",
        )
    if not content:
        raise DomainError(_("This file is empty. Choose another one."), code="empty", field="file")
    if extension(name) in settings.ATTACHMENT_BLOCKED_EXTENSIONS:
        raise DomainError(
            _("Programs cannot be sent. Put the file into a protected archive, or send a link."),
            code="blocked_type",
            field="file",
        )
    content_id = f"{uuid.uuid4().hex}@picture" if is_inline else ""
    return _store(
        content, name=name, ticket=ticket, uploaded_by=actor.user, is_inline=is_inline, content_id=content_id
    )


def take_attachments(message: Message, attachment_ids: Iterable[int], actor: Actor) -> None:
    """Move uploads to a message: only files that this agent uploaded here and that no message has yet.

    Raises ConflictError when one is gone, TooLargeError when they are too many or too large together.
    """
    wanted = set(attachment_ids)
    if not wanted:
        return
    here = Q(ticket=message.ticket_id) | Q(ticket=None)
    mine = Attachment.objects.filter(here, pk__in=wanted, uploaded_by=actor.user, message=None)
    total = mine.aggregate(Sum("size"))["size__sum"] or 0
    limit = settings.MESSAGE_FILES_MAX_BYTES
    if len(wanted) > settings.MESSAGE_MAX_FILES or total > limit:
        raise TooLargeError(
            _("A message takes at most %(count)s files and %(limit)s MB together. Remove some.")
            % {"count": settings.MESSAGE_MAX_FILES, "limit": limit // MEGABYTE},
            code="too_many_files",
            field="attachments",
        )
    if mine.update(message=message, ticket=message.ticket_id) != len(wanted):
        raise ConflictError(_("A file of this message is no longer there. Add it again."), code="attachment")


def release_attachments(message: Message, *, actor: Actor) -> list[Attachment]:
    """Take the files of a cancelled reply back, so that its writer can send them again."""
    taken = list(message.attachments.filter(uploaded_by=actor.user))
    Attachment.objects.filter(pk__in=[each.pk for each in taken]).update(message=None)
    return taken


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
