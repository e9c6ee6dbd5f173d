"""What the workspace lists: views with live counts, sorted, in pages by keyset.

A view is a condition over the tickets that an agent may see. Nearly all of them live on the unresolved
part, which stays small however many tickets there are. `counts` adds them all up in one query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import Team, User
from helpdesk.errors import DomainError, NotFoundError
from tickets import conditions
from tickets.models import UNRESOLVED, Message, SavedView, Status, Ticket
from tickets.rows import ORDERS, PAGE_SIZE, QueueRow, page_of, rows_for

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["ORDERS", "PAGE_SIZE", "Page", "QueueRow", "View", "counts", "queue_page", "rows_for"]

COUNT_CAP = 1000  # shown as 999+
MAX_KEY = 40
# These sort by what only the unresolved have an index for; lists of solved tickets come by last message.
_UNRESOLVED_ORDERS = frozenset({"due", "priority"})
_AWAKE = Q(snoozed_until=None)
_LISTED = Q(is_spam=False)


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
    """One entry of the list of views."""

    key: str
    title: str
    condition: Q
    order: str = "due"
    is_unresolved: bool = True


def queue_page(
    agent: User,
    view: str = "my_open",
    *,
    order: str = "",
    cursor: str = "",
    needs_reply: bool = False,
    extra: Q | None = None,
    size: int = PAGE_SIZE,
) -> Page:
    """Return one page of a view in three queries, whatever its size.

    `needs_reply` keeps those where the customer waits; `extra` narrows further. Raises NotFoundError for
    a view that the agent does not have, DomainError for a cursor that is not of this list.
    """
    found = find_view(agent, view)
    condition = found.condition & extra if extra is not None else found.condition
    if needs_reply:
        condition &= Q(waiting_since__isnull=False)
    tickets = Ticket.objects.visible_to(agent).filter(merged_into=None).filter(condition)
    order = order_in(found, order)
    rows, next_cursor = page_of(tickets, agent, order=order, cursor=cursor, kind=f"{view}/{order}", size=size)
    return Page(rows, next_cursor, order=order, view=view, title=found.title)


def find_view(agent: User, key: str) -> View:
    """Return a view by its key. Raises NotFoundError for one that this agent does not have."""
    system = _SYSTEM.get(key[:MAX_KEY])
    if system is not None:
        return system(agent)
    kind, _dash, name = key[:MAX_KEY].partition("-")
    if kind == "team" and name.isdecimal():
        return _team_view(agent, int(name))
    if kind == "channel" and name:
        return View(key, name, UNRESOLVED & _LISTED & _AWAKE & Q(channel=name))
    if kind == "inbox" and name.isdecimal():
        return View(key, "", UNRESOLVED & _LISTED & _AWAKE & Q(inbox_id=int(name)))
    if kind == "view" and name.isdecimal():
        saved = SavedView.objects.visible_to(agent).filter(pk=int(name)).first()
        if saved is not None:
            return saved_view(saved, agent)
    raise NotFoundError(_("There is no such view."))


def saved_view(saved: SavedView, agent: User) -> View:
    """A saved view leaves out resolved, snoozed and spam tickets unless its conditions speak of them."""
    named = conditions.fields_used(saved.conditions)
    try:
        condition = conditions.compile(saved.conditions, agent)
    except DomainError:  # it speaks of something that is no more: an empty list, not a broken page
        condition = Q(pk__in=[])
    unresolved = not named & {"status", "solved_at"}
    if unresolved:
        condition &= UNRESOLVED
    if "snoozed_until" not in named:
        condition &= _AWAKE
    if "is_spam" not in named:
        condition &= _LISTED
    return View(f"view-{saved.pk}", saved.name, condition, saved.order, is_unresolved=unresolved)


def counts(agent: User) -> dict[str, int]:
    """Return how many unresolved tickets each view holds, at most COUNT_CAP, in two queries.

    One query groups the unresolved tickets by team and channel, with a conditional count per view; the
    other reads the saved views. Solved tickets and views of them are not counted: they only grow.
    """
    saved = [saved_view(each, agent) for each in SavedView.objects.visible_to(agent)]
    counted = [build(agent) for key, build in _SYSTEM.items() if key != "solved"] + saved
    names = {f"n{number}": view.key for number, view in enumerate(counted)}
    unresolved = Ticket.objects.visible_to(agent).filter(UNRESOLVED, merged_into=None)
    groups = (
        unresolved.order_by()
        .values("team_id", "channel", "inbox_id")
        .annotate(
            listed=Count("pk", filter=_LISTED & _AWAKE),
            **{f"n{number}": Count("pk", filter=view.condition) for number, view in enumerate(counted)},
        )
    )
    found: dict[str, int] = dict.fromkeys(names.values(), 0)
    for group in groups:
        keys = [f"channel-{group['channel']}", f"inbox-{group['inbox_id']}", f"team-{group['team_id'] or 0}"]
        for key in keys:
            found[key] = found.get(key, 0) + group["listed"]
        for name, key in names.items():
            found[key] += group[name]
    return {key: min(number, COUNT_CAP) for key, number in found.items()}


def visible_inboxes(agent: User) -> QuerySet[Any]:
    """Return the active inboxes that an agent may write from: their teams', and those without a team."""
    inboxes = Ticket._meta.get_field("inbox").related_model.objects.filter(is_active=True)  # type: ignore[union-attr]
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
    condition = UNRESOLVED & _LISTED & _AWAKE
    if team_id == 0:
        return View("team-0", _("No team"), condition & Q(team=None))
    team = Team.objects.filter(pk=team_id).first()
    if team is None or not (agent.is_administrator or team_id in agent.team_ids):
        raise NotFoundError(_("There is no such view."))
    return View(f"team-{team_id}", team.name, condition & Q(team_id=team_id))


def _system(
    key: str, title: Callable[[], str], condition: Callable[[User], Q], **options: object
) -> tuple[str, Callable[[User], View]]:
    def build(agent: User) -> View:
        return View(key, title(), condition(agent), **options)  # type: ignore[arg-type]

    return key, build


def _mentioned(agent: User) -> Q:
    through = Message.mentions.through.objects.filter(user_id=agent.pk)
    return Q(pk__in=through.values("message__ticket_id"))


def _followed(agent: User) -> Q:
    return Q(pk__in=Ticket.followers.through.objects.filter(user_id=agent.pk).values("ticket_id"))


_HERE = UNRESOLVED & _LISTED & _AWAKE
_SYSTEM: dict[str, Callable[[User], View]] = dict(
    [
        _system(
            "my_open",
            lambda: _("My open"),
            lambda agent: _HERE & Q(assignee_id=agent.pk) & ~Q(status=Status.PENDING),
        ),
        _system(
            "needs_reply",
            lambda: _("Needs reply"),
            lambda agent: _HERE & Q(assignee_id=agent.pk, waiting_since__isnull=False),
        ),
        _system("unassigned", lambda: _("Unassigned"), lambda _agent: _HERE & Q(assignee=None)),
        _system("mentions", lambda: _("Mentions"), lambda agent: _HERE & _mentioned(agent)),
        _system(
            "waiting",
            lambda: _("Waiting on customer"),
            lambda agent: _HERE & Q(status=Status.PENDING, assignee_id=agent.pk),
        ),
        _system(
            "snoozed",
            lambda: _("Snoozed"),
            lambda agent: UNRESOLVED & _LISTED & Q(snoozed_until__isnull=False, assignee_id=agent.pk),
        ),
        _system("followed", lambda: _("Followed"), lambda agent: _HERE & _followed(agent)),
        _system("all_unresolved", lambda: _("All unresolved"), lambda _agent: _HERE),
        _system(
            "solved",
            lambda: _("Solved"),
            lambda _agent: Q(status__in=[Status.SOLVED, Status.CLOSED], is_spam=False),
            order="updated",
            is_unresolved=False,
        ),
        _system(
            "spam", lambda: _("Spam"), lambda _agent: Q(is_spam=True), order="updated", is_unresolved=False
        ),
    ]
)
SYSTEM_VIEWS = tuple(_SYSTEM)


def system_views(agent: User) -> list[View]:
    """Return the views that everybody has, in the order the navigation shows them."""
    return [build(agent) for build in _SYSTEM.values()]
