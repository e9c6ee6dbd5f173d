"""Give tickets to teams and agents: a subscriber of facts about tickets and people.

A rule sends a new ticket to a team; within it the agent who is there, has room and carries the least
gets it. When nobody has room it waits, and is given out the moment somebody has: the most urgent first,
then the oldest. A sweep does the same for facts that were lost.

Locks are taken in this order: ticket, then the presence rows of the team's agents by id. Whoever holds
those may count loads and give; so one ticket is given once, and nobody gets more than they can hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, Presence, Team
from automation.candidates import ACTIVE, Staff, Work, choose, staff_of
from automation.handover import hand_back
from automation.rules import first_team, first_teams
from helpdesk.errors import NotAllowedError
from tickets.actions.assign import assign, release
from tickets.actions.team import move_team
from tickets.actor import AUTOMATION, Actor
from tickets.models import Event, Priority, Ticket

if TYPE_CHECKING:
    from accounts.models import User

WINDOW = 100  # how many waiting tickets are looked at for one that fits who is free
AT_THE_DESK = (Presence.State.ONLINE, Presence.State.BUSY)


def on_event(event: Event) -> None:
    """Route the ticket of a fact, or hand waiting work to whom just got room."""
    if event.kind == "ticket.opened":
        route(event.ticket_id)
    else:
        give_out(_teams_with_news(event))


def on_events(events: Sequence[Event]) -> None:
    """The same for many facts: rules and staff are asked once for all of them."""
    team_ids: set[int] = set()
    for event in events:
        if event.kind != "ticket.opened":
            team_ids |= _teams_with_news(event)
    give_out(team_ids)
    _route_all([event.ticket_id for event in events if event.kind == "ticket.opened"])


def on_person(kind: str, user_id: int) -> None:
    """Someone came online, has more room, changed teams or left."""
    hand_back(user_id)
    give_out_for(user_id)


def route(ticket_id: int) -> Ticket | None:
    """Send a new ticket to the team of the first rule that fits, and give it to whom should have it.

    Returns the ticket when it was assigned; None when it waits, or is not to be routed.
    """
    with transaction.atomic():
        ticket = _waiting().select_for_update(no_key=True).filter(pk=ticket_id).first()
        if ticket is None:
            return None
        _apply_rules(ticket)
        if ticket.team_id is None:
            return None
        if not _ahead_of(ticket).exists():
            return _claim(ticket_id)
    given = give_out([ticket.team_id])
    return Ticket.objects.get(pk=ticket_id) if ticket_id in given else None


def give_out(team_ids: Iterable[int]) -> list[int]:
    """Give what waits in these teams to those who have room. Returns the ids of tickets given."""
    team_ids = list(team_ids)
    if not team_ids:
        return []
    given: list[int] = []
    passed: set[int] = set()  # somebody else was quicker
    while (work := _next_work(team_ids, passed)) is not None:
        if _claim(work.ticket_id) is None:
            passed.add(work.ticket_id)
        else:
            given.append(work.ticket_id)
    return given


def give_out_for(user_id: int) -> list[int]:
    """Somebody got room: give out what waits in their teams."""
    return give_out(_push_teams(user_id))


def give_out_everything() -> list[int]:
    """Give out whatever waits. The sweep: in case a fact was lost."""
    push = _waiting().filter(team__routing=Team.Routing.PUSH, team__is_active=True)
    team_ids = list(push.order_by().values_list("team_id", flat=True).distinct())
    return [ticket_id for team_id in team_ids for ticket_id in give_out([team_id])]


@transaction.atomic
def next_best(agent: User) -> Ticket | None:
    """Take the best waiting ticket of the agent's teams for them, or return None when nothing waits.

    The agent asks for it, so neither capacity nor presence is weighed. Two agents who ask at once get
    two tickets.
    """
    if agent.is_light:
        raise NotAllowedError(_("Light agents read and write notes. Ask a colleague to take it."))
    waiting = _waiting().filter(team__in=agent.team_ids)
    mine = _given_back().filter(data__assignee_before=agent.pk)
    ticket = (
        _in_order(waiting.filter(~Exists(mine)))
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .first()
    )
    if ticket is None:
        return None
    minutes = int((timezone.now() - (ticket.routed_at or ticket.created_at)).total_seconds() // 60)
    priority = Priority(ticket.priority).slug
    why = {"pulled": True, "waited_minutes": minutes, "priority": priority}
    why["text"] = f"next best: {priority}, waited {minutes} min"
    return assign(ticket.pk, to=agent, actor=Actor.of(agent), why=why, only_if_unassigned=True)


def _waiting() -> QuerySet[Ticket]:
    """Tickets that somebody should be working on and nobody has, with who gave them back last."""
    who = Cast(KT("data__assignee_before"), BigIntegerField())
    waiting = Ticket.objects.listed().filter(assignee=None, status__in=ACTIVE, snoozed_until=None)
    return waiting.annotate(given_back_by=Subquery(_given_back().values(who=who)[:1]))


def _given_back() -> QuerySet[Event]:
    """The fact that began the waiting, when an agent released the ticket."""
    released = Event.objects.filter(ticket=OuterRef("pk"), kind="ticket.released", actor_kind="agent")
    return released.filter(created_at__gte=OuterRef("routed_at")).order_by("-pk")


def _in_order(waiting: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return waiting.order_by("-priority", "routed_at", "pk")


def _ahead_of(ticket: Ticket) -> QuerySet[Ticket]:
    first = Q(priority__gt=ticket.priority)
    if ticket.routed_at is not None:
        first |= Q(priority=ticket.priority, routed_at__lt=ticket.routed_at)
    return _waiting().filter(first, team=ticket.team_id)


def _apply_rules(ticket: Ticket) -> None:
    team = first_team(ticket)
    if team is not None and team.pk != ticket.team_id:
        moved = move_team(ticket.pk, team=team, actor=AUTOMATION)
        ticket.team_id, ticket.routed_at = moved.team_id, moved.routed_at


@transaction.atomic
def _claim(ticket_id: int) -> Ticket | None:
    """Give one waiting ticket to the best agent, alone; None when it waits no more or nobody may."""
    ticket = _waiting().select_for_update(no_key=True, of=("self",)).filter(pk=ticket_id).first()
    if ticket is None or ticket.team_id is None:
        return None
    chosen = choose(_work(ticket), staff_of([ticket.team_id], lock=True))
    if chosen is None:
        return None
    agent, why = chosen
    return assign(ticket_id, to=agent, actor=AUTOMATION, why=why, only_if_unassigned=True)


def _next_work(team_ids: list[int], passed: set[int]) -> Work | None:
    """The first waiting ticket that somebody could take, by what can be seen without locks."""
    staff = staff_of(team_ids)
    free = staff.free()
    if not free:
        return None
    waiting = _waiting().filter(
        team__in=set().union(*(candidate.team_ids for candidate in free)),
        weight__lte=max(candidate.room for candidate in free),
    )
    waiting = waiting.exclude(pk__in=passed).exclude(channel__in=_full_channels(staff))
    works = (_work(ticket) for ticket in _in_order(waiting)[:WINDOW])
    return next((work for work in works if choose(work, staff)), None)


def _full_channels(staff: Staff) -> set[str]:
    """Channels on which everybody who is free is at their limit."""
    full = [
        {name for name, limit in one.user.channel_limits.items() if one.by_channel.get(name, 0) >= limit}
        for one in staff.free()
    ]
    return set.intersection(*full)


def _work(ticket: Ticket) -> Work:
    given_back_by: int | None = ticket.given_back_by  # type: ignore[attr-defined]  # from _waiting()
    return Work(ticket.pk, ticket.team_id, ticket.channel, ticket.weight, given_back_by)


def _route_all(ticket_ids: list[int]) -> None:
    """Route many new tickets: those that nobody could take wait in their team at little cost.

    Whoever gets room meanwhile is a fact of its own, which gives out what waits.
    """
    new = _waiting().filter(pk__in=ticket_ids).order_by("pk")
    found: dict[int, int | None] = dict(new.values_list("pk", "team_id"))
    teams = first_teams(found)
    for ticket_id, team_id in found.items():
        team = teams.get(ticket_id)
        if team is not None and team.pk != team_id:
            found[ticket_id] = _send(ticket_id, team, seen_in=team_id)
    free = staff_of({team_id for team_id in found.values() if team_id is not None}).free()
    staffed = set().union(*(candidate.team_ids for candidate in free))
    for ticket_id, team_id in found.items():
        if team_id in staffed:
            route(ticket_id)


@transaction.atomic
def _send(ticket_id: int, team: Team, *, seen_in: int | None) -> int | None:
    """Move a ticket to the team of its rule if it still waits where it was seen; return where it is."""
    ticket = _waiting().select_for_update(no_key=True, of=("self",)).filter(pk=ticket_id).first()
    if ticket is None or ticket.team_id != seen_in:
        return ticket.team_id if ticket is not None else None
    return move_team(ticket_id, team=team, actor=AUTOMATION).team_id


def _teams_with_news(event: Event) -> set[int]:
    """Teams in which something began to wait, or somebody got room."""
    ticket = event.ticket
    if event.kind == "ticket.reopened" and ticket.assignee_id is not None:
        _return_to_owner(ticket.pk, by=event.actor_id)
        return set()
    waits = ticket.assignee_id is None and ticket.team_id is not None
    team_ids = {ticket.team_id} if waits and ticket.team_id is not None else set()
    if (freed := _who_got_room(event)) is not None:
        team_ids |= _push_teams(freed)
    return team_ids


def _push_teams(user_id: int) -> set[int]:
    teams = Membership.objects.filter(user=user_id, team__routing=Team.Routing.PUSH)
    return set(teams.values_list("team_id", flat=True))


def _who_got_room(event: Event) -> int | None:
    if event.data.get("assignee_before"):
        before: int = event.data["assignee_before"]
        return before
    ticket = event.ticket
    burdens = ticket.status in ACTIVE and ticket.snoozed_until is None
    gone = ticket.is_spam or ticket.merged_into_id is not None
    return ticket.assignee_id if gone or not burdens else None


@transaction.atomic
def _return_to_owner(ticket_id: int, *, by: int | None) -> None:
    """A reopened ticket goes back to whom it had when they are there, else to their team."""
    ticket = (
        Ticket.objects.select_for_update(no_key=True).filter(pk=ticket_id, assignee__isnull=False).first()
    )
    if ticket is None or ticket.status not in ACTIVE or ticket.assignee_id == by:
        return
    owner = Presence.objects.filter(pk=ticket.assignee_id, state__in=AT_THE_DESK, user__is_active=True)
    belongs = Q(user__memberships__team=ticket.team_id) if ticket.team_id else Q()
    if not owner.filter(belongs).exists():
        release(ticket_id, actor=AUTOMATION)
