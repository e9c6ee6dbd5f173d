"""The first column: the views with their counts, and whether I am there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Presence, Team
from tickets import queue
from tickets.models import UNRESOLVED, SavedView, Ticket
from tickets.web import channels

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from accounts.models import User

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
    count: str
    url: str
    edit_url: str = ""


class Group(NamedTuple):
    """Views under one heading."""

    key: str
    title: str
    entries: list[Entry]


def panel(request: AgentRequest, chosen: str) -> dict[str, object]:
    """Return what `tickets/_views.html` expects."""
    counts = queue.counts(request.user)
    return {
        "groups": _groups(request.user, counts),
        "chosen_view": chosen,
        "view_counts": counts,
        "capacity": capacity(request.user),
    }


def title_of(key: str, title: str) -> str:
    """Return the title of a view of the queue; a channel's is its adapter's word."""
    kind, _dash, name = key.partition("-")
    return str(channels.look(name).label) if kind == "channel" else title


def _groups(user: User, counts: dict[str, int]) -> list[Group]:
    groups = [
        Group("views", _("Views"), _system(user, counts)),
        Group("saved", _("Saved views"), _saved(user, counts)),
        Group("teams", _("Teams"), _teams(user, counts)),
        Group("channels", _("Channels"), _channels(counts)),
        Group("inboxes", _("Inboxes"), _inboxes(counts)),
    ]
    return [group for group in groups if group.entries]


def _system(user: User, counts: dict[str, int]) -> list[Entry]:
    views = [view for view in queue.system_views(user) if view.key not in HIDDEN]
    return [_entry(view.key, view.title, ICONS.get(view.key, "inbox"), counts) for view in views]


def _saved(user: User, counts: dict[str, int]) -> list[Entry]:
    return [
        _entry(
            f"view-{view.pk}", view.name, "bookmark", counts,
            edit_url=reverse("tickets:view_edit", args=[view.pk]) if view.owner_id == user.pk else "",
        )
        for view in SavedView.objects.visible_to(user)
    ]  # fmt: skip


def _teams(user: User, counts: dict[str, int]) -> list[Entry]:
    teams = Team.objects.filter(is_active=True)
    if not user.is_administrator:
        teams = teams.filter(pk__in=user.team_ids)
    return [_entry(f"team-{team.pk}", team.name, "users", counts) for team in teams]


def _channels(counts: dict[str, int]) -> list[Entry]:
    slugs = sorted(key.removeprefix("channel-") for key in counts if key.startswith("channel-"))
    looks = [(slug, channels.look(slug)) for slug in slugs if slug]
    return [_entry(f"channel-{slug}", look.label, look.icon, counts) for slug, look in looks]


def _inboxes(counts: dict[str, int]) -> list[Entry]:
    """Named only where there is a choice: one inbox is its channel."""
    found = list(channels.active_inboxes().values_list("pk", "name", "channel"))
    if len(found) < 2:
        return []
    return [
        _entry(f"inbox-{pk}", name, channels.look(channel).icon, counts)
        for pk, name, channel in found
        if counts.get(f"inbox-{pk}")
    ]


def _entry(key: str, title: object, icon: str, counts: dict[str, int], *, edit_url: str = "") -> Entry:
    known = key in counts or key not in ("solved", "spam")
    count = queue.count_text(counts.get(key, 0)) if known else ""
    return Entry(key, title, icon, count, f"{reverse('tickets:inbox')}?view={key}", edit_url)


def capacity(user: User) -> dict[str, object]:
    """Return how much of my capacity is taken, and whether I am there."""
    presence = Presence.objects.filter(pk=user.pk).first()
    state = presence.chosen if presence else Presence.State.OFFLINE
    mine = Ticket.objects.filter(UNRESOLVED, assignee=user, snoozed_until=None, is_spam=False)
    load = float(mine.exclude(status="pending").aggregate(sum=Sum("weight"))["sum"] or 0)
    room = float(user.capacity)
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
