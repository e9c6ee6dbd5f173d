"""Keep files: with limits, sniffed, under names that cannot be guessed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError, TooLargeError
from tickets import policies
from tickets.files import safe_name, sniff
from tickets.models import Attachment, Message, Ticket

if TYPE_CHECKING:
    from channels_app.contract import InboundFile
    from tickets.actor import Actor

logger = logging.getLogger(__name__)

MAX_FILES = 100


def attach_inbound(message: Message, *, files: Iterable[InboundFile]) -> list[Attachment]:
    """Keep what a customer sent along. Called by `receive`, inside its transaction.

    A disk that is full raises OSError: the whole message is taken again later.
    """
    return [
        _store(
            file.content,
            name=file.name,
            message=message,
            ticket=message.ticket,
            content_id=file.content_id[:250],
            is_inline=file.is_inline,
        )
        for file in list(files)[:MAX_FILES]
    ]


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


def _store(content: bytes, *, name: str, **fields: object) -> Attachment:
    attachment = Attachment(
        name=safe_name(name),
        content_type=sniff(content, name),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        **fields,
    )
    attachment.file.save(attachment.name, ContentFile(content), save=False)
    path = attachment.file.name
    try:
        attachment.save(force_insert=True)
    except BaseException:
        default_storage.delete(path)
        raise
    return attachment
