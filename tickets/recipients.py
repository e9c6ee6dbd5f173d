"""Whom a message goes to: which conversation, which inbox and address, and who gets a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, Value
from django.utils.translation import gettext as _

from customers.models import Identity
from helpdesk.errors import ConflictError, DomainError, NotFoundError
from tickets.models import Conversation, Message, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from channels_app.models import Inbox
    from tickets.actor import Actor

MAX_COPIES = 20
Pair = tuple[str, str, bool]  # name, address, whether it stood in Cc


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
    if inbox_id and identity_id:  # what has begun may go on, whoever's inbox it is
        begun = ticket.conversations.filter(inbox=inbox_id, identity=identity_id)
        there = (
            begun.select_related("inbox", "identity__customer").order_by("-last_message_at", "-pk").first()
        )
        if there is not None:
            return there
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
    """Return the people in CC, each once, without the receiver and our own inboxes.

    Raises DomainError naming a wrong address.
    """
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
    if copies:
        ours = own_addresses()
        copies = {address: pair for address, pair in copies.items() if _bare(address) not in ours}
    if len(copies) > MAX_COPIES:
        raise DomainError(
            _("A message goes to at most %(limit)s people in CC. Remove some.") % {"limit": MAX_COPIES},
            code="cc",
            field="cc",
        )
    return list(copies.values())


def typed(people: Iterable[Sequence[str]]) -> str:
    """Return names and addresses as one types them into a field."""
    named = [(name.replace('"', ""), address) for name, address in people]
    return ", ".join(
        f'"{name}" <{address}>' if name and name != address else address for name, address in named
    )


def own_addresses() -> set[str]:
    """The addresses of all our inboxes: what goes there would come back to us."""
    inboxes = apps.get_model("channels_app", "Inbox").objects.exclude(address="")
    return {address.lower() for address in inboxes.values_list("address", flat=True)}


def last_envelope(conversation: Conversation) -> list[Pair]:
    """Everyone whom the last message of a conversation was addressed to. Automatic ones do not count."""
    said = conversation.messages.filter(is_automatic=False).exclude(kind=Message.Kind.NOTE)
    last = said.exclude(delivery=Message.Delivery.CANCELLED).order_by("-pk").values("to", "cc").first()
    return envelope(last["to"], last["cc"]) if last else []


def envelope(to: object, cc: object) -> list[Pair]:
    """Return To and Cc of a message as one list: (name, address, whether it stood in Cc)."""
    return [*_pairs(to, is_copy=False), *_pairs(cc, is_copy=True)]


def kept_copies(identity: Identity, said: Iterable[Pair]) -> list[tuple[str, str]]:
    """Whom a reply to this address copies of itself: who got the message it answers, and is not its reader.

    Left out are our own inboxes and every address of the customer. In To, another address of our own
    domain is taken for one more name of ours; somebody of our house is kept when they stood in Cc.
    """
    said = list(said)
    if not any(address != identity.address for _name, address, _is_copy in said):
        return []
    ours, theirs = _known(identity)
    domains = {address.rpartition("@")[2] for address in ours}
    kept: dict[str, tuple[str, str]] = {}
    for name, address, is_copy in said:
        bare = _bare(address)
        is_alias = not is_copy and bare.rpartition("@")[2] in domains
        if bare not in ours and address.lower() not in theirs and not is_alias:
            kept.setdefault(address.lower(), (name, address))
    return list(kept.values())[:MAX_COPIES]


def _pairs(people: object, *, is_copy: bool) -> Iterator[Pair]:
    for name, address in people if isinstance(people, list | tuple) else ():
        if "@" in str(address):
            yield str(name or ""), str(address), is_copy


def _known(identity: Identity) -> tuple[set[str], set[str]]:
    """Our own addresses, and those of the customer behind one: in one query."""
    inboxes = apps.get_model("channels_app", "Inbox").objects.exclude(address="").order_by()
    theirs = Identity.objects.filter(customer=identity.customer_id).order_by()
    rows = inboxes.values_list("address", Value(1)).union(theirs.values_list("address", Value(0)), all=True)
    known: tuple[set[str], set[str]] = (set(), set())
    for address, is_ours in rows:
        known[0 if is_ours else 1].add(address.lower())
    return known


def _bare(address: str) -> str:
    """The address without what a plus adds, as we sign our own."""
    local, _at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
