"""A tree asked of one ticket at hand. The same answers as the database gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from tickets.conditions import vocabulary as words
from tickets.conditions.tree import Leaf, Node, parse
from tickets.models import NEVER, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from accounts.models import User
    from tickets.models import Ticket

_NEGATED = {"is_not": "is", "not_in": "in", "not_contains": "contains", "is_empty": "is_set"}
_EMPTY: tuple[object, ...] = (None, "", [], ())


def matches(
    tree: object,
    ticket: Ticket,
    agent: User | None = None,
    now: datetime | None = None,
    *,
    change: Mapping[str, object] | None = None,
) -> bool:
    """Tell whether a ticket meets the conditions. `me` is the agent; without one it is nobody.

    `change` is for rules that run on a fact: what the fact changed, field name to new value; only there
    can "has_changed" be true. Raises DomainError for a tree that cannot be understood.
    """
    return _holds(parse(tree), _Asked(ticket, agent, now or timezone.now(), change or {}))


class _Asked:
    """The ticket that is asked, by whom and when; what took a query is kept."""

    def __init__(
        self, ticket: Ticket, agent: User | None, now: datetime, change: Mapping[str, object]
    ) -> None:
        self.ticket, self.agent_id, self.now, self.change = ticket, agent.pk if agent else None, now, change
        self._kept: dict[str, object] = {}

    def value(self, leaf: Leaf) -> object:
        name = leaf.field.name
        if name not in self._kept:
            special = _SPECIAL.get(name)
            self._kept[name] = special(self) if special else self._walk(leaf)
        return self._kept[name]

    def _walk(self, leaf: Leaf) -> object:
        found: object = self.ticket
        for step in leaf.field.path.split("__"):
            found = getattr(found, step)
        if leaf.field.has_never and found == NEVER:
            return None
        return found.get(leaf.field.key) if leaf.field.key and isinstance(found, dict) else found

    def last_message(self) -> Message | None:
        if "_last" not in self._kept:
            self._kept["_last"] = Message.objects.filter(pk=self.ticket.last_message_id or 0).first()
        found = self._kept["_last"]
        return found if isinstance(found, Message) else None


def _holds(node: Node, asked: _Asked) -> bool:
    if isinstance(node, Leaf):
        return _leaf(node, asked)
    if node.how == "not":
        return not _holds(node.nodes[0], asked)
    return (all if node.how == "all" else any)(_holds(each, asked) for each in node.nodes)


def _leaf(leaf: Leaf, asked: _Asked) -> bool:
    if leaf.op == "has_changed":
        return leaf.field.name in asked.change
    if leaf.op in _NEGATED:
        return not _leaf(Leaf(leaf.field, _NEGATED[leaf.op], leaf.value), asked)
    value = asked.value(leaf)
    if leaf.op == "is_set":
        return value not in _EMPTY if not isinstance(value, bool) else True
    if leaf.op in {"is", "in"}:
        return _equals(value, leaf, asked)
    if value is None:
        return False
    if leaf.op in {"contains", "starts_with"}:
        return isinstance(value, str) and _words(value, leaf.op, str(leaf.value))
    if isinstance(leaf.value, timedelta):
        return _span(leaf, value, asked.now)
    if isinstance(value, str) is not isinstance(leaf.value, str) or isinstance(value, bool):
        return False
    more = leaf.op in {"greater", "after"}
    return value > leaf.value if more else value < leaf.value  # type: ignore[operator]  # same kind, checked


def _equals(value: object, leaf: Leaf, asked: _Asked) -> bool:
    given = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    wanted = [
        asked.agent_id if each == words.ME and leaf.field.kind == words.PERSON else each for each in given
    ]
    held = value if isinstance(value, set) else [value]
    return any(_same(one, each) for one in held for each in wanted)


def _same(one: object, other: object) -> bool:
    if one is None or other is None or isinstance(one, bool) is not isinstance(other, bool):
        return False
    return one == other


def _words(value: str, op: str, text: str) -> bool:
    value, text = _upper(value), _upper(text)
    return text in value if op == "contains" else value.startswith(text)


def _upper(text: str) -> str:
    """Upper case letter by letter, as databases do it: ß stays ß."""
    return "".join(high if len(high := letter.upper()) == 1 else letter for letter in text)


def _span(leaf: Leaf, value: object, now: datetime) -> bool:
    if not isinstance(value, datetime) or not isinstance(leaf.value, timedelta):
        return False
    if leaf.op == "older_than":
        return value < now - leaf.value
    if leaf.field.is_ahead:
        return now <= value <= now + leaf.value
    return value >= now - leaf.value


def _tags(asked: _Asked) -> object:
    return set(asked.ticket.tags.values_list("name", flat=True)) or None


def _followers(asked: _Asked) -> object:
    return set(asked.ticket.followers.values_list("pk", flat=True)) or None


def _reopened(asked: _Asked) -> object:
    return asked.ticket.events.filter(kind="ticket.reopened").exists()


def _last_text(asked: _Asked) -> object:
    message = asked.last_message()
    return message.body if message else None


def _last_automatic(asked: _Asked) -> object:
    message = asked.last_message()
    return message is not None and message.is_automatic


_SPECIAL: dict[str, Callable[[_Asked], object]] = {
    "tags": _tags,
    "follower": _followers,
    "is_reopened": _reopened,
    "last_message.text": _last_text,
    "last_message.is_automatic": _last_automatic,
}
