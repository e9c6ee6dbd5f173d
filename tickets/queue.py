"""What the workspace lists: views with live counts, sorted, in pages by keyset.

A view is a condition over the tickets that an agent may see. Nearly all of them live on the unresolved
part, which stays small however many tickets there are. `tickets.counting` says how many each view holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Team, User
from helpdesk.compiled import compiled
from helpdesk.errors import DomainError, NotFoundError
from tickets import conditions
from tickets.models import RESOLVED, UNRESOLVED, Message, SavedView, Status, Ticket
from tickets.rows import ORDERS, PAGE_SIZE, QueueRow, cut, page_of, rows_for, shown, unread_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["ORDERS", "PAGE_SIZE", "Page", "QueueRow", "View", "queue_page", "rows_for", "unread"]

MAX_KEY = 40
# These sort by what only the unresolved have an index for; lists of solved tickets come by last message.
_UNRESOLVED_ORDERS = frozenset({"due", "priority"})
AWAKE, ASLEEP = Q(snoozed_until=None), Q(snoozed_until__isnull=False)
LISTED = Q(is_spam=False)
HERE, SNOOZED = UNRESOLVED & AWAKE & LISTED, UNRESOLVED & ASLEEP & LISTED


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
    order = order_in(found, order)
    kind = f"{found.key}/{order}"
    if extra is None and not cursor and not found.key.startswith("view-"):
        first = _first_page(agent, key=found.key, order=order, needs_reply=needs_reply, number=size + 1)
        rows, next_cursor = cut(first, agent, order=order, kind=kind, size=size, with_tags=with_tags)
    else:
        tickets = _listed(agent, found, needs_reply=needs_reply)
        tickets = tickets if extra is None else tickets.filter(extra)
        rows, next_cursor = page_of(
            tickets, agent, order=order, cursor=cursor, kind=kind, size=size, with_tags=with_tags
        )
    return Page(rows, next_cursor, order=order, view=found.key, title=found.title)


def _listed(agent: User, view: View, *, needs_reply: bool) -> QuerySet[Ticket]:
    tickets = Ticket.objects.visible_to(agent).filter(merged_into=None).filter(view.condition)
    return tickets.filter(waiting_since__isnull=False) if needs_reply else tickets


@compiled(is_planned_once=True)
def _first_page(
    agent: User, *, key: str, order: str, needs_reply: bool, number: int
) -> QuerySet[Ticket, tuple[Any, ...]]:
    """How nearly every list is opened. Who may have the view was asked before; its tickets are asked here."""
    view = _by_key(agent, key)
    if view is None:
        raise AssertionError(key)
    tickets = _listed(agent, view, needs_reply=needs_reply)
    return shown(tickets.order_by(*ORDERS[order])[:number], agent)


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
    kind, _dash, name = key[:MAX_KEY].partition("-")
    if kind == "team" and _is_id(name):
        return _team_view(agent, int(name))
    if kind == "view" and _is_id(name):
        saved = SavedView.objects.visible_to(agent).filter(pk=int(name)).first()
        if saved is not None:
            return saved_view(saved, agent)
    found = _by_key(agent, key)
    if found is None:
        raise NotFoundError(_("There is no such view."))
    return found


def _by_key(agent: User, key: str) -> View | None:
    """The views that a key alone describes: all but the saved ones."""
    if key in _SYSTEM:
        return _SYSTEM[key](agent)
    kind, _dash, name = key[:MAX_KEY].partition("-")
    if kind == "team" and _is_id(name):
        return View(key, "", Q(team_id=int(name) or None), HERE)
    if kind == "channel" and name:
        return View(key, name, Q(channel=name), HERE)
    if kind == "inbox" and _is_id(name):
        return View(key, "", Q(inbox_id=int(name)), HERE)
    return None


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
        ground &= AWAKE
    if "is_spam" not in named:
        ground &= LISTED
    key = f"view-{saved.pk}"
    return View(key, saved.name, condition, ground, saved.order, is_unresolved=unresolved)


def visible_inboxes(agent: User) -> QuerySet[Any]:
    """Return the active inboxes that an agent may write from: their teams', and those without a team."""
    inbox: Any = Ticket._meta.get_field("inbox").related_model
    inboxes = inbox.objects.filter(is_active=True)
    if agent.is_administrator:
        return inboxes
    return inboxes.filter(Q(team=None) | Q(team_id__in=agent.team_ids))


def order_in(view: View, order: str = "") -> str:
    """Return the order to list a view in: the one asked for, unless its tickets have no index for it."""
    order = order or view.order
    if order not in ORDERS:
        order = view.order if view.order in ORDERS else "due"
    return "updated" if order in _UNRESOLVED_ORDERS and not view.is_unresolved else order


def _team_view(agent: User, team_id: int) -> View:
    if team_id == 0:
        return View("team-0", _("No team"), Q(team_id=None), HERE)
    team = Team.objects.filter(pk=team_id).first()
    if team is None or not (agent.is_administrator or team_id in agent.team_ids):
        raise NotFoundError(_("There is no such view."))
    return team_view(team)


def team_view(team: Team) -> View:
    """Return the view of a team's tickets. The caller knows that the agent may see them."""
    return View(f"team-{team.pk}", team.name, Q(team_id=team.pk), HERE)


def _mentioned(agent: User) -> Q:
    through = Message.mentions.through.objects.filter(user_id=agent.pk)
    return Q(pk__in=through.values("message__ticket_id"))


def _followed(agent: User) -> Q:
    return Q(pk__in=Ticket.followers.through.objects.filter(user_id=agent.pk).values("ticket_id"))


def _mine(agent: User, **more: object) -> Q:
    return Q(assignee_id=agent.pk, **more)


_SYSTEM: dict[str, Callable[[User], View]] = {
    "my_open": lambda agent: View("my_open", _("My open"), _mine(agent) & ~Q(status=Status.PENDING), HERE),
    "needs_reply": lambda agent: View(
        "needs_reply", _("Needs reply"), _mine(agent, waiting_since__isnull=False), HERE
    ),
    "unassigned": lambda _agent: View("unassigned", _("Unassigned"), Q(assignee=None), HERE),
    "mentions": lambda agent: View("mentions", _("Mentions"), _mentioned(agent), HERE),
    "waiting": lambda agent: View(
        "waiting", _("Waiting on customer"), _mine(agent, status=Status.PENDING), HERE
    ),
    "snoozed": lambda agent: View("snoozed", _("Snoozed"), _mine(agent), SNOOZED),
    "followed": lambda agent: View("followed", _("Followed"), _followed(agent), HERE),
    "all_unresolved": lambda _agent: View("all_unresolved", _("All unresolved"), Q(), HERE),
    "solved": lambda _agent: View(
        "solved", _("Solved"), Q(status__in=RESOLVED), LISTED, "updated", is_unresolved=False
    ),
    "spam": lambda _agent: View("spam", _("Spam"), Q(is_spam=True), Q(), "updated", is_unresolved=False),
}
SYSTEM_VIEWS = tuple(_SYSTEM)


def system_views(agent: User) -> list[View]:
    """Return the views that everybody has, in the order the navigation shows them."""
    return [build(agent) for build in _SYSTEM.values()]
