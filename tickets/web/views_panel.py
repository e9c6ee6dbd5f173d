"""The first column: the views with their counts, and whether I am there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import OuterRef, Subquery, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Presence, Team, User
from helpdesk.compiled import compiled
from tickets import counting, queue
from tickets.models import UNRESOLVED, SavedView, Ticket
from tickets.web import channels

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.http import AgentRequest

ICONS = {
    "my_open": "inbox", "needs_reply": "message-reply", "unassigned": "user-question", "mentions": "at",
    "waiting": "hourglass", "snoozed": "alarm-snooze", "followed": "eye", "all_unresolved": "stack-2",
    "solved": "circle-check", "spam": "shield-x",
}  # fmt: skip
HIDDEN = {"needs_reply"}  # a switch on top of the queue shows it
PIPS = 12  # more parts than that cannot be told apart


class Entry(NamedTuple):
    """One line of the list of views."""

    key: str
    title: object
    icon: str
    count: str  # type: ignore[assignment]  # nobody counts in an entry as in a tuple
    url: str
    edit_url: str = ""


class Group(NamedTuple):
    """Views under one heading."""

    key: str
    title: str
    entries: list[Entry]


def panel(request: AgentRequest, chosen: str) -> dict[str, object]:
    """Return what `tickets/_views.html` expects."""
    user = request.user
    mine = _here(user)
    teams = _teams_of(user)
    saved = _saved_for(user)
    view = _chosen(user, chosen, teams, saved)
    counts, inboxes, waiting = counting.overview(user, saved, chosen=view)
    groups = [
        Group("views", _("Views"), _system(user, counts)),
        Group("saved", _("Saved views"), _saved(user, saved, counts)),
        Group("teams", _("Teams"), [_entry(f"team-{each.pk}", each.name, "users", counts) for each in teams]),
        Group("channels", _("Channels"), _channels(counts)),
        Group("inboxes", _("Inboxes"), _inboxes(inboxes, counts)),
    ]
    return {
        "groups": [group for group in groups if group.entries],
        "chosen_view": chosen,
        "view": replace(view, title=_title(view, inboxes)),
        "view_counts": counts,
        "view_waiting": waiting,
        "capacity": _capacity(mine),
    }


def _chosen(user: User, key: str, teams: list[Team], saved: list[SavedView]) -> queue.View:
    """The view of the queue, from what was read anyway."""
    for team in teams:
        if key == f"team-{team.pk}":
            return queue.team_view(team)
    for view in saved:
        if key == f"view-{view.pk}":
            return queue.saved_view(view, user)
    return queue.find_view(user, key)


def _title(view: queue.View, inboxes: dict[int, tuple[str, str]]) -> str:
    """A channel's title is its adapter's word; an inbox's name came with the counts."""
    kind, _dash, name = view.key.partition("-")
    if kind == "inbox":
        return inboxes.get(int(name), (_("Inbox"), ""))[0]
    return str(channels.look(name).label) if kind == "channel" else view.title


def _teams_of(user: User) -> list[Team]:
    """The teams to list; for an agent the same query also says whose tickets they see."""
    if user.is_administrator:
        return _active_teams()
    teams = _own_teams(user.pk)
    user.team_ids = frozenset(team.pk for team in teams)
    return [team for team in teams if team.is_active]


@compiled(is_planned_once=True)
def _active_teams() -> QuerySet[Team]:
    return Team.objects.filter(is_active=True)


@compiled(is_planned_once=True)
def _saved_for(user: User) -> QuerySet[SavedView]:
    return SavedView.objects.visible_to(user)


@compiled(is_planned_once=True)
def _own_teams(user_id: int) -> QuerySet[Team]:
    return Team.objects.filter(memberships__user=user_id)


def _system(user: User, counts: dict[str, int]) -> list[Entry]:
    views = [view for view in queue.system_views(user) if view.key not in HIDDEN]
    return [_entry(view.key, view.title, ICONS.get(view.key, "inbox"), counts) for view in views]


def _saved(user: User, saved: list[SavedView], counts: dict[str, int]) -> list[Entry]:
    return [
        _entry(
            f"view-{view.pk}", view.name, "bookmark", counts,
            edit_url=reverse("tickets:view_edit", args=[view.pk]) if view.owner_id == user.pk else "",
        )
        for view in saved
    ]  # fmt: skip


def _channels(counts: dict[str, int]) -> list[Entry]:
    slugs = sorted(key.removeprefix("channel-") for key in counts if key.startswith("channel-"))
    looks = [(slug, channels.look(slug)) for slug in slugs if slug]
    return [_entry(f"channel-{slug}", look.label, look.icon, counts) for slug, look in looks]


def _inboxes(inboxes: dict[int, tuple[str, str]], counts: dict[str, int]) -> list[Entry]:
    """Named only where there is a choice: one inbox is its channel."""
    if len(inboxes) < 2:
        return []
    named = sorted(inboxes.items(), key=lambda pair: pair[1])
    return [_entry(f"inbox-{pk}", name, channels.look(channel).icon, counts) for pk, (name, channel) in named]


def _entry(key: str, title: object, icon: str, counts: dict[str, int], *, edit_url: str = "") -> Entry:
    known = key in counts or key not in ("solved", "spam")
    count = counting.text(counts.get(key, 0)) if known else ""
    return Entry(key, title, icon, count, f"{reverse('tickets:inbox')}?view={key}", edit_url)


def capacity(user: User) -> dict[str, object]:
    """Return how much of my capacity is taken, and whether I am there."""
    return _capacity(_here(user))


def _here(user: User) -> User:
    """The same person with presence and load, in one query; which the account menu reads too."""
    here = _present(user.pk)[0]
    user._state.fields_cache["presence"] = here._state.fields_cache.get("presence")
    return here


@compiled(is_planned_once=True)
def _present(user_id: int) -> QuerySet[User]:
    mine = Ticket.objects.filter(UNRESOLVED, assignee=OuterRef("pk"), snoozed_until=None, is_spam=False)
    summed = mine.exclude(status="pending").order_by().values("assignee").annotate(sum=Sum("weight"))
    found = User.objects.select_related("presence").annotate(load=Subquery(summed.values("sum")))
    return found.filter(pk=user_id)


def _capacity(here: User) -> dict[str, object]:
    presence = here._state.fields_cache.get("presence")
    state = presence.chosen if presence else Presence.State.OFFLINE
    load, room = float(here.load or 0), float(here.capacity)  # type: ignore[attr-defined]
    pips = max(1, min(PIPS, round(room)))
    lit = min(pips, round(load * pips / room)) if room else pips
    return {
        "state": state,
        "label": Presence.State(state).label,
        "load": f"{load:g}",
        "room": f"{room:g}",
        "pips": [number < lit for number in range(pips)],
        "is_full": load >= room,
    }
