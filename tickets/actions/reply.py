"""Answer the customer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError
from tickets import policies
from tickets.actions.receive import note_last_message
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import locked_ticket, require_here
from tickets.models import Attachment, Conversation, Draft, Message, Status, Ticket
from tickets.statuses import require_move
from tickets.text import clean_html, html_to_text

UNDO_SECONDS = 10


@transaction.atomic
def reply(
    ticket_id: int,
    *,
    actor: Actor,
    body: str = "",
    html: str = "",
    conversation_id: int | None = None,
    cc: tuple[tuple[str, str], ...] = (),
    attachment_ids: tuple[int, ...] = (),
    status_after: str = "",
    send_at: datetime | None = None,
    seen_message_id: int | None = None,
    client_id: str = "",
    is_automatic: bool = False,
) -> Message:
    """Answer the customer in the conversation they last wrote in, or in the one given.

    The message waits for the undo seconds (or until `send_at`), then a worker sends it; a provider outage
    never rolls back what the agent wrote. `seen_message_id` is the newest message the writer had on the
    screen: if the customer or a colleague wrote since, ConflictError "stale" says so, once. `client_id`
    makes a repeated send harmless: the stored message is returned.
    """
    ticket = locked_ticket(ticket_id)
    policies.require_work_on(actor, ticket)
    require_here(ticket)
    if client_id and (stored := ticket.messages.filter(client_id=client_id).first()):
        return stored
    body = html_to_text(html) if html else body.strip()
    if not body and not attachment_ids:
        raise DomainError(_("Write something before you send."), field="body", code="empty")
    if seen_message_id is not None:
        _require_nothing_new(ticket, seen_message_id, actor)
    if status_after and status_after != ticket.status:
        require_move(ticket.status, status_after)
    conversation = _conversation(ticket, conversation_id)
    message = _create(
        ticket,
        conversation,
        actor=actor,
        body=body,
        html=clean_html(html) if html else "",
        cc=[list(pair) for pair in cc],
        send_at=_when(send_at, is_automatic=is_automatic),
        client_id=client_id,
        status_after=status_after,
        is_automatic=is_automatic,
    )
    take_attachments(message, attachment_ids, actor)
    _after_reply(ticket, message, actor)
    record(ticket, "message.queued", actor=actor, message=message, automatic=is_automatic)
    return message


@transaction.atomic
def cancel_reply(message_id: int, *, actor: Actor) -> Message:
    """Take back a reply that has not left yet, with the status that was set along with it.

    Raises ConflictError when it is too late.
    """
    ticket_id = Message.objects.values_list("ticket_id", flat=True).filter(pk=message_id).first()
    ticket = locked_ticket(ticket_id or 0)
    policies.require_work_on(actor, ticket)
    cancelled = Message.objects.filter(pk=message_id, delivery=Message.Delivery.QUEUED, attempts=0).update(
        delivery=Message.Delivery.CANCELLED, send_at=None
    )
    message = Message.objects.get(pk=message_id)
    if not cancelled:
        if message.delivery == Message.Delivery.CANCELLED:
            return message
        raise ConflictError(_("This reply has already left."), code="already_sent")
    if message.status_after and ticket.status == message.status_after:
        ticket.status = message.status_before
    ticket.waiting_since = ticket.waiting_since or timezone.now()
    ticket.save(update_fields=["status", "waiting_since"])
    last = ticket.messages.exclude(delivery=Message.Delivery.CANCELLED).order_by("-pk").first()
    if last is not None:
        note_last_message(ticket, last)
    record(ticket, "message.cancelled", actor=actor, message=message)
    return message


def _require_nothing_new(ticket: Ticket, seen_message_id: int, actor: Actor) -> None:
    newer = (
        ticket.messages.filter(pk__gt=seen_message_id, is_automatic=False)
        .exclude(author=actor.user, kind__in=[Message.Kind.REPLY, Message.Kind.NOTE])
        .exclude(kind=Message.Kind.NOTE)
        .exclude(delivery=Message.Delivery.CANCELLED)
    )
    ids = list(newer.values_list("pk", flat=True))
    if ids:
        raise ConflictError(
            _("A message came while you were writing. Read it, then send again."),
            code="stale",
            messages=ids,
        )


def _conversation(ticket: Ticket, conversation_id: int | None) -> Conversation:
    conversations = ticket.conversations.select_related("inbox", "identity").order_by(
        "-last_message_at", "-pk"
    )
    if conversation_id is not None:
        conversations = conversations.filter(pk=conversation_id)
    conversation = conversations.first()
    if conversation is None:
        raise ConflictError(
            _("This ticket has no conversation to answer in. Start one first."), code="no_conversation"
        )
    return conversation


def _when(send_at: datetime | None, *, is_automatic: bool) -> datetime:
    now = timezone.now()
    if is_automatic:
        return now
    if send_at is not None and send_at > now:
        return send_at
    return now + timedelta(seconds=UNDO_SECONDS)


def _create(ticket: Ticket, conversation: Conversation, *, actor: Actor, **fields: object) -> Message:
    now = timezone.now()
    conversation.last_seq += 1
    conversation.last_message_at = now
    conversation.save(update_fields=["last_seq", "last_message_at"])
    identity = conversation.identity
    return Message.objects.create(
        ticket=ticket,
        conversation=conversation,
        inbox_id=conversation.inbox_id,
        seq=conversation.last_seq,
        kind=Message.Kind.REPLY,
        channel=conversation.channel,
        author=actor.user,
        author_name=actor.name,
        identity=identity,
        subject=ticket.subject,
        to=[[identity.name, identity.address]],
        delivery=Message.Delivery.QUEUED,
        status_before=ticket.status,
        created_at=now,
        **fields,
    )


def take_attachments(message: Message, attachment_ids: tuple[int, ...], actor: Actor) -> None:
    """Only files that this agent uploaded to this ticket and that no message has yet."""
    if not attachment_ids:
        return
    mine = Attachment.objects.filter(
        pk__in=attachment_ids, ticket=message.ticket, uploaded_by=actor.user, message=None
    )
    if mine.update(message=message) != len(set(attachment_ids)):
        raise ConflictError(_("A file of this message is no longer there. Add it again."), code="attachment")


def _after_reply(ticket: Ticket, message: Message, actor: Actor) -> None:
    note_last_message(ticket, message)
    if message.is_automatic:
        return
    before = ticket.status
    now = message.created_at
    ticket.first_replied_at = ticket.first_replied_at or now
    ticket.waiting_since = None
    ticket.status = message.status_after or (Status.OPEN if before == Status.NEW else before)
    if ticket.status == Status.SOLVED:
        ticket.solved_at = now
    ticket.save(update_fields=["first_replied_at", "waiting_since", "status", "solved_at"])
    Draft.objects.filter(ticket=ticket, agent=actor.user, mode=Draft.Mode.REPLY).delete()
    if ticket.status != before:
        record(ticket, "ticket.status_changed", actor=actor, before=before, after=ticket.status)
