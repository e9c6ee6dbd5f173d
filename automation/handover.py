"""Take back tickets from those who can no longer work on them: they left, or left the team."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Role
from tickets.actions.assign import release
from tickets.actor import AUTOMATION
from tickets.models import Ticket


def hand_back(user_id: int) -> int:
    """Release what this person holds and may not work on any more. Returns how many tickets."""
    return _release(stranded().filter(assignee=user_id))


def hand_back_everything() -> int:
    """The sweep: whatever is stranded with anybody, in case a change of people was lost."""
    return _release(stranded())


def stranded() -> QuerySet[Ticket]:
    """Unresolved tickets whose assignee has left, became a light agent, or is not in their team."""
    everywhere = Q(assignee__role=Role.ADMINISTRATOR) | Q(assignee__is_superuser=True)
    member = Exists(Membership.objects.filter(user=OuterRef("assignee"), team=OuterRef("team")))
    may_see = everywhere | Q(team=None) | Q(member)
    is_light = Q(assignee__role=Role.LIGHT, assignee__is_superuser=False)
    held = Ticket.objects.unresolved().filter(assignee__isnull=False, merged_into=None)
    return held.filter(Q(assignee__is_active=False) | is_light | ~may_see)


def _release(tickets: QuerySet[Ticket]) -> int:
    ticket_ids = list(tickets.order_by("pk").values_list("pk", flat=True)[:1000])
    for ticket_id in ticket_ids:
        release(ticket_id, actor=AUTOMATION)
    return len(ticket_ids)
