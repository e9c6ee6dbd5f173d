"""Read a tree of conditions: every mistake is named with its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError
from tickets.conditions import vocabulary as words
from tickets.models import Priority

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tickets.conditions.vocabulary import Field

MAX_DEPTH, MAX_LEAVES, MAX_VALUES, MAX_TEXT = 6, 60, 200, 500
LEVELS = {priority.slug: priority.value for priority in Priority}


@dataclass(frozen=True)
class Leaf:
    """One question. `value` has the type that the field's kind asks for."""

    field: Field
    op: str
    value: object


@dataclass(frozen=True)
class Group:
    """Several questions: `how` is all, any or not (of one)."""

    how: str
    nodes: tuple[Node, ...]


Node = Leaf | Group
EVERYTHING = Group("all", ())


def validate(tree: object, *, with_changes: bool = False, with_me: bool = True) -> None:
    """Raise DomainError, naming the place, unless the tree can be understood.

    `with_changes` allows "has_changed", for rules that run on a fact. Without `with_me` nobody reads the
    answer, so that "me" is nobody.
    """
    parse(tree, with_changes=with_changes)
    if not with_me and _asks_for_me(tree):
        sentence = _("“Me” has a meaning in views only: nobody looks at a rule. Choose a person.")
        raise DomainError(sentence, code="bad_condition", field="conditions")


def renamed(tree: object, *, field: str, before: str, after: str) -> object:
    """Return the tree with another value wherever a field is asked for the one before, spelling aside."""
    if isinstance(tree, list):
        return [renamed(each, field=field, before=before, after=after) for each in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.get("field") != field:
        return {key: renamed(each, field=field, before=before, after=after) for key, each in tree.items()}
    value = tree.get("value")
    many = value if isinstance(value, list) else [value]
    changed = [after if isinstance(each, str) and each.lower() == before.lower() else each for each in many]
    if changed == many:
        return tree
    return {**tree, "value": list(dict.fromkeys(changed)) if isinstance(value, list) else changed[0]}


def _asks_for_me(tree: object) -> bool:
    return any(
        leaf.field.kind == words.PERSON
        and words.ME in (leaf.value if isinstance(leaf.value, tuple) else (leaf.value,))
        for leaf in _leaves(parse(tree))
    )


def _leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for each in node.nodes:
            yield from _leaves(each)


def parse(tree: object, *, with_changes: bool = True) -> Node:
    """Return the tree with checked fields and typed values. Raises DomainError."""
    if tree in ({}, None):
        return EVERYTHING
    return _Reader(with_changes=with_changes).node(tree, "conditions", 1)


def fields_used(tree: object) -> frozenset[str]:
    """Return the names of the fields that a tree speaks of; of a broken tree, none."""
    try:
        return frozenset(_names(parse(tree)))
    except DomainError:
        return frozenset()


def depends_on_time(tree: object) -> bool:
    """Whether a tree asks for moments: its condition then changes as time goes. So may a broken one."""
    try:
        return _has_moments(parse(tree))
    except DomainError:
        return True


def _has_moments(node: Node) -> bool:
    if isinstance(node, Leaf):
        return isinstance(node.value, (timedelta, date))  # a datetime is a date
    return any(_has_moments(each) for each in node.nodes)


def _names(node: Node) -> set[str]:
    if isinstance(node, Leaf):
        return {node.field.name}
    return set().union(*(_names(each) for each in node.nodes))


def _wrong(place: str, sentence: str) -> DomainError:
    text = _("%(problem)s (at %(place)s)") % {"problem": sentence, "place": place}
    return DomainError(text, code="bad_condition", field=place)


class _Reader:
    """Reads one tree, counting its leaves."""

    def __init__(self, *, with_changes: bool) -> None:
        self.with_changes = with_changes
        self.leaves = 0

    def node(self, tree: object, place: str, depth: int) -> Node:
        if not isinstance(tree, dict):
            raise _wrong(place, _("A condition is an object with “field” or with “all”, “any” or “not”."))
        if depth > MAX_DEPTH:
            raise _wrong(place, _("These conditions are nested too deep. Take a level out."))
        if "field" in tree:
            return self._leaf(tree, place)
        if len(tree) != 1 or next(iter(tree)) not in {"all", "any", "not"}:
            raise _wrong(place, _("A group has exactly one of “all”, “any” and “not”."))
        how, inner = next(iter(tree.items()))
        if how == "not":
            return Group("not", (self.node(inner, f"{place}.not", depth + 1),))
        if not isinstance(inner, list):
            raise _wrong(f"{place}.{how}", _("A group holds a list of conditions."))
        nodes = [self.node(each, f"{place}.{how}.{n}", depth + 1) for n, each in enumerate(inner, 1)]
        return Group(how, tuple(nodes))

    def _leaf(self, tree: Mapping[str, object], place: str) -> Leaf:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise _wrong(place, _("There are too many conditions. Take some out."))
        if extra := set(tree) - {"field", "op", "value"}:
            raise _wrong(
                place, _("“%(key)s” is not known here.") % {"key": str(sorted(map(str, extra))[0])[:60]}
            )
        field = words.find(tree["field"])
        if field is None:
            raise _wrong(place, _("There is no field “%(name)s”.") % {"name": str(tree["field"])[:60]})
        op = tree.get("op", "is")
        if op == "has_changed" and self.with_changes:
            return Leaf(field, "has_changed", None)
        if not isinstance(op, str) or op not in field.operators:
            raise _wrong(
                place,
                _("“%(field)s” cannot be asked with “%(operator)s”.")
                % {"field": field.label, "operator": str(op)[:60]},
            )
        return Leaf(field, op, _value(field, op, tree.get("value"), place))


def _value(field: Field, op: str, value: object, place: str) -> object:
    if op in {"is_set", "is_empty"}:
        return None
    if op in {"within", "older_than"}:
        return _span(value, place)
    if op in {"in", "not_in"}:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_VALUES:
            raise _wrong(place, _("Choose at least one value."))
        return tuple(_one(field, op, each, place) for each in value)
    return _one(field, op, value, place)


def _one(field: Field, op: str, value: object, place: str) -> object:
    if op in {"contains", "not_contains", "starts_with"}:
        return _text(value, place, needed=True)
    kind = field.kind
    if kind == words.LEVEL:
        return _level(value, place)
    if kind == words.FLAG:
        if not isinstance(value, bool):
            raise _wrong(place, _("Answer with yes or no."))
        return value
    if kind in {words.PERSON, words.REFERENCE}:
        return _reference(field, value, place)
    if kind == words.TIME:
        return _time(value, place)
    if kind == words.ANSWER:
        return _answer(op, value, place)
    return _text(value, place)


def _text(value: object, place: str, *, needed: bool = False) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\x00" in value or (needed and not value):
        raise _wrong(place, _("Write a text here, of at most %(limit)s letters.") % {"limit": MAX_TEXT})
    return value


def _level(value: object, place: str) -> int:
    if not isinstance(value, str) or value not in LEVELS:
        raise _wrong(place, _("Choose low, normal, high or urgent."))
    return LEVELS[value]


def _reference(field: Field, value: object, place: str) -> object:
    if value == words.ME and field.kind == words.PERSON:
        return words.ME
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        value = int(value[:20])
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise _wrong(place, _("Choose one of the list."))
    return value


def _time(value: object, place: str) -> datetime:
    try:
        found = parse_datetime(value) or parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise _wrong(place, _("Write a day as 2026-03-31, or a time as 2026-03-31T09:00:00Z."))
    if not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day)  # noqa: DTZ001  # made aware below
    try:
        return found if timezone.is_aware(found) else timezone.make_aware(found)
    except OverflowError as error:
        raise _wrong(place, _("This day is out of range.")) from error


def _span(value: object, place: str) -> timedelta:
    sentence = _("Write a number of hours or days, such as {“hours”: 4}.")
    if not isinstance(value, dict) or len(value) != 1:
        raise _wrong(place, sentence)
    unit, number = next(iter(value.items()))
    good = isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 100_000
    if unit not in {"minutes", "hours", "days"} or not good:
        raise _wrong(place, sentence)
    return timedelta(**{unit: number})


def _answer(op: str, value: object, place: str) -> object:
    if op in {"before", "after"}:
        found = parse_date(value) if isinstance(value, str) and len(value) == 10 else None
        if not isinstance(found, date):
            raise _wrong(place, _("Write a day as 2026-03-31."))
        return found.isoformat()
    if op in {"greater", "less"}:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
            raise _wrong(place, _("Write a number here."))
        return value
    if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) <= 1e15):
        return value
    return _text(value, place)
