"""Write down something that only agents see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from helpdesk.errors import DomainError
from tickets import policies
from tickets.actions.attach import take_attachments
from tickets.actions.pictures import take_inline_images
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import locked_ticket, require_here
from tickets.models import Draft, Message
from tickets.text import clean_html, html_to_text


@transaction.atomic
def add_note(
    ticket_id: int,
    *,
    actor: Actor,
    body: str = "",
    html: str = "",
    mention_ids: Iterable[int] = (),
    attachment_ids: Iterable[int] = (),
    client_id: str = "",
) -> Message:
    """Add an internal note. Those mentioned are told, if they may see the ticket."""
    ticket = locked_ticket(ticket_id)
    policies.require_note(actor, ticket)
    if client_id and (stored := ticket.messages.filter(client_id=client_id).first()):
        return stored
    require_here(ticket)
    attachment_ids = tuple(attachment_ids)
    html, pictures = take_inline_images(html, ticket=ticket, actor=actor)
    body = html_to_text(html) if html else body.replace("\x00", "").strip()
    if not body and not attachment_ids and not pictures:
        raise DomainError(_("Write something before you add the note."), field="body", code="empty")
    note = Message.objects.create(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        author=actor.user,
        author_name=actor.name,
        body=body,
        html=clean_html(html) if html else "",
        client_id=client_id,
        created_at=timezone.now(),
    )
    take_attachments(note, (*attachment_ids, *pictures), actor)
    people = User.objects.filter(pk__in=list(mention_ids), is_active=True)
    mentioned = [person for person in people if policies.can_see(person, ticket)]
    note.mentions.set(mentioned)
    Draft.objects.filter(ticket=ticket, agent=actor.user, mode=Draft.Mode.NOTE).delete()
    record(ticket, "note.added", actor=actor, message=note, mentions=[person.pk for person in mentioned])
    return note
