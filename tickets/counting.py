"""How many tickets each view holds: on every page of the desk, so it must cost little at any size.

What all see (teams, channels, inboxes, what nobody owns) is grouped in one pass over the index of unresolved
tickets. An agent's own views are few tickets each, found by their indexes, and so are most saved views.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from helpdesk.compiled import compiled
from tickets import conditions
from tickets.models import UNRESOLVED, SavedView, Ticket
from tickets.queue import AWAKE, HERE, LISTED, View, find_view, saved_view

if TYPE_CHECKING:
    from django.db.models import QuerySet

CAP = 1000  # shown as 999+
OF_THE_DESK = ("unassigned", "all_unresolved")
ASSIGNED = ("my_open", "needs_reply", "waiting", "snoozed")
NAMED = ("mentions", "followed")
OF_MINE = ASSIGNED + NAMED
_WAITING = Q(waiting_since__isnull=False)


class Overview(NamedTuple):
    """What stands in the list of views: counts by key, and the inboxes that hold something."""

    counts: dict[str, int]
    inboxes: dict[int, tuple[str, str]]  # id: name, channel
    waiting: int | None = None  # of the chosen view: how many of its customers wait for an answer


def of_views(agent: User) -> dict[str, int]:
    """Return how many unresolved tickets each view holds, at most CAP, in four queries."""
    return overview(agent, SavedView.objects.visible_to(agent)).counts


def overview(agent: User, views: Iterable[SavedView], *, chosen: View | None = None) -> Overview:
    """Return counts of the system's views, these saved ones, teams, channels and inboxes, in three queries.

    Solved tickets and spam are not counted: they only grow.
    """
    key = chosen.key if chosen is not None and chosen.ground == HERE else ""
    found, inboxes, waiting = _of_the_desk(agent, key)
    found.update(_of_mine(agent, chosen=key if key in OF_MINE else ""))
    found.update(_of_saved(agent, views, chosen=key))
    if key in OF_MINE or key.startswith("view-"):
        waiting = found.pop("chosen", 0)
    capped = {name: min(number, CAP) for name, number in found.items()}
    return Overview(capped, inboxes, min(waiting, CAP) if key else None)


def text(number: int) -> str:
    """Return a count as a view shows it."""
    return "999+" if number >= CAP else str(number)


def _ground(agent: User) -> QuerySet[Ticket]:
    return Ticket.objects.visible_to(agent).filter(UNRESOLVED, LISTED, merged_into=None).order_by()


def _of_the_desk(agent: User, chosen: str) -> tuple[Counter[str], dict[int, tuple[str, str]], int]:
    """Counts by key; the inboxes that hold something; of the chosen view, how many wait for an answer."""
    found: Counter[str] = Counter(dict.fromkeys(OF_THE_DESK, 0))
    inboxes: dict[int, tuple[str, str]] = {}
    waiting = 0
    for group in _groups(agent):
        team, channel, inbox = group["team_id"] or 0, group["channel"], group["inbox_id"]
        held = dict.fromkeys((f"team-{team}", f"channel-{channel}", f"inbox-{inbox}"), "all")
        for key, part in (held | {key: key for key in OF_THE_DESK}).items():
            found[key] += group[part]
            if key == chosen:
                waiting += group[f"{part}_waiting"]
        if inbox:
            inboxes[inbox] = (group["inbox_name"], channel)
    return found, inboxes, waiting


@compiled(is_planned_once=True)
def _groups(agent: User) -> QuerySet[Any, Any]:
    """Grouped in the order of one index, which holds all that is asked here: no ticket is read."""
    inbox: Any = Ticket._meta.get_field("inbox").related_model
    name = _ByGroup(inbox.objects.filter(pk=OuterRef("inbox_id")).values("name"))
    numbers: dict[str, Count] = {}
    for part, own in (("all", Q()), *((key, find_view(agent, key).own) for key in OF_THE_DESK)):
        numbers[part] = Count("status", filter=own or None)
        numbers[f"{part}_waiting"] = Count("status", filter=own & _WAITING)
    groups = _ground(agent).filter(AWAKE).values("team_id", "channel", "inbox_id")
    return groups.annotate(**numbers, inbox_name=name)


class _ByGroup(Subquery):
    """Looked up once for each group, by a column that it is grouped by."""

    def get_group_by_cols(self) -> list[Any]:
        return []


def _of_mine(agent: User, *, chosen: str) -> dict[str, int]:
    """Counts by key; of the chosen one also how many wait, as "chosen"."""
    assigned, *others = _row_of_mine(agent, chosen=chosen)[0]
    named = dict(zip((*NAMED, "chosen"), others, strict=False))
    return dict.fromkeys(ASSIGNED, 0) | (assigned or {}) | named


@compiled(is_planned_once=True)
def _row_of_mine(agent: User, *, chosen: str) -> QuerySet[User, tuple[Any, ...]]:
    """One row: what is assigned to me in one pass, a number for each of NAMED, and for one that is chosen."""
    ground = _ground(agent)
    asked = {key: find_view(agent, key).condition for key in OF_MINE}
    numbers = {key: Count("status", filter=asked[key]) for key in ASSIGNED}
    others = [_CountOf(ground.filter(asked[key])) for key in NAMED]
    if chosen in ASSIGNED:
        numbers["chosen"] = Count("status", filter=asked[chosen] & _WAITING)
    elif chosen:
        others.append(_CountOf(ground.filter(asked[chosen], _WAITING)))
    mine = ground.filter(assignee=OuterRef("pk")).values("assignee").annotate(numbers=JSONObject(**numbers))
    me = User.objects.filter(pk=agent.pk).order_by()
    return me.values_list(Subquery(mine.values("numbers")), *others)


def _of_saved(agent: User, views: Iterable[SavedView], *, chosen: str) -> dict[str, int]:
    """Counts by key; of the chosen one also how many wait, as "chosen"."""
    found: dict[str, int] = {}
    steady: list[tuple[int, str]] = []
    moving: list[tuple[int, str]] = []
    for each in views:
        tree = (each.pk, json.dumps(each.conditions, sort_keys=True))
        (moving if conditions.depends_on_time(each.conditions) else steady).append(tree)
    for trees, count in ((steady, _steady), (moving, _moving)):
        if trees:
            keys = [f"view-{pk}" for pk, _tree in trees]
            keys += ["chosen"] if chosen in keys else []
            found.update(zip(keys, count(agent, trees=tuple(trees), chosen=chosen), strict=True))
    return found


def _moving(agent: User, *, trees: tuple[tuple[int, str], ...], chosen: str) -> tuple[int, ...]:
    return _numbers(agent, trees, chosen).get()


def _steady(agent: User, *, trees: tuple[tuple[int, str], ...], chosen: str) -> tuple[int, ...]:
    return _written(agent, trees=trees, chosen=chosen)[0]


@compiled(is_planned_once=True)
def _written(
    agent: User, *, trees: tuple[tuple[int, str], ...], chosen: str
) -> QuerySet[User, tuple[int, ...]]:
    return _numbers(agent, trees, chosen)


def _numbers(agent: User, trees: tuple[tuple[int, str], ...], chosen: str) -> QuerySet[User, tuple[int, ...]]:
    """One row: a number for each view, by its key and conditions, and for the chosen one how many wait."""
    ground = _ground(agent)
    views = [saved_view(SavedView(pk=pk, conditions=json.loads(tree)), agent) for pk, tree in trees]
    wanted = [_CountOf(ground.filter(view.condition)) for view in views]
    wanted += [_CountOf(ground.filter(view.condition, _WAITING)) for view in views if view.key == chosen]
    return User.objects.filter(pk=agent.pk).order_by().values_list(*wanted)


class _CountOf(Subquery):
    """How many rows a query finds, counted no further than is shown."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    empty_result_set_value = 0
    output_field = IntegerField()

    def __init__(self, found: QuerySet[Any]) -> None:
        super().__init__(found.values("pk")[:CAP])
