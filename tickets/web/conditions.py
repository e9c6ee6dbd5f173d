"""Conditions as a form: rows of field, operator and value, in groups. Works without scripts, row by row.

Names in the form: `g-ID-how` for a group ("" is the outermost), `c-ID-group`, `c-ID-field`, `c-ID-op`,
`c-ID-value` for a row. What the page cannot draw (deeper trees, made by programs) it keeps as it is.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tickets import conditions as language
from tickets.conditions.builder import FieldChoice
from tickets.conditions.vocabulary import ANSWER, FLAG, TIME

if TYPE_CHECKING:
    from django.http import QueryDict

HOWS = ("all", "any", "none")
_NAME = re.compile(r"c-(\w{1,12})-field\Z")
_UNITS = ("minutes", "hours", "days")
_NO_VALUE = frozenset({"is_set", "is_empty"})
Tree = dict[str, Any]


@dataclass
class Row:
    """One condition as the page shows it."""

    uid: str
    group: str = ""
    name: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    unit: str = "days"
    choice: FieldChoice | None = None

    @property
    def control(self) -> str:
        """Which control asks the value: none, choices, many, flag, span, time, number or text."""
        if self.choice is None or self.op in _NO_VALUE:
            return "none"
        if self.op in ("within", "older_than"):
            return "span"
        if self.choice.kind == FLAG or self.choice.input == "checkbox":
            return "flag"
        if self.choice.choices and self.op not in ("contains", "not_contains", "starts_with"):
            return "many" if self.op in ("in", "not_in") else "choices"
        if self.choice.kind == TIME or self.choice.input == "date":
            return "date"
        return "number" if self.choice.input == "number" else "text"

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def is_list(self) -> bool:
        """Several words without a list to choose from: separated by commas."""
        return self.control == "text" and self.op in ("in", "not_in")


@dataclass
class Group:
    """Rows that hold together: all of them, any, or none."""

    uid: str
    how: str = "all"
    rows: list[Row] = field(default_factory=list)


def new_uid() -> str:
    return uuid.uuid4().hex[:8]


def choices(*, with_me: bool = True) -> dict[str, FieldChoice]:
    return {each.name: each for each in language.fields(with_me=with_me)}


def completed(row: Row, known: dict[str, FieldChoice]) -> Row:
    """Give a row its field and an operator that the field has."""
    row.choice = known.get(row.name)
    operators = [str(each.value) for each in row.choice.operators] if row.choice else []
    if row.op not in operators:
        row.op = operators[0] if operators else ""
    return row


def groups_of(tree: Tree, known: dict[str, FieldChoice]) -> list[Group] | None:
    """Return a tree as groups of rows, the outermost first; None when it is nested deeper than that."""
    if not tree:
        return [Group("", "all", [completed(Row(new_uid()), known)])]
    outer = _split(tree)
    if outer is None:
        return None
    groups = [Group("", outer[0])]
    for node in outer[1]:
        if "field" in node:
            groups[0].rows.append(completed(_row(node, ""), known))
            continue
        inner = _split(node)
        if inner is None or any("field" not in each for each in inner[1]):
            return None
        group = Group(new_uid(), inner[0])
        group.rows = [completed(_row(each, group.uid), known) for each in inner[1]]
        groups.append(group)
    return groups


def _split(node: Tree) -> tuple[str, list[Tree]] | None:
    if "field" in node:
        return "all", [node]
    how, inner = next(iter(node.items()))
    if how != "not":
        return how, inner
    nested = _split(inner) if "any" in inner or "field" in inner else None
    return ("none", nested[1]) if nested else None


def _row(leaf: Tree, group: str) -> Row:
    value = leaf.get("value")
    row = Row(new_uid(), group, leaf["field"], leaf.get("op", "is"))
    if isinstance(value, dict):
        row.unit, value = next(iter(value.items()))
    listed = value if isinstance(value, list) else [] if value is None else [value]
    row.values = [_shown(each) for each in listed]
    return row


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def read(given: QueryDict, known: dict[str, FieldChoice]) -> list[Group]:
    """Return the groups and rows of a posted form, in its order."""
    groups = {"": Group("", _how(given.get("g--how")))}
    for name in given:
        if name.startswith("g-") and name.endswith("-how") and (uid := name[2:-4]):
            groups[uid] = Group(uid, _how(given.get(name)))
    for name in given:
        if found := _NAME.match(name):
            row = completed(_posted(given, found[1]), known)
            groups.get(row.group, groups[""]).rows.append(row)
    return list(groups.values())


def _how(text: str | None) -> str:
    return text if text in HOWS else "all"


def _posted(given: QueryDict, uid: str) -> Row:
    return Row(
        uid,
        given.get(f"c-{uid}-group", ""),
        given.get(f"c-{uid}-field", ""),
        given.get(f"c-{uid}-op", ""),
        given.getlist(f"c-{uid}-value"),
        given.get(f"c-{uid}-unit", "days"),
    )


def tree_of(groups: list[Group]) -> Tree:
    """Return groups as a tree of the language; empty rows and groups do not count."""
    nodes: list[Tree] = []
    for group in groups:
        leaves = [_leaf(row) for row in group.rows if row.choice is not None]
        if group.uid and leaves:
            nodes.append(_joined(group.how, leaves))
        elif leaves:
            nodes[:0] = leaves
    if not nodes:
        return {}
    return _joined(groups[0].how, nodes)


def _joined(how: str, nodes: list[Tree]) -> Tree:
    return {"not": {"any": nodes}} if how == "none" else {how: nodes}


def _leaf(row: Row) -> Tree:
    leaf: Tree = {"field": row.name, "op": row.op}
    if row.op in _NO_VALUE:
        return leaf
    values = row.values
    if row.is_list:
        values = [each.strip() for each in row.value.split(",") if each.strip()]
    if row.op in ("in", "not_in"):
        return leaf | {"value": [_typed(row, each) for each in values]}
    if row.control == "span":
        unit = row.unit if row.unit in _UNITS else "days"
        return leaf | {"value": {unit: _number(row.value)}}
    return leaf | {"value": _typed(row, row.value)}


def _typed(row: Row, text: str) -> object:
    if row.control == "flag":
        return text == "yes"
    if row.choice and row.choice.kind == ANSWER and row.choice.input == "number":
        return _number(text)
    return int(text) if _is_reference(row, text) else text


def _is_reference(row: Row, text: str) -> bool:
    numeric = [each.value for each in row.choice.choices] if row.choice else []
    return text.isdecimal() and any(str(each) == text and isinstance(each, int) for each in numeric)


def _number(text: str) -> float | str:
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(found) if found.is_integer() else found


def kept(tree: Tree) -> str:
    """A tree that the page cannot draw, as text for a hidden field."""
    return json.dumps(tree)


def restored(text: str) -> Tree:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
