"""Keep what an agent has begun to write, on the server."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError, NotFoundError, TooLargeError
from tickets import policies
from tickets.actor import Actor
from tickets.locking import require_here
from tickets.models import Attachment, Draft, Ticket

MAX_LENGTH = 500_000


@transaction.atomic
def save_draft(
    ticket_id: int,
    *,
    mode: str,
    body: str,
    version: int,
    actor: Actor,
    conversation_id: int | None = None,
    attachment_ids: Iterable[int] = (),
) -> Draft:
    """Keep the text; `version` is the one the writer last saw (0 for a new draft) and comes back one higher.

    A text in an older tab never replaces a newer one, and a save that arrives after the message was sent
    brings nothing back: ConflictError "draft_newer" or "draft_gone" says so. Drafts are personal: no fact.
    """
    ticket = _ticket(ticket_id, mode, actor)
    if len(body) > MAX_LENGTH:
        raise TooLargeError(_("This text is too long to keep. Shorten it, or attach it."), field="body")
    draft = _locked(ticket, mode, actor, version)
    draft.body, draft.version, draft.updated_at = body, draft.version + 1, timezone.now()
    draft.conversation = ticket.conversations.filter(pk=conversation_id or 0).first()
    draft.save(update_fields=["body", "version", "updated_at", "conversation"])
    draft.attachments.set(
        Attachment.objects.filter(
            pk__in=list(attachment_ids), ticket=ticket, uploaded_by=actor.user, message=None
        )
    )
    return draft


@transaction.atomic
def discard_draft(ticket_id: int, *, mode: str, actor: Actor) -> None:
    """Throw one's draft away. Twice is harmless. Files that only it had go with the next clean-up."""
    ticket = _ticket(ticket_id, mode, actor)
    Draft.objects.filter(ticket=ticket, agent=actor.user, mode=mode).delete()


def _ticket(ticket_id: int, mode: str, actor: Actor) -> Ticket:
    if mode not in Draft.Mode.values:
        raise DomainError(_("A draft is a reply or a note."), code="choice", field="mode")
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None or actor.user is None:
        raise NotFoundError(_("There is no such ticket."))
    if mode == Draft.Mode.REPLY:
        policies.require_work_on(actor, ticket)
    else:
        policies.require_note(actor, ticket)
    require_here(ticket)
    return ticket


def _locked(ticket: Ticket, mode: str, actor: Actor, version: int) -> Draft:
    mine = Draft.objects.select_for_update().filter(ticket=ticket, agent=actor.user, mode=mode)
    draft = mine.first()
    if draft is None and version > 0:
        raise ConflictError(
            _("This draft was sent or thrown away in another window. Copy your text if you need it."),
            code="draft_gone",
        )
    if draft is None:
        Draft.objects.get_or_create(ticket=ticket, agent=actor.user, mode=mode)
        draft = mine.get()
    if draft.version > version:
        raise ConflictError(
            _("A newer text of this draft was saved in another window. Load it, or copy yours first."),
            code="draft_newer",
            draft=draft.pk,
            version=draft.version,
        )
    return draft
