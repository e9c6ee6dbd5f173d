"""Who may do what to a ticket. Predicates over an actor and a ticket, and guards that say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from helpdesk.errors import NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from accounts.models import User
    from tickets.actor import Actor
    from tickets.models import Ticket


def can_see(user: User, ticket: Ticket) -> bool:
    """The same rule as `Ticket.objects.visible_to`, for one ticket at hand and without a query."""
    return user.is_administrator or ticket.team_id is None or ticket.team_id in user.team_ids


def can_work_on(actor: Actor, ticket: Ticket) -> bool:
    """Answer, assign, change: everyone who sees the ticket except light agents."""
    if actor.is_machine:
        return True
    return actor.user is not None and not actor.user.is_light and can_see(actor.user, ticket)


def can_note(actor: Actor, ticket: Ticket) -> bool:
    """Write an internal note: everyone who sees the ticket."""
    return actor.is_machine or (actor.user is not None and can_see(actor.user, ticket))


def can_supervise(actor: Actor, ticket: Ticket) -> bool:
    """Redact, erase, and act for others: supervisors of the team and administrators."""
    if actor.is_machine:
        return True
    return actor.user is not None and actor.user.is_supervisor and can_see(actor.user, ticket)


def require_see(actor: Actor, ticket: Ticket) -> None:
    """Raise NotFoundError for what the actor may not even see."""
    if not actor.is_machine and (actor.user is None or not can_see(actor.user, ticket)):
        raise NotFoundError(_("There is no such ticket."))


def require_work_on(actor: Actor, ticket: Ticket) -> None:
    require_see(actor, ticket)
    if not can_work_on(actor, ticket):
        raise NotAllowedError(_("Light agents read and write notes. Ask a colleague to do this."))


def require_note(actor: Actor, ticket: Ticket) -> None:
    require_see(actor, ticket)


def require_supervise(actor: Actor, ticket: Ticket) -> None:
    require_see(actor, ticket)
    if not can_supervise(actor, ticket):
        raise NotAllowedError(_("Only a supervisor may do this. Ask one of your team."))


def require_open(actor: Actor) -> None:
    """Open tickets, and write to customers of one's own accord: everyone except light agents."""
    if actor.is_machine:
        return
    if actor.user is None or actor.user.is_light:
        raise NotAllowedError(_("Light agents read and write notes. Ask a colleague to do this."))


def can_reassign(actor: Actor, ticket: Ticket) -> bool:
    """Give away in bulk what a colleague is working on: supervisors. Others: free and own tickets."""
    if can_supervise(actor, ticket):
        return True
    return can_work_on(actor, ticket) and ticket.assignee_id in (None, actor.user.pk if actor.user else None)


def require_administrator(actor: Actor) -> None:
    if not actor.is_machine and (actor.user is None or not actor.user.is_administrator):
        raise NotAllowedError(_("Only an administrator may do this."))
