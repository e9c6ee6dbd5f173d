"""Give a ticket to an agent, or take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Presence
from helpdesk.errors import ConflictError
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import locked_ticket, require_here
from tickets.models import Status, Ticket

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def assign(ticket_id: int, *, to: User, actor: Actor, why: dict[str, object] | None = None) -> Ticket:
    """Give the ticket to an agent. Assigning it twice is not a fact.

    `why` is what routing weighed (counts and loads); it is stored with the fact and shown on the ticket.
    Raises ConflictError when the agent may not work on it.
    """
    ticket = locked_ticket(ticket_id)
    policies.require_work_on(actor, ticket)
    require_here(ticket)
    if ticket.assignee_id == to.pk:
        return ticket
    if not to.is_active or not policies.can_work_on(Actor.of(to), ticket):
        raise ConflictError(
            _("%(agent)s is not in the team of this ticket. Move the ticket, or choose someone else.")
            % {"agent": to},
            code="not_in_team",
            field="agent",
        )
    before = ticket.assignee_id
    now = timezone.now()
    ticket.assignee, ticket.assigned_at, ticket.updated_at = to, now, now
    ticket.assigned_why = str((why or {}).get("text", ""))
    if ticket.status == Status.NEW:
        ticket.status = Status.OPEN
    ticket.save(update_fields=["assignee", "assigned_at", "assigned_why", "status", "updated_at"])
    Presence.objects.filter(user=to).update(last_assigned_at=now)
    record(
        ticket, "ticket.assigned", actor=actor, assignee_before=before, assignee=to.pk, name=str(to), why=why
    )
    return ticket


@transaction.atomic
def release(ticket_id: int, *, actor: Actor) -> Ticket:
    """Give the ticket back to its team's queue. Releasing it twice is not a fact."""
    ticket = locked_ticket(ticket_id)
    policies.require_work_on(actor, ticket)
    require_here(ticket)
    if ticket.assignee_id is None:
        return ticket
    before, now = ticket.assignee_id, timezone.now()
    ticket.assignee, ticket.assigned_at, ticket.assigned_why = None, None, ""
    ticket.routed_at = ticket.updated_at = now
    ticket.save(update_fields=["assignee", "assigned_at", "assigned_why", "routed_at", "updated_at"])
    record(ticket, "ticket.released", actor=actor, assignee_before=before)
    return ticket
