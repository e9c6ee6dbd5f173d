"""Watch a ticket: be told what happens on it without owning it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, NotAllowedError
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import locked_ticket, require_here
from tickets.models import Ticket

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def follow(ticket_id: int, *, actor: Actor, user: User | None = None) -> Ticket:
    """Make oneself, or a colleague who may see the ticket, a follower. Twice is not a fact."""
    ticket = locked_ticket(ticket_id)
    person = _person(ticket, actor, user)
    require_here(ticket)
    if not person.is_active or not policies.can_see(person, ticket):
        raise ConflictError(
            _("%(agent)s may not see this ticket. Choose someone of its team.") % {"agent": person},
            code="not_in_team",
            field="user",
        )
    if ticket.followers.filter(pk=person.pk).exists():
        return ticket
    ticket.followers.add(person)
    record(ticket, "ticket.followed", actor=actor, user=person.pk, name=str(person))
    return ticket


@transaction.atomic
def unfollow(ticket_id: int, *, actor: Actor, user: User | None = None) -> Ticket:
    """Stop watching. Twice is not a fact."""
    ticket = locked_ticket(ticket_id)
    person = _person(ticket, actor, user)
    if not ticket.followers.filter(pk=person.pk).exists():
        return ticket
    ticket.followers.remove(person)
    record(ticket, "ticket.unfollowed", actor=actor, user=person.pk, name=str(person))
    return ticket


def _person(ticket: Ticket, actor: Actor, user: User | None) -> User:
    """Everyone decides for themselves, also light agents; for others it takes the right to work on it."""
    policies.require_see(actor, ticket)
    if user is not None and user != actor.user:
        policies.require_work_on(actor, ticket)
        return user
    if actor.user is None:
        raise NotAllowedError(_("Name the person who shall follow."))
    return actor.user
