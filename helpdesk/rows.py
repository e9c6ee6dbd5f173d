"""Rows by statements that are composed once and travel together: for the few places where every mail passes.

The ORM composes its SQL anew for each call, and each statement waits for its answer; both cost more than
the database's own work (measured: 0.5 ms for an insert of forty columns, of which 0.1 ms is PostgreSQL).
Here the statement is kept per model, and on PostgreSQL many go in one message, each prepared once per
session: to plan the joins of intake takes longer than to run them. Fields, their preparation
and their conversion are the model's own. No signals, no related objects. Elsewhere (SQLite) the same calls
run one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

from helpdesk import prepared

FEW_KEYS = 2

M = TypeVar("M", bound=models.Model)
A = TypeVar("A")
Numbers = Mapping[type[models.Model], int]


class Question(Generic[A]):
    """A statement that returns rows; `answer` is what it made of them, once it was asked."""

    answer: A

    def __init__(self, sql: str, values: Sequence[Any], read: Callable[[list[tuple[Any, ...]]], A]) -> None:
        self.sql, self.values, self.read = sql, values, read


def ask(*questions: Question[Any]) -> None:
    """Ask several things at once, in this order; each statement sees what was committed when it begins."""
    connection = connections[DEFAULT_DB_ALIAS]
    wanted = [question for question in questions if question.sql]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statements = [prepared.rendered(connection, each.sql, each.values) for each in wanted]
            before = _taken(connection)
            prepared.send(connection, cursor, [*before, *statements])
            for _ in before:
                cursor.nextset()
            for place, question in enumerate(wanted):
                if place:
                    cursor.nextset()
                question.answer = question.read(cursor.fetchall())
            return
        for question in wanted:
            cursor.execute(question.sql, question.values)
            question.answer = question.read(cursor.fetchall())


def one(model: type[M], *, locked: bool = False, **exact: object) -> Question[M | None]:
    """Ask for one row by the exact values of columns, locked until the transaction ends if wanted."""
    connection = connections[DEFAULT_DB_ALIAS]
    selection = _selection(model, tuple(exact), locked, connection.vendor)
    values = selection.prepared(exact.values())
    return Question(selection.sql, values, lambda found: selection.read(found[0]) if found else None)


def several(model: type[M], ids: Iterable[int], *, at_most: tuple[str, int]) -> list[M]:
    """Return the rows with these keys of which one column is not larger than this."""
    connection = connections[DEFAULT_DB_ALIAS]
    selection = _selection(model, (), is_locked=False, vendor=connection.vendor)
    condition, values = any_of("id", list(ids))
    column = _quoted([at_most[0]])[0]
    sql = f"{selection.head} WHERE {condition} AND {column} <= %s ORDER BY id"
    question = Question(sql, [*values, at_most[1]], lambda found: [selection.read(row) for row in found])
    ask(question)
    return question.answer


def any_of(column: str, values: list[Any]) -> tuple[str, list[Any]]:
    """Return a condition that the column has one of the values: on PostgreSQL the same however many."""
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        return f"{column} = ANY(%s)", [values]
    return f"{column} IN ({', '.join(['%s'] * len(values))})", values


def first(model: type[M], *, locked: bool = False, **exact: object) -> M | None:
    """Return one row by the exact values of columns, locked until the transaction ends if asked."""
    question = one(model, locked=locked, **exact)
    ask(question)
    return question.answer


def keys(
    numbers: Numbers, *, unless: tuple[type[models.Model], Mapping[str, object]] | None = None
) -> Question[None]:
    """Ask for the keys of rows that are about to be inserted, to be used by `together`.

    None are drawn where a row of some model with these values is there (`unless`).
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return Question("", [], lambda found: None)
    drawn = _drawn(connection)
    missing = {
        model: more for model, number in numbers.items() if (more := number - len(drawn.get(model, ()))) > 0
    }
    if not missing:
        return Question("", [], lambda found: None)

    def read(found: list[tuple[Any, ...]]) -> None:
        for model, new in zip(missing, found[0] if found else (), strict=False):
            drawn.setdefault(model, []).extend(new)

    sql = f"SELECT {', '.join(_next(model, number) for model, number in missing.items())}"
    if unless is None:
        return Question(sql, [], read)
    other = _selection(unless[0], tuple(unless[1]), is_locked=False, vendor=connection.vendor)
    there = f"SELECT 1 FROM {other.table} WHERE {other.where}"  # noqa: S608  # our own names
    return Question(f"{sql} WHERE NOT EXISTS ({there})", other.prepared(unless[1].values()), read)


def _next(model: type[models.Model], number: int) -> str:
    one = f"nextval('{_sequence(model._meta.db_table)}')"
    if number <= FEW_KEYS:
        return f"ARRAY[{', '.join([one] * number)}]"
    return f"(SELECT array_agg({one}) FROM generate_series(1, {number}))"  # noqa: S608


@cache
def _sequence(table: str) -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        return str(cursor.fetchone()[0])


def next_key(model: type[models.Model]) -> int | None:
    """The key that the next row of this model will get, if one was drawn and the row will be kept."""
    connection = connections[DEFAULT_DB_ALIAS]
    drawn = _drawn(connection).get(model)
    return drawn[0] if drawn and getattr(connection, "kept_statements", None) is not None else None


def forget_keys() -> None:
    """Leave keys that were drawn unused, where new ones must stand behind what others have written since."""
    _drawn(connections[DEFAULT_DB_ALIAS]).clear()


@contextmanager
def together(numbers: Numbers | None = None) -> Iterator[None]:
    """Keep what `insert` and `update` write in this block, and send it at the end in one message.

    New rows whose number is given get their keys before they are written, so that they can name each other;
    others are inserted at once. Any other statement in the block first sends what was kept: reading sees
    what was written. A block inside another leaves the sending to the outer one.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        yield
        return
    if numbers and (question := keys(numbers)).sql:
        ask(question)
    if getattr(connection, "kept_statements", None) is not None:
        yield
        return
    kept: list[str] = []
    connection.kept_statements = kept
    try:
        with connection.execute_wrapper(_send_first):
            yield
        _send(connection, kept)
    finally:
        connection.kept_statements = None
        _drawn(connection).clear()


def _send_first(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
    connection = context["connection"]
    _send(connection, connection.kept_statements)
    return execute(sql, params, many, context)


def _send(connection: Any, kept: list[str]) -> None:
    if kept:
        statements = _taken(connection)
        with connection.cursor() as cursor:
            prepared.send(connection, cursor, statements)


def _taken(connection: Any) -> list[str]:
    """What was kept, now to be sent: no longer there, since sending is a statement too."""
    kept: list[str] = getattr(connection, "kept_statements", None) or []
    taken = list(kept)
    kept.clear()
    return taken


def _drawn(connection: Any) -> dict[type[models.Model], list[int]]:
    """Keys that were drawn and not used yet, per connection; the smallest is the first."""
    if not hasattr(connection, "drawn_keys"):
        connection.drawn_keys = {}
    return connection.drawn_keys  # type: ignore[no-any-return]


def insert(*rows: models.Model) -> None:
    """Insert rows of one model in one statement and set their keys."""
    if rows:
        _insert(rows, "")


def insert_once(row: models.Model) -> bool:
    """Insert a row unless a unique constraint stands in its way; waits for who is just inserting the same."""
    return _insert((row,), " ON CONFLICT DO NOTHING")


def _insert(rows: tuple[models.Model, ...], conflict: str) -> bool:
    connection = connections[DEFAULT_DB_ALIAS]  # not the proxy: that asks the thread at each attribute
    model = type(rows[0])
    kept, drawn = getattr(connection, "kept_statements", None), _drawn(connection).get(model, [])
    is_kept = kept is not None and not conflict and len(drawn) >= len(rows)
    if is_kept:
        _mark(rows, drawn[: len(rows)], connection.alias)
        del drawn[: len(rows)]
    fields, head, one_row = _insertion(model, connection.vendor, is_kept)
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields
    ]
    sql = f"{head} {', '.join([one_row] * len(rows))}{conflict}"
    if kept is not None and is_kept:
        kept.append(prepared.rendered(connection, sql, values))
        return True
    inserted = Question(f"{sql} RETURNING id", values, lambda found: sorted(key for (key,) in found))
    ask(inserted)
    if inserted.answer:
        _mark(rows, inserted.answer, connection.alias)
    return bool(inserted.answer)


def _mark(rows: tuple[models.Model, ...], new: list[int], alias: str) -> None:
    for row, key in zip(rows, new, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, alias


def update(row: models.Model, *names: str, unless: tuple[str, object] | None = None) -> None:
    """Write the named fields of one row, unless a column has this value there."""
    connection = connections[DEFAULT_DB_ALIAS]
    fields, sql = _updating(type(row), names, connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    values.append(row.pk)
    if unless is not None:
        kept_value: Any = row._meta.get_field(unless[0])
        sql = f"{sql} AND {_quoted([kept_value.column])[0]} <> %s"
        values.append(unless[1])
    kept = getattr(connection, "kept_statements", None)
    if kept is not None:
        kept.append(prepared.rendered(connection, sql, values))
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _quoted(names: Iterable[str]) -> list[str]:
    return [connections[DEFAULT_DB_ALIAS].ops.quote_name(name) for name in names]


class _Selection(Generic[M]):
    """How rows of one model are selected by some columns, and made of what comes."""

    def __init__(self, model: type[M], exact: tuple[str, ...], *, is_locked: bool) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        fields: list[Any] = list(model._meta.concrete_fields)
        self.model, self.alias = model, connection.alias
        self.filters: list[Any] = [
            model._meta.pk if name == "pk" else model._meta.get_field(name) for name in exact
        ]
        where = " AND ".join(f"{column} = %s" for column in _quoted(field.column for field in self.filters))
        columns = ", ".join(_quoted(field.column for field in fields))
        table = _quoted([model._meta.db_table])[0]
        self.table, self.where = table, where
        self.head = f"SELECT {columns} FROM {table}"  # noqa: S608  # own names
        self.sql = f"{self.head} WHERE {where} ORDER BY id LIMIT 1"
        if is_locked and connection.features.has_select_for_update:
            # without KEY, or inserting a row that names this one would wait, and a reply and a mail cross
            self.sql += " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else " FOR UPDATE"
        self.names = [field.attname for field in fields]
        self.conversions = [
            (position, convert)
            for position, field in enumerate(fields)
            if (convert := _conversion(field)) is not None
        ]

    def prepared(self, values: Iterable[object]) -> list[Any]:
        """The values to select by, as the driver takes them."""
        connection = connections[DEFAULT_DB_ALIAS]
        return [
            field.get_db_prep_value(value, connection)
            for field, value in zip(self.filters, values, strict=True)
        ]

    def read(self, found: tuple[Any, ...]) -> M:
        values = list(found)
        for position, convert in self.conversions:
            values[position] = convert(values[position])
        return self.model.from_db(self.alias, self.names, values)


@cache
def _selection(
    model: type[M],
    exact: tuple[str, ...],
    is_locked: bool,  # noqa: FBT001  # a cache key
    vendor: str,
) -> _Selection[M]:
    return _Selection(model, exact, is_locked=is_locked)


@cache
def _insertion(
    model: type[models.Model],
    vendor: str,
    has_key: bool,  # noqa: FBT001  # a cache key
) -> tuple[list[Any], str, str]:
    fields: list[Any] = [field for field in model._meta.concrete_fields if has_key or not field.primary_key]
    columns = ", ".join(_quoted(field.column for field in fields))
    head = f"INSERT INTO {_quoted([model._meta.db_table])[0]} ({columns}) VALUES"  # own names
    return fields, head, f"({', '.join(['%s'] * len(fields))})"


@cache
def _updating(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[list[Any], str]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f"{column} = %s" for column in _quoted(field.column for field in fields))
    table = _quoted([model._meta.db_table])[0]
    return fields, f"UPDATE {table} SET {columns} WHERE id = %s"  # noqa: S608  # our own names


def _conversion(field: Any) -> Callable[[Any], Any] | None:
    """What turns the driver's value into the field's, as the ORM would do it."""
    connection = connections[DEFAULT_DB_ALIAS]
    column = field.get_col(field.model._meta.db_table)
    steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    if not steps:
        return None

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, column, connections[DEFAULT_DB_ALIAS])
        return value

    return convert
