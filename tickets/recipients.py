"""Whom a message goes to: which conversation, which inbox and address, and who gets a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.models import Identity
from helpdesk.errors import ConflictError, DomainError, NotFoundError
from tickets.models import Conversation, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from channels_app.models import Inbox
    from tickets.actor import Actor

MAX_COPIES = 20


def inboxes_for(actor: Actor) -> QuerySet[Inbox]:
    """The inboxes that an agent may write from: their teams', and those without a team."""
    inboxes: QuerySet[Inbox] = apps.get_model("channels_app", "Inbox").objects.filter(is_active=True)
    if actor.user is None or actor.user.is_administrator:
        return inboxes
    return inboxes.filter(Q(team=None) | Q(team_id__in=actor.user.team_ids))


def identities_for(ticket: Ticket) -> QuerySet[Identity]:
    """The addresses that a ticket may be answered to: its customer's, and those that wrote on it."""
    return Identity.objects.filter(
        Q(customer=ticket.customer_id) | Q(conversations__ticket=ticket)
    ).distinct()


def choose_conversation(
    ticket: Ticket,
    *,
    actor: Actor,
    conversation_id: int | None = None,
    inbox_id: int | None = None,
    identity_id: int | None = None,
) -> Conversation:
    """Return the conversation to write in: the one named, the one last written in, or one to be begun.

    A conversation that does not exist yet comes back unsaved, with its inbox and identity.
    Raises ConflictError when there is none, NotFoundError for what the actor may not use.
    """
    if inbox_id is not None or identity_id is not None:
        return _with(ticket, actor, inbox_id, identity_id)
    conversations = ticket.conversations.select_related("inbox", "identity__customer")
    if conversation_id is not None:
        conversations = conversations.filter(pk=conversation_id)
    conversation = conversations.order_by("-last_message_at", "-pk").first()
    if conversation is None:
        raise ConflictError(
            _("This ticket has no conversation to answer in. Choose an inbox and an address to start one."),
            code="no_conversation",
        )
    return conversation


def _with(ticket: Ticket, actor: Actor, inbox_id: int | None, identity_id: int | None) -> Conversation:
    inbox = inboxes_for(actor).filter(pk=inbox_id or ticket.inbox_id or 0).first()
    if inbox is None:
        raise NotFoundError(_("Choose one of your inboxes to write from."), field="inbox")
    identities = identities_for(ticket).filter(kind=inbox.adapter.identity_kind)
    identity = identities.filter(pk=identity_id).first() if identity_id else identities.first()
    if identity is None:
        raise ConflictError(
            _("The customer has no address for this inbox. Choose another inbox, or add the address first."),
            code="no_address",
            field="identity",
        )
    there = ticket.conversations.filter(inbox=inbox, identity=identity).order_by("-last_message_at").first()
    return there or Conversation(ticket=ticket, inbox=inbox, identity=identity, channel=inbox.channel)


def require_reachable(identity: Identity) -> None:
    """Raise ConflictError for an address that bounced or is blocked. The writer may insist."""
    if identity.is_blocked:
        raise ConflictError(
            _("%(address)s is blocked: answers would not be read. Unblock it, or send all the same.")
            % {"address": identity.address},
            code="blocked",
        )
    if identity.undeliverable_at is not None:
        raise ConflictError(
            _("Mail to %(address)s came back. Choose another address, or send all the same.")
            % {"address": identity.address},
            code="undeliverable",
        )


def clean_copies(cc: Iterable[tuple[str, str]], *, to: str) -> list[list[str]]:
    """Return the people in CC, each once and without the receiver. Raises DomainError naming a wrong one."""
    copies: dict[str, list[str]] = {}
    for name, address in cc:
        address = address.strip()
        try:
            validate_email(address)
        except ValidationError as error:
            raise DomainError(
                _("“%(address)s” is not an email address. Correct it, or remove it.")
                % {"address": address[:100]},
                code="cc",
                field="cc",
            ) from error
        copies.setdefault(address.lower(), [" ".join(name.split())[:200], address])
    copies.pop(to.lower(), None)
    if len(copies) > MAX_COPIES:
        raise DomainError(
            _("A message goes to at most %(limit)s people in CC. Remove some.") % {"limit": MAX_COPIES},
            code="cc",
            field="cc",
        )
    return list(copies.values())
