"""Give a ticket to an agent, take one, or give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Presence
from helpdesk.errors import ConflictError, NotAllowedError
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_to_work_on
from tickets.models import Status, Ticket

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def assign(
    ticket_id: int,
    *,
    to: User,
    actor: Actor,
    why: dict[str, object] | None = None,
    only_if_unassigned: bool = False,
) -> Ticket:
    """Give the ticket to an agent. Assigning it twice is not a fact.

    `why` is what routing weighed (counts and loads); it is stored with the fact and shown on the ticket.
    Raises ConflictError when the agent may not work on it, and with `only_if_unassigned` when somebody
    else has it by now: routing gives away what nobody has, and takes nothing from anyone.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    if ticket.assignee_id == to.pk:
        return ticket
    if only_if_unassigned:
        _require_free(ticket)
    _require_able(to, ticket)
    return _give(ticket, to, actor=actor, why=why)


@transaction.atomic
def take(ticket_id: int, *, actor: Actor) -> Ticket:
    """Take a ticket that nobody has. Raises ConflictError when a colleague was faster."""
    ticket = locked_to_work_on(ticket_id, actor)
    if actor.user is None:
        raise NotAllowedError(_("Only a person can take a ticket. Assign it to one."))
    if ticket.assignee_id == actor.user.pk:
        return ticket
    _require_free(ticket)
    return _give(ticket, actor.user, actor=actor)


@transaction.atomic
def release(ticket_id: int, *, actor: Actor) -> Ticket:
    """Give the ticket back to its team's queue. Releasing it twice is not a fact."""
    ticket = locked_to_work_on(ticket_id, actor)
    if ticket.assignee_id is None:
        return ticket
    before = ticket.assignee_id
    ticket.assignee, ticket.assigned_at, ticket.assigned_why = None, None, ""
    ticket.routed_at = timezone.now()
    keep(ticket, "assignee", "assigned_at", "assigned_why", "routed_at")
    record(ticket, "ticket.released", actor=actor, assignee_before=before)
    return ticket


def _require_free(ticket: Ticket) -> None:
    if ticket.assignee is not None:
        raise ConflictError(
            _("%(agent)s has this ticket already. Assign it to yourself to take it over.")
            % {"agent": ticket.assignee},
            code="taken",
            assignee=ticket.assignee_id,
        )


def _require_able(to: User, ticket: Ticket) -> None:
    if to.is_active and policies.can_work_on(Actor.of(to), ticket):
        return
    if to.is_active and to.is_light and policies.can_see(to, ticket):
        sentence, code = _("%(agent)s is a light agent and takes no tickets. Choose someone else."), "light"
    else:
        sentence = _("%(agent)s is not in the team of this ticket. Move the ticket, or choose someone else.")
        code = "not_in_team"
    raise ConflictError(sentence % {"agent": to}, code=code, field="agent")


def _give(ticket: Ticket, to: User, *, actor: Actor, why: dict[str, object] | None = None) -> Ticket:
    before, now = ticket.assignee_id, timezone.now()
    ticket.assignee, ticket.assigned_at = to, now
    ticket.assigned_why = str((why or {}).get("text", ""))
    if ticket.status == Status.NEW:
        ticket.status = Status.OPEN
    keep(ticket, "assignee", "assigned_at", "assigned_why", "status")
    Presence.objects.filter(user=to).update(last_assigned_at=now)
    record(
        ticket, "ticket.assigned", actor=actor, assignee_before=before, assignee=to.pk, name=str(to), why=why
    )
    return ticket
