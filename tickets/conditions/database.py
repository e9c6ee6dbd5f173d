"""A tree as a condition for the database: one that never doubles rows and never says "unknown"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, cast

from django.db import connection
from django.db.models import Case, CharField, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.lookups import In
from django.utils import timezone

from tickets.conditions import vocabulary as words
from tickets.conditions.tree import Leaf, Node, parse
from tickets.models import NEVER, Event, Message, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from accounts.models import User

NOTHING = Q(pk__in=[])
_YES, _NO = Value(value=True), Value(value=False)
_NEGATED = {"is_not": "is", "not_in": "in", "not_contains": "contains", "is_empty": "is_set"}


def compile(tree: object, agent: User | None = None, now: datetime | None = None) -> Q:
    """Return the condition on tickets. `me` is the agent; without one it is nobody.

    Raises DomainError for a tree that cannot be understood. Joins that could double a row are EXISTS.
    """
    return _node(parse(tree), _Asking(agent, now or timezone.now()))


class _Asking:
    """Who asks, and when."""

    def __init__(self, agent: User | None, now: datetime) -> None:
        self.agent_id = agent.pk if agent else None
        self.now = now

    def person(self, value: object) -> object:
        return self.agent_id if value == words.ME else value


def _node(node: Node, asking: _Asking) -> Q:
    if isinstance(node, Leaf):
        return _leaf(node, asking)
    inner = [_node(each, asking) for each in node.nodes]
    if node.how == "not":
        return ~inner[0]
    if not inner:
        return ~NOTHING if node.how == "all" else NOTHING  # an empty Q would vanish from an "any"
    return reduce(and_ if node.how == "all" else or_, inner)


def _leaf(leaf: Leaf, asking: _Asking) -> Q:
    if leaf.op == "has_changed":
        return NOTHING  # a list has no "before"; only `matches` sees the fact
    if leaf.op in _NEGATED:
        return ~_leaf(Leaf(leaf.field, _NEGATED[leaf.op], leaf.value), asking)
    special = _SPECIAL.get(leaf.field.name)
    if special is not None:
        return special(leaf, asking)
    if leaf.field.kind == words.ANSWER:
        return _answer(leaf)
    if leaf.field.kind == words.TIME:
        return _time(leaf, asking.now)
    return _column(leaf.field.path, leaf, asking)


def _column(path: str, leaf: Leaf, asking: _Asking) -> Q:
    op, value = leaf.op, leaf.value
    if op == "is_set":
        filled = Q(**{f"{path}__isnull": False})
        return filled if leaf.field.kind in {words.PERSON, words.REFERENCE} else filled & ~Q(**{path: ""})
    if op in {"contains", "starts_with"}:
        return _words(path, op, str(value))
    if op in {"greater", "less"}:
        return Q(**{f"{path}__{'gt' if op == 'greater' else 'lt'}": value})
    values = _values(leaf, asking)
    return Q(**{f"{path}__in": values}) if values else NOTHING


def _values(leaf: Leaf, asking: _Asking) -> list[Any]:
    given = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return [found for each in given if (found := asking.person(each)) is not None]


def _words(path: str, op: str, text: str) -> Q:
    """Letters compare without case in every script; SQLite's own LIKE knows that of ASCII only."""
    if connection.vendor == "sqlite":
        start = "^" if op == "starts_with" else ""
        return Q(**{f"{path}__iregex": start + re.escape(text)})
    return Q(**{f"{path}__{'icontains' if op == 'contains' else 'istartswith'}": text})


def _time(leaf: Leaf, now: datetime) -> Q:
    path, value = leaf.field.path, leaf.value
    there = Q(**{f"{path}__isnull": False})
    if leaf.field.has_never:
        there &= Q(**{f"{path}__lt": NEVER})
    if leaf.op == "is_set":
        return there
    if isinstance(value, timedelta):
        return there & _span(leaf, value, now)
    return there & Q(**{f"{path}__{'lt' if leaf.op == 'before' else 'gt'}": value})


def _span(leaf: Leaf, span: timedelta, now: datetime) -> Q:
    path = leaf.field.path
    if leaf.op == "older_than":
        return Q(**{f"{path}__lt": now - span})
    if leaf.field.is_ahead:
        return Q(**{f"{path}__gte": now, f"{path}__lte": now + span})
    return Q(**{f"{path}__gte": now - span})


def _answer(leaf: Leaf) -> Q:
    """An answer in JSON. A missing key is "unknown" to SQL, so the question is put as CASE … ELSE false."""
    condition = Q(**{f"{leaf.field.path}__has_key": leaf.field.key}) & _answer_holds(leaf)
    return Q(Case(When(condition, then=_YES), default=_NO))


def _answer_holds(leaf: Leaf) -> Q:
    path = f"{leaf.field.path}__{leaf.field.key}"
    op, value = leaf.op, leaf.value
    if op == "is_set":
        return ~(Q(**{path: None}) | Q(**{path: ""}) | Q(**{path: []}))
    if op in {"contains", "starts_with"}:
        return _of_kind(leaf, _TEXTS) & _words(path, op, str(value))
    if op in {"greater", "less", "before", "after"}:
        side = "gt" if op in {"greater", "after"} else "lt"
        return _of_kind(leaf, _kinds_of(value)) & Q(**{f"{path}__{side}": value})
    values = value if isinstance(value, tuple) else (value,)
    return reduce(or_, [_of_kind(leaf, _kinds_of(each)) & Q(**{path: each}) for each in values])


def _kinds_of(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return _FLAGS
    return _TEXTS if isinstance(value, str) else _NUMBERS


def _of_kind(leaf: Leaf, kinds: tuple[str, ...]) -> Q:
    """Only texts compare with texts and numbers with numbers; each database would order the rest its way."""
    return Q(In(_JsonKind(F(leaf.field.path), Value(leaf.field.key)), kinds))


_TEXTS, _NUMBERS, _FLAGS = ("string", "text"), ("number", "integer", "real"), ("boolean", "true", "false")


class _JsonKind(Func):
    """The kind of value under a key: each database has its own words."""

    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="jsonb_typeof(%(expressions)s)", arg_joiner=" -> ")

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, key = cast("tuple[F, Value]", tuple(self.source_expressions))
        column_sql, parameters = compiler.compile(column)
        return f"JSON_TYPE({column_sql}, %s)", [*parameters, f'$."{key.value}"']


def _tags(leaf: Leaf, asking: _Asking) -> Q:
    through = Ticket.tags.through.objects.filter(ticket_id=OuterRef("pk"))
    if leaf.op != "is_set":
        through = through.filter(tag__name__in=_values(leaf, asking))
    return Q(Exists(through))


def _follower(leaf: Leaf, asking: _Asking) -> Q:
    through = Ticket.followers.through.objects.filter(ticket_id=OuterRef("pk"))
    if leaf.op != "is_set":
        values = _values(leaf, asking)
        if not values:
            return NOTHING
        through = through.filter(user_id__in=values)
    return Q(Exists(through))


def _reopened(leaf: Leaf, _asking: _Asking) -> Q:
    found = Q(Exists(Event.objects.filter(ticket_id=OuterRef("pk"), kind="ticket.reopened")))
    return found if leaf.value else ~found


def _last_text(leaf: Leaf, asking: _Asking) -> Q:
    return Q(Exists(_last_message().filter(_column("body", leaf, asking))))


def _last_automatic(leaf: Leaf, _asking: _Asking) -> Q:
    found = Q(Exists(_last_message().filter(is_automatic=True)))
    return found if leaf.value else ~found


def _last_message() -> QuerySet[Message]:
    return Message.objects.filter(pk=OuterRef("last_message_id"))


_SPECIAL: dict[str, Callable[[Leaf, _Asking], Q]] = {
    "tags": _tags,
    "follower": _follower,
    "is_reopened": _reopened,
    "last_message.text": _last_text,
    "last_message.is_automatic": _last_automatic,
}
