"""Facts as people read them: one whole sentence per fact, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from helpdesk import times
from tickets.models import Priority, Status, TicketLink, TicketType

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickets.models import Event


class Words(NamedTuple):
    """How a kind of fact is said: by a person, and by itself. `shown` turns its data into words."""

    icon: str
    by_person: str
    by_itself: str
    shown: Callable[[dict[str, Any]], dict[str, Any]] = dict


def icon(event: Event) -> str:
    """Return the glyph of a fact."""
    if event.actor_kind == "automation" and event.kind in {"ticket.assigned", "ticket.team_changed"}:
        return "route"
    return _KINDS[event.kind].icon if event.kind in _KINDS else "activity"


def sentence(event: Event) -> str:
    """Return what happened, as plain text: "Linh Trần set the priority to High"."""
    special = _SPECIAL.get(event.kind)
    if special is not None and (found := special(event)):
        return found
    words = _KINDS.get(event.kind)
    if words is None:
        return _("Something changed (%(kind)s)") % {"kind": event.kind}
    shown = words.shown(event.data)
    if event.actor_kind == "agent" and event.actor_name:
        return _(words.by_person) % {"actor": event.actor_name, **shown}
    return _(words.by_itself) % shown


def why_assigned(why: object) -> str:
    """Return what routing weighed: "of 7: 2 offline, 3 at limit; load 2.5 of 6, the least; idle 11 min"."""
    if not isinstance(why, dict):
        return ""
    if why.get("pulled"):
        minutes = int(why.get("waited_minutes") or 0)
        return _("the next best ticket: it waited %(time)s") % {"time": times.duration(minutes * 60)}
    if "candidates" not in why:
        return str(why.get("text", ""))
    return "; ".join([_field(why), _load(why), _idle(why)])


def _field(why: dict[str, Any]) -> str:
    offline, away, full = (int(why.get(key) or 0) for key in ("offline", "away", "at_limit"))
    counted = [
        (offline, ngettext("%(n)d offline", "%(n)d offline", offline)),
        (away, ngettext("%(n)d away", "%(n)d away", away)),
        (full, ngettext("%(n)d at limit", "%(n)d at limit", full)),
    ]
    absent = [text % {"n": number} for number, text in counted if number]
    if not absent:
        return _("of %(number)s, all there") % {"number": why["candidates"]}
    return _("of %(number)s: %(absent)s") % {"number": why["candidates"], "absent": ", ".join(absent)}


def _load(why: dict[str, Any]) -> str:
    shown = {"load": f"{float(why.get('load') or 0):g}", "capacity": f"{float(why.get('capacity') or 0):g}"}
    there = int(why["candidates"]) - sum(int(why.get(key) or 0) for key in ("offline", "away", "at_limit"))
    if there > 1:
        return _("load %(load)s of %(capacity)s, the least") % shown
    return _("load %(load)s of %(capacity)s") % shown


def _idle(why: dict[str, Any]) -> str:
    minutes = why.get("idle_minutes")
    if minutes is None:
        return _("given nothing before")
    return _("idle %(time)s") % {"time": times.duration(int(minutes) * 60)}


def _assigned(event: Event) -> str:
    data = event.data
    name, actor = data.get("name", ""), event.actor_name
    why = why_assigned(data.get("why"))
    if event.actor_kind == "agent" and event.actor_id == data.get("assignee"):
        if why:
            return _("%(actor)s took this ticket (%(why)s)") % {"actor": actor, "why": why}
        return _("%(actor)s took this ticket") % {"actor": actor}
    if event.actor_kind == "agent":
        return _("%(actor)s assigned this to %(name)s") % {"actor": actor, "name": name}
    if why:
        return _("Assigned to %(name)s (%(why)s)") % {"name": name, "why": why}
    return _("Assigned to %(name)s") % {"name": name}


def _tagged(event: Event) -> str:
    added, removed = (", ".join(map(str, event.data.get(key) or [])) for key in ("added", "removed"))
    shown = {"actor": event.actor_name, "added": added, "removed": removed}
    if event.actor_kind == "agent":
        if added and removed:
            return _("%(actor)s added the tags %(added)s and took off %(removed)s") % shown
        if removed:
            return _("%(actor)s took off the tags %(removed)s") % shown
        return _("%(actor)s added the tags %(added)s") % shown
    if added and removed:
        return _("Tags added: %(added)s; taken off: %(removed)s") % shown
    return (_("Tags taken off: %(removed)s") if removed else _("Tags added: %(added)s")) % shown


def _woken(event: Event) -> str:
    because = event.data.get("because")
    if because == "message":
        return _("Back from snooze: the customer wrote")
    return _("Back from snooze: the time has come") if because == "time" else ""


def _opened(event: Event) -> str:
    if event.data.get("follow_up_of"):
        return _("Opened as a follow-up of #%(number)s") % {"number": event.data["follow_up_of"]}
    if event.data.get("split_from"):
        return _("Split off from #%(number)s") % {"number": event.data["split_from"]}
    return ""


def _linked(event: Event) -> str:
    words = {
        (TicketLink.Kind.RELATED, "source"): gettext_noop("Linked to #%(other)s as related"),
        (TicketLink.Kind.RELATED, "target"): gettext_noop("Linked to #%(other)s as related"),
        (TicketLink.Kind.PARENT, "source"): gettext_noop("Made the parent of #%(other)s"),
        (TicketLink.Kind.PARENT, "target"): gettext_noop("Made a part of #%(other)s"),
        (TicketLink.Kind.DUPLICATE, "source"): gettext_noop("Marked as a duplicate of #%(other)s"),
        (TicketLink.Kind.DUPLICATE, "target"): gettext_noop("#%(other)s was marked as a duplicate of this"),
    }
    found = words.get((event.data.get("link_kind"), event.data.get("role", "source")))
    return _(found) % {"other": event.data.get("other")} if found else ""


def _due(event: Event) -> str:
    if event.data.get("after"):
        return ""
    return _("%(actor)s took the due time off") % {"actor": event.actor_name}


def _label(choices: type[Any], value: object) -> str:
    try:
        return str(choices(value).label)
    except ValueError:
        return str(value)


def _statuses(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "before": _label(Status, data.get("before")),
        "after": _label(Status, data.get("after")),
    }


def _priorities(data: dict[str, Any]) -> dict[str, Any]:
    return {"before": _label(Priority, data.get("before")), "after": _label(Priority, data.get("after"))}


def _types(data: dict[str, Any]) -> dict[str, Any]:
    return {"before": _label(TicketType, data.get("before")), "after": _label(TicketType, data.get("after"))}


def _moments(data: dict[str, Any]) -> dict[str, Any]:
    moment = parse_datetime(str(data.get("until") or data.get("after") or ""))
    return {"until": times.stamp(moment) if isinstance(moment, datetime) else ""}


def _subjects(data: dict[str, Any]) -> dict[str, Any]:
    return {"after": data.get("after", "")}


def _names(data: dict[str, Any]) -> dict[str, Any]:
    return {"name": data.get("name") or ""}


def _answers(data: dict[str, Any]) -> dict[str, Any]:
    changes, labels = data.get("changes") or {}, data.get("labels") or {}
    return {
        "fields": ", ".join(f"{labels.get(key, key)}: {_answer(pair[1])}" for key, pair in changes.items())
    }


def _answer(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(value)


def _others(data: dict[str, Any]) -> dict[str, Any]:
    found = data.get("other") or data.get("into") or data.get("absorbed") or data.get("ticket") or ""
    return {"other": found}


_SPECIAL: dict[str, Callable[[Event], str]] = {
    "ticket.assigned": _assigned,
    "ticket.tagged": _tagged,
    "ticket.woken": _woken,
    "ticket.opened": _opened,
    "ticket.linked": _linked,
    "ticket.due_changed": _due,
}
_FORWARD_DOUBTED = gettext_noop(
    "Forwarded from %(name)s’s address, but nothing proves that %(name)s sent it. "
    "If it is genuine, change the customer of this ticket."
)
_KINDS: dict[str, Words] = {
    "ticket.opened": Words(
        "plus",
        gettext_noop("%(actor)s opened this ticket"),
        gettext_noop("The customer opened this ticket"),
    ),
    "ticket.reopened": Words(
        "refresh",
        gettext_noop("%(actor)s reopened this ticket"),
        gettext_noop("Reopened: the customer wrote again"),
    ),
    "ticket.assigned": Words("user-check", "", ""),
    "ticket.released": Words(
        "user-question",
        gettext_noop("%(actor)s gave this ticket back to the team"),
        gettext_noop("Given back to the team"),
    ),
    "ticket.team_changed": Words(
        "users",
        gettext_noop("%(actor)s moved this to the team %(name)s"),
        gettext_noop("Moved to the team %(name)s"),
        _names,
    ),
    "ticket.status_changed": Words(
        "circle-dot",
        gettext_noop("%(actor)s set the status to %(after)s"),
        gettext_noop("Status set to %(after)s"),
        _statuses,
    ),
    "ticket.priority_changed": Words(
        "flag",
        gettext_noop("%(actor)s set the priority to %(after)s"),
        gettext_noop("Priority set to %(after)s"),
        _priorities,
    ),
    "ticket.type_changed": Words(
        "list-check",
        gettext_noop("%(actor)s set the type to %(after)s"),
        gettext_noop("Type set to %(after)s"),
        _types,
    ),
    "ticket.subject_changed": Words(
        "edit",
        gettext_noop("%(actor)s changed the subject to “%(after)s”"),
        gettext_noop("Subject changed to “%(after)s”"),
        _subjects,
    ),
    "ticket.customer_changed": Words(
        "user-edit",
        gettext_noop("%(actor)s changed the customer"),
        gettext_noop("Customer changed"),
    ),
    "ticket.forward_doubted": Words(
        "shield-x",
        _FORWARD_DOUBTED,
        _FORWARD_DOUBTED,
        _names,
    ),
    "ticket.tagged": Words("tag", "", ""),
    "ticket.custom_changed": Words(
        "list-details",
        gettext_noop("%(actor)s filled in %(fields)s"),
        gettext_noop("Filled in: %(fields)s"),
        _answers,
    ),
    "ticket.due_changed": Words(
        "calendar-time",
        gettext_noop("%(actor)s promised this by %(until)s"),
        gettext_noop("Promised by %(until)s"),
        _moments,
    ),
    "ticket.snoozed": Words(
        "alarm-snooze",
        gettext_noop("%(actor)s snoozed this until %(until)s"),
        gettext_noop("Snoozed until %(until)s"),
        _moments,
    ),
    "ticket.woken": Words(
        "alarm",
        gettext_noop("%(actor)s brought this back from snooze"),
        gettext_noop("Back from snooze"),
    ),
    "ticket.followed": Words(
        "eye",
        gettext_noop("%(actor)s made %(name)s a follower"),
        gettext_noop("%(name)s follows this"),
        _names,
    ),
    "ticket.unfollowed": Words(
        "eye-off",
        gettext_noop("%(actor)s took %(name)s off the followers"),
        gettext_noop("%(name)s no longer follows this"),
        _names,
    ),
    "ticket.linked": Words(
        "link",
        gettext_noop("%(actor)s linked #%(other)s"),
        gettext_noop("Linked to #%(other)s"),
        _others,
    ),
    "ticket.unlinked": Words(
        "link-off",
        gettext_noop("%(actor)s unlinked #%(other)s"),
        gettext_noop("No longer linked to #%(other)s"),
        _others,
    ),
    "ticket.merged": Words(
        "arrow-merge",
        gettext_noop("%(actor)s merged this with #%(other)s"),
        gettext_noop("Merged with #%(other)s"),
        _others,
    ),
    "ticket.unmerged": Words(
        "arrows-split",
        gettext_noop("%(actor)s undid the merge with #%(other)s"),
        gettext_noop("The merge with #%(other)s was undone"),
        _others,
    ),
    "ticket.split": Words(
        "arrows-split",
        gettext_noop("%(actor)s split off a message (#%(other)s)"),
        gettext_noop("A message was split off (#%(other)s)"),
        _others,
    ),
    "ticket.unsplit": Words(
        "arrow-merge",
        gettext_noop("%(actor)s put a message back (#%(other)s)"),
        gettext_noop("A message was put back (#%(other)s)"),
        _others,
    ),
    "ticket.marked_spam": Words(
        "shield-x",
        gettext_noop("%(actor)s marked this as spam"),
        gettext_noop("Marked as spam"),
    ),
    "ticket.unmarked_spam": Words(
        "shield-check",
        gettext_noop("%(actor)s said that this is not spam"),
        gettext_noop("Marked as not spam"),
    ),
    "message.cancelled": Words(
        "arrow-back-up",
        gettext_noop("%(actor)s took a reply back"),
        gettext_noop("A reply was taken back"),
    ),
    "message.redacted": Words(
        "eye-off",
        gettext_noop("%(actor)s removed text from a message"),
        gettext_noop("Text was removed from a message"),
    ),
}
TOLD = frozenset(_KINDS)
