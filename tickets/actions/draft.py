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
from tickets.models import Attachment, Conversation, Draft, Ticket
from tickets.recipients import identities_for, inboxes_for

MAX_LENGTH = 500_000
MAX_CC = 4000


@transaction.atomic
def save_draft(
    ticket_id: int,
    *,
    mode: str,
    body: str,
    version: int,
    actor: Actor,
    conversation_id: int | None = None,
    inbox_id: int | None = None,
    identity_id: int | None = None,
    cc: str | None = None,
    attachment_ids: Iterable[int] = (),
) -> Draft:
    """Keep the text, and whom it is for: a conversation, or an inbox and an address to begin one with.

    `version` is the one the writer last saw (0 for a new draft) and comes back one higher.

    A text in an older tab never replaces a newer one, and a save that arrives after the message was sent
    brings nothing back: ConflictError "draft_newer" or "draft_gone" says so. Drafts are personal: no fact.
    """
    ticket = _ticket(ticket_id, mode, actor)
    if len(body) > MAX_LENGTH:
        raise TooLargeError(_("This text is too long to keep. Shorten it, or attach it."), field="body")
    draft = _locked(ticket, mode, actor, version)
    draft.body, draft.version, draft.updated_at = body, draft.version + 1, timezone.now()
    draft.conversation = _conversation(ticket, conversation_id, inbox_id, identity_id)
    draft.inbox_id, draft.identity_id = _beginning(ticket, actor, draft.conversation, inbox_id, identity_id)
    draft.cc = cc[:MAX_CC] if cc is not None else None
    draft.save(update_fields=["body", "version", "updated_at", "conversation", "inbox", "identity", "cc"])
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


def _conversation(
    ticket: Ticket, conversation_id: int | None, inbox_id: int | None, identity_id: int | None
) -> Conversation | None:
    begun = ticket.conversations.order_by("-last_message_at", "-pk")
    if inbox_id and identity_id:
        return begun.filter(inbox=inbox_id, identity=identity_id).first()
    return begun.filter(pk=conversation_id or 0).first()


def _beginning(
    ticket: Ticket,
    actor: Actor,
    begun: Conversation | None,
    inbox_id: int | None,
    identity_id: int | None,
) -> tuple[int | None, int | None]:
    """Inbox and address of a conversation to be begun, if the writer may use them."""
    if begun is not None or not (inbox_id and identity_id):
        return None, None
    inbox = inboxes_for(actor).filter(pk=inbox_id).first()
    identity = identities_for(ticket).filter(pk=identity_id).first()
    return (inbox.pk, identity.pk) if inbox and identity else (None, None)


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
