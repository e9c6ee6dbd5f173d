"""Who could take a ticket, and who should: the members of its team, their load, and what fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import Membership, Presence, Role, Team, User
from tickets.models import Status, Ticket

ACTIVE = (Status.NEW, Status.OPEN)  # what burdens an agent: waiting on others does not
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Work:
    """What routing needs to know of a ticket."""

    ticket_id: int
    team_id: int | None
    channel: str
    weight: Decimal
    given_back_by: int | None  # who had it last and did not keep it


@dataclass
class Candidate:
    """An agent who is there, with what they already have."""

    user: User
    last_assigned_at: datetime | None
    team_ids: set[int] = field(default_factory=set)
    load: Decimal = Decimal(0)
    by_channel: dict[str, int] = field(default_factory=dict)

    @property
    def room(self) -> Decimal:
        return self.user.capacity - self.load

    @property
    def share(self) -> Decimal:
        """The load relative to the capacity: six of eight is less than three of three."""
        return self.load / self.user.capacity if self.user.capacity else Decimal(1)


@dataclass(frozen=True)
class Staff:
    """The agents of some teams: those who are there, and who belongs where."""

    candidates: list[Candidate]
    states: dict[int, dict[int, str]]  # team -> member -> presence

    def free(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.room > 0]


def has_room(candidate: Candidate, work: Work) -> bool:
    return work.weight <= candidate.room


def is_within_channel_limit(candidate: Candidate, work: Work) -> bool:
    limit = candidate.user.channel_limits.get(work.channel)
    return limit is None or candidate.by_channel.get(work.channel, 0) < limit


def did_not_give_it_back(candidate: Candidate, work: Work) -> bool:
    """Who has just handed a ticket back is not given the same one again."""
    return candidate.user.pk != work.given_back_by


# Everything that must hold before an agent is given a ticket. What an agent is able to do joins here.
FITS: tuple[Callable[[Candidate, Work], bool], ...] = (
    has_room,
    is_within_channel_limit,
    did_not_give_it_back,
)


def staff_of(team_ids: Iterable[int], *, lock: bool = False) -> Staff:
    """Return the agents of these teams in three queries, however many they are.

    Only teams that give tickets out count. With `lock`, the presence rows of those who are there stay
    locked (in the order of their ids) until the transaction ends, so that nobody else can fill them.
    """
    states: dict[int, dict[int, str]] = {}
    members = Membership.objects.filter(
        Q(user__is_superuser=True) | ~Q(user__role=Role.LIGHT),
        user__is_active=True,
        team_id__in=list(team_ids),
        team__is_active=True,
        team__routing=Team.Routing.PUSH,
    )
    for team_id, user_id, state in members.values_list("team_id", "user_id", "user__presence__state"):
        states.setdefault(team_id, {})[user_id] = state or Presence.State.OFFLINE
    candidates = _present({user_id for of_team in states.values() for user_id in of_team}, lock=lock)
    for team_id, of_team in states.items():
        for user_id in candidates.keys() & of_team.keys():
            candidates[user_id].team_ids.add(team_id)
    _add_load(candidates)
    return Staff(list(candidates.values()), states)


def choose(work: Work, staff: Staff) -> tuple[User, dict[str, object]] | None:
    """Return who should take it and why, or None when nobody may."""
    there = [candidate for candidate in staff.candidates if work.team_id in candidate.team_ids]
    fitting = [candidate for candidate in there if all(fits(candidate, work) for fits in FITS)]
    if work.team_id is None or not fitting:
        return None
    best = min(fitting, key=lambda one: (one.share, one.last_assigned_at or LONG_AGO, one.user.pk))
    return best.user, _why(best, staff.states[work.team_id], online=len(there), fitting=len(fitting))


def _present(user_ids: set[int], *, lock: bool) -> dict[int, Candidate]:
    online = Presence.objects.filter(pk__in=user_ids, state=Presence.State.ONLINE)
    if lock:
        online = online.select_for_update(no_key=True, of=("self",))
    return {
        presence.pk: Candidate(presence.user, presence.last_assigned_at)
        for presence in online.select_related("user").order_by("pk")
    }


def _add_load(candidates: dict[int, Candidate]) -> None:
    burden = Ticket.objects.listed().filter(
        assignee__in=list(candidates), status__in=ACTIVE, snoozed_until=None
    )
    rows = burden.order_by().values_list("assignee_id", "channel").annotate(Sum("weight"), Count("pk"))
    for user_id, channel, weight, count in rows:
        candidates[user_id].load += weight
        candidates[user_id].by_channel[channel] = count


def _why(best: Candidate, states: dict[int, str], *, online: int, fitting: int) -> dict[str, object]:
    offline = sum(state == Presence.State.OFFLINE for state in states.values())
    why: dict[str, object] = {
        "candidates": len(states),
        "offline": offline,
        "away": max(len(states) - offline - online, 0),
        "at_limit": online - fitting,
        "load": float(best.load),
        "capacity": float(best.user.capacity),
        "idle_minutes": None,
    }
    if best.last_assigned_at is not None:
        why["idle_minutes"] = int((timezone.now() - best.last_assigned_at).total_seconds() // 60)
    why["text"] = _sentence(why, fitting)
    return why


def _sentence(why: dict[str, object], fitting: int) -> str:
    absent = [
        f"{why[key]} {words}"
        for key, words in (("offline", "offline"), ("away", "away or busy"), ("at_limit", "at limit"))
        if why[key]
    ]
    parts = [f"of {why['candidates']}: {', '.join(absent)}" if absent else f"of {why['candidates']}"]
    parts.append(f"load {why['load']:g} of {why['capacity']:g}" + (", the least" if fitting > 1 else ""))
    idle = why["idle_minutes"]
    parts.append("given nothing before" if idle is None else f"idle {idle} min")
    return "; ".join(parts)
