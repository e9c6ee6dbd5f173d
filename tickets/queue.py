"""What the workspace lists: views with live counts, sorted, in pages by keyset.

A view is a condition over the tickets that an agent may see. Nearly all of them live on the unresolved
part, which stays small however many tickets there are. `counts` adds them all up in one query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import Team, User
from helpdesk.errors import DomainError, NotFoundError
from tickets import conditions
from tickets.models import RESOLVED, UNRESOLVED, Message, SavedView, Status, Ticket
from tickets.rows import ORDERS, PAGE_SIZE, QueueRow, page_of, rows_for, unread_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["ORDERS", "PAGE_SIZE", "Page", "QueueRow", "View", "counts", "queue_page", "rows_for", "unread"]

COUNT_CAP = 1000  # shown as 999+
MAX_KEY = 40
# These sort by what only the unresolved have an index for; lists of solved tickets come by last message.
_UNRESOLVED_ORDERS = frozenset({"due", "priority"})
_AWAKE, _ASLEEP = Q(snoozed_until=None), Q(snoozed_until__isnull=False)
_LISTED = Q(is_spam=False)
_HERE, _SNOOZED = UNRESOLVED & _AWAKE & _LISTED, UNRESOLVED & _ASLEEP & _LISTED


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `next_cursor` is empty at the end."""

    rows: list[QueueRow]
    next_cursor: str = ""
    order: str = "due"
    view: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One entry of the list of views: what it asks of the tickets of its ground."""

    key: str
    title: str
    own: Q
    ground: Q
    order: str = "due"
    is_unresolved: bool = True

    @property
    def condition(self) -> Q:
        return self.ground & self.own


def queue_page(
    agent: User,
    view: str | View = "my_open",
    *,
    order: str = "",
    cursor: str = "",
    needs_reply: bool = False,
    extra: Q | None = None,
    size: int = PAGE_SIZE,
    with_tags: bool = True,
) -> Page:
    """Return one page of a view in two queries (one without tags), whatever its size.

    `needs_reply` keeps those where the customer waits; `extra` narrows further. Raises NotFoundError for
    a view that the agent does not have, DomainError for a cursor that is not of this list.
    """
    found = view if isinstance(view, View) else find_view(agent, view)
    condition = found.condition & extra if extra is not None else found.condition
    if needs_reply:
        condition &= Q(waiting_since__isnull=False)
    tickets = Ticket.objects.visible_to(agent).filter(merged_into=None).filter(condition)
    order = order_in(found, order)
    kind = f"{found.key}/{order}"
    rows, next_cursor = page_of(
        tickets, agent, order=order, cursor=cursor, kind=kind, size=size, with_tags=with_tags
    )
    return Page(rows, next_cursor, order=order, view=found.key, title=found.title)


def unread(agent: User, *, at_most: int) -> int:
    """Return how many of the agent's own open tickets have news."""
    mine = (
        Ticket.objects.visible_to(agent)
        .filter(merged_into=None)
        .filter(find_view(agent, "my_open").condition)
    )
    return len(unread_of(mine, agent).order_by().values_list("pk")[:at_most])


def find_view(agent: User, key: str) -> View:
    """Return a view by its key. Raises NotFoundError for one that this agent does not have."""
    system = _SYSTEM.get(key[:MAX_KEY])
    if system is not None:
        return system(agent)
    kind, _dash, name = key[:MAX_KEY].partition("-")
    if kind == "team" and _is_id(name):
        return _team_view(agent, int(name))
    if kind == "channel" and name:
        return View(key, name, Q(channel=name), _HERE)
    if kind == "inbox" and _is_id(name):
        return View(key, "", Q(inbox_id=int(name)), _HERE)
    if kind == "view" and _is_id(name):
        saved = SavedView.objects.visible_to(agent).filter(pk=int(name)).first()
        if saved is not None:
            return saved_view(saved, agent)
    raise NotFoundError(_("There is no such view."))


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) < 19


def saved_view(saved: SavedView, agent: User) -> View:
    """A saved view leaves out resolved, snoozed and spam tickets unless its conditions speak of them."""
    named = conditions.fields_used(saved.conditions)
    try:
        condition = conditions.compile(saved.conditions, agent)
    except DomainError:  # it speaks of something that is no more: an empty list, not a broken page
        condition = Q(pk__in=[])
    unresolved = not named & {"status", "solved_at"}
    ground = UNRESOLVED if unresolved else Q()
    if "snoozed_until" not in named:
        ground &= _AWAKE
    if "is_spam" not in named:
        ground &= _LISTED
    key = f"view-{saved.pk}"
    return View(key, saved.name, condition, ground, saved.order, is_unresolved=unresolved)


def counts(agent: User) -> dict[str, int]:
    """Return how many unresolved tickets each view holds, at most COUNT_CAP, in two queries."""
    return overview(agent, SavedView.objects.visible_to(agent)).counts


class Overview(NamedTuple):
    """What stands in the list of views: counts by key, and the inboxes that hold something."""

    counts: dict[str, int]
    inboxes: dict[int, tuple[str, str]]  # id: name, channel
    waiting: int | None = None  # of the chosen view: how many of its customers wait for an answer


def overview(agent: User, views: Iterable[SavedView], *, chosen: View | None = None) -> Overview:
    """Return counts of the system's views, these saved ones, teams, channels and inboxes, in one query.

    It groups the unresolved tickets by team, channel and inbox, with a conditional count per view. Solved
    tickets and spam are not counted: they only grow.
    """
    system = [build(agent) for key, build in _SYSTEM.items() if key not in ("solved", "spam")]
    saved = [saved_view(each, agent) for each in views]
    wanted = {f"s{n}": view.own for n, view in enumerate(system)}
    own_ground = {n for n, view in enumerate(saved) if view.ground != _HERE}  # they speak of snoozing
    wanted |= {f"v{n}": view.condition if n in own_ground else view.own for n, view in enumerate(saved)}
    has_waiting = chosen is not None and chosen.ground == _HERE
    if chosen is not None and has_waiting:
        wanted["waiting"] = chosen.own & Q(waiting_since__isnull=False)
    unresolved = Ticket.objects.visible_to(agent).filter(UNRESOLVED, _LISTED, merged_into=None)
    groups: Any = unresolved.order_by().values(
        "team_id", "channel", "inbox_id", "inbox__name", asleep=_ASLEEP
    )
    groups = groups.annotate(
        total=Count("pk"), **{name: Count("pk", filter=own) for name, own in wanted.items()}
    )
    found: Counter[str] = Counter(dict.fromkeys((view.key for view in (*system, *saved)), 0))
    inboxes: dict[int, tuple[str, str]] = {}
    waiting = 0
    for group in groups:
        ground = _SNOOZED if group["asleep"] else _HERE
        if not group["asleep"]:
            waiting += group.get("waiting", 0)
            team = f"team-{group['team_id'] or 0}"
            for key in (team, f"channel-{group['channel']}", f"inbox-{group['inbox_id']}"):
                found[key] += group["total"]
            if group["inbox_id"]:
                inboxes[group["inbox_id"]] = (group["inbox__name"], group["channel"])
        for n, view in enumerate(system):
            found[view.key] += group[f"s{n}"] if view.ground is ground else 0
        for n, view in enumerate(saved):
            found[view.key] += group[f"v{n}"] if ground is _HERE or n in own_ground else 0
    capped = {key: min(number, COUNT_CAP) for key, number in found.items()}
    return Overview(capped, inboxes, min(waiting, COUNT_CAP) if has_waiting else None)


def visible_inboxes(agent: User) -> QuerySet[Any]:
    """Return the active inboxes that an agent may write from: their teams', and those without a team."""
    inbox: Any = Ticket._meta.get_field("inbox").related_model
    inboxes = inbox.objects.filter(is_active=True)
    if agent.is_administrator:
        return inboxes
    return inboxes.filter(Q(team=None) | Q(team_id__in=agent.team_ids))


def count_text(number: int) -> str:
    """Return a count as a view shows it."""
    return "999+" if number >= COUNT_CAP else str(number)


def order_in(view: View, order: str = "") -> str:
    """Return the order to list a view in: the one asked for, unless its tickets have no index for it."""
    order = order or view.order
    if order not in ORDERS:
        order = view.order if view.order in ORDERS else "due"
    return "updated" if order in _UNRESOLVED_ORDERS and not view.is_unresolved else order


def _team_view(agent: User, team_id: int) -> View:
    if team_id == 0:
        return View("team-0", _("No team"), Q(team=None), _HERE)
    team = Team.objects.filter(pk=team_id).first()
    if team is None or not (agent.is_administrator or team_id in agent.team_ids):
        raise NotFoundError(_("There is no such view."))
    return team_view(team)


def team_view(team: Team) -> View:
    """Return the view of a team's tickets. The caller knows that the agent may see them."""
    return View(f"team-{team.pk}", team.name, Q(team_id=team.pk), _HERE)


def _mentioned(agent: User) -> Q:
    through = Message.mentions.through.objects.filter(user_id=agent.pk)
    return Q(pk__in=through.values("message__ticket_id"))


def _followed(agent: User) -> Q:
    return Q(pk__in=Ticket.followers.through.objects.filter(user_id=agent.pk).values("ticket_id"))


def _mine(agent: User, **more: object) -> Q:
    return Q(assignee_id=agent.pk, **more)


_SYSTEM: dict[str, Callable[[User], View]] = {
    "my_open": lambda agent: View("my_open", _("My open"), _mine(agent) & ~Q(status=Status.PENDING), _HERE),
    "needs_reply": lambda agent: View(
        "needs_reply", _("Needs reply"), _mine(agent, waiting_since__isnull=False), _HERE
    ),
    "unassigned": lambda _agent: View("unassigned", _("Unassigned"), Q(assignee=None), _HERE),
    "mentions": lambda agent: View("mentions", _("Mentions"), _mentioned(agent), _HERE),
    "waiting": lambda agent: View(
        "waiting", _("Waiting on customer"), _mine(agent, status=Status.PENDING), _HERE
    ),
    "snoozed": lambda agent: View("snoozed", _("Snoozed"), _mine(agent), _SNOOZED),
    "followed": lambda agent: View("followed", _("Followed"), _followed(agent), _HERE),
    "all_unresolved": lambda _agent: View("all_unresolved", _("All unresolved"), Q(), _HERE),
    "solved": lambda _agent: View(
        "solved", _("Solved"), Q(status__in=RESOLVED), _LISTED, "updated", is_unresolved=False
    ),
    "spam": lambda _agent: View("spam", _("Spam"), Q(is_spam=True), Q(), "updated", is_unresolved=False),
}
SYSTEM_VIEWS = tuple(_SYSTEM)


def system_views(agent: User) -> list[View]:
    """Return the views that everybody has, in the order the navigation shows them."""
    return [build(agent) for build in _SYSTEM.values()]
