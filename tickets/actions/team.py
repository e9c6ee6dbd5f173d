"""Hand a ticket to another team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_to_work_on
from tickets.models import Ticket

if TYPE_CHECKING:
    from accounts.models import Team


@transaction.atomic
def move_team(ticket_id: int, *, team: Team, actor: Actor) -> Ticket:
    """Move the ticket to a team. Its assignee keeps it only if they work there too.

    Whoever moves a ticket may no longer see it afterwards: that is the point of handing it over.
    Raises ConflictError for a team that is no longer active.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    if ticket.team_id == team.pk:
        return ticket
    if not team.is_active:
        raise ConflictError(
            _("The team %(team)s is no longer active. Choose another one.") % {"team": team},
            code="team_inactive",
            field="team",
        )
    before, assignee_before = ticket.team_id, ticket.assignee_id
    ticket.team, ticket.routed_at = team, timezone.now()
    assignee = ticket.assignee
    if assignee is not None and not policies.can_work_on(Actor.of(assignee), ticket):
        ticket.assignee, ticket.assigned_at, ticket.assigned_why = None, None, ""
    keep(ticket, "team", "routed_at", "assignee", "assigned_at", "assigned_why")
    record(
        ticket,
        "ticket.team_changed",
        actor=actor,
        team_before=before,
        team=team.pk,
        name=team.name,
        assignee_before=assignee_before if ticket.assignee_id is None else None,
    )
    return ticket
