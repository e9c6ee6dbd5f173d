"""Open a ticket of one's own accord: write to a customer first, or note down a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from customers.actions.resolve import resolve_identity
from customers.models import Identity
from helpdesk.errors import DomainError, NotAllowedError, NotFoundError
from tickets import lastmessage, policies
from tickets.actions.note import add_note
from tickets.actions.reply import reply
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, lock_identities
from tickets.models import Conversation, Message, Priority, Status, Ticket, TicketType
from tickets.recipients import inboxes_for

if TYPE_CHECKING:
    from accounts.models import Team
    from channels_app.models import Inbox
    from customers.models import Customer


@transaction.atomic
def open_ticket(
    *, inbox: Inbox | None, actor: Actor, subject: str, body: str = "", html: str = "",
    customer: Customer | None = None, address: str = "", name: str = "", team: Team | None = None,
    type: str = TicketType.QUESTION, priority: int = Priority.NORMAL, status_after: str = "",
    cc: Iterable[tuple[str, str]] = (), attachment_ids: Iterable[int] = (),
    follow_up_of_id: int | None = None, client_id: str = "", force: bool = False,
) -> Ticket:  # fmt: skip
    """Open a ticket and write the first message to the customer; without an inbox, note down what was said.

    The customer is named, or found (or made) by an address of the inbox's channel. The ticket is the
    writer's if they work in its team. `client_id` makes a repeated send harmless.
    """
    policies.require_open(actor)
    if client_id and (stored := _stored(actor, client_id)):
        return stored
    _require_shape(subject, type, priority)
    _require_may_use(inbox, team, actor)
    identity = _identity(inbox, customer, address, name) if inbox else None
    ticket = _create(
        inbox,
        identity.customer if identity else _named(customer),
        actor=actor,
        subject=" ".join(subject.split()),
        type=type,
        priority=priority,
        team=team or (inbox.team if inbox else _own_team(actor)),
        follow_up_of=_visible(follow_up_of_id, actor) if follow_up_of_id else None,
    )
    said: dict[str, Any] = {"actor": actor, "body": body, "html": html, "client_id": client_id}
    if inbox is None or identity is None:
        note = add_note(ticket.pk, attachment_ids=attachment_ids, **said)
        lastmessage.show(ticket, note)  # nothing else was said: the row shows what was noted down
        keep(ticket, *lastmessage.LAST_MESSAGE)
        return ticket
    Conversation.objects.create(ticket=ticket, inbox=inbox, identity=identity, channel=inbox.channel)
    reply(ticket.pk, cc=cc, attachment_ids=attachment_ids, status_after=status_after, force=force, **said)
    ticket.refresh_from_db()
    return ticket


def _stored(actor: Actor, client_id: str) -> Ticket | None:
    """The ticket that an earlier try opened. The writer's own row queues up tries at the same instant."""
    if actor.user is None:
        return None
    User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)
    first = Message.objects.filter(author=actor.user, client_id=client_id).select_related("ticket").first()
    return first.ticket if first else None


def _require_shape(subject: str, type: str, priority: int) -> None:
    if not subject.strip():
        raise DomainError(_("Write a subject."), code="empty", field="subject")
    if len(subject) > 250:
        raise DomainError(
            _("This subject is too long. Use at most %(limit)s characters.") % {"limit": 250},
            code="too_long",
            field="subject",
        )
    if type not in TicketType.values:
        raise DomainError(_("Choose a type from the list."), code="choice", field="type")
    if priority not in Priority.values:
        raise DomainError(_("Choose a priority from the list."), code="choice", field="priority")


def _require_may_use(inbox: Inbox | None, team: Team | None, actor: Actor) -> None:
    if inbox is not None and not inboxes_for(actor).filter(pk=inbox.pk).exists():
        raise NotFoundError(_("Choose one of your inboxes to write from."), field="inbox")
    if team is not None and not team.is_active:
        raise DomainError(
            _("The team %(team)s is no longer active. Choose another one.") % {"team": team}, field="team"
        )
    user = actor.user
    if team is not None and user is not None and not user.is_administrator and team.pk not in user.team_ids:
        raise NotAllowedError(_("Open the ticket in one of your teams, then move it."), field="team")


def _identity(inbox: Inbox, customer: Customer | None, address: str, name: str) -> Identity:
    """The address to write to, locked as if it had written to us."""
    kind = inbox.adapter.identity_kind
    address = address.strip()
    if customer is not None:
        known = customer.identities.filter(kind=kind)
        known = known.filter(address=address.lower()) if address else known
        first = known.values_list("pk", flat=True).first()
        if first is None:
            raise DomainError(
                _("The customer has no such address. Choose another one, or add it to the customer first."),
                code="no_address",
                field="address",
            )
        return lock_identities([first])[0]
    try:
        if kind == "email":
            validate_email(address)
    except ValidationError:
        address = ""
    if not address:
        raise DomainError(
            _("Write a whole address, such as mia@example.com."), code="address", field="address"
        )
    return resolve_identity(kind=kind, address=address, name=" ".join(name.split()), language=inbox.language)


def _named(customer: Customer | None) -> Customer:
    if customer is None:
        raise DomainError(_("Choose the customer whom this is about."), code="required", field="customer")
    return customer


def _own_team(actor: Actor) -> Team | None:
    return actor.user.teams.order_by("pk").first() if actor.user else None


def _visible(ticket_id: int, actor: Actor) -> Ticket:
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFoundError(_("There is no such ticket."))
    policies.require_see(actor, ticket)
    return ticket


def _create(inbox: Inbox | None, customer: Customer, *, actor: Actor, **fields: object) -> Ticket:
    now = timezone.now()
    ticket = Ticket(
        customer=customer,
        inbox=inbox,
        channel=inbox.channel if inbox else "",
        language=customer.language or (inbox.language if inbox else ""),
        weight=inbox.weight if inbox else 1,
        status=Status.OPEN,
        routed_at=now,
        created_at=now,
        updated_at=now,
        last_message_at=now,
        **fields,
    )
    if actor.user is not None and policies.can_work_on(actor, ticket):
        ticket.assignee, ticket.assigned_at = actor.user, now
    ticket.save(force_insert=True)
    origin = ticket.follow_up_of_id
    record(
        ticket,
        "ticket.opened",
        actor=actor,
        inbox=inbox.pk if inbox else None,
        follow_up_of=origin,
        assignee=ticket.assignee_id,
    )
    return ticket
