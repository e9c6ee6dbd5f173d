"""Single rows by statements that are composed once: for the few places where every mail passes.

The ORM composes its SQL anew for each call, which costs more than the database's own work (measured:
0.5 ms for an insert of forty columns, of which 0.1 ms is PostgreSQL). Here the statement is kept per model;
fields, their preparation and their conversion are the model's own. No signals, no related objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

M = TypeVar("M", bound=models.Model)


def insert(*rows: models.Model) -> None:
    """Insert rows of one model in one statement and set their keys."""
    if rows:
        _insert(rows, "")


def insert_once(row: models.Model) -> bool:
    """Insert a row unless a unique constraint stands in its way; waits for who is just inserting the same."""
    return _insert((row,), " ON CONFLICT DO NOTHING")


def _insert(rows: tuple[models.Model, ...], conflict: str) -> bool:
    connection = connections[DEFAULT_DB_ALIAS]  # not the proxy: that asks the thread at each attribute
    fields, head, one = _insertion(type(rows[0]), connection.vendor)
    prepared = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{head} {', '.join([one] * len(rows))}{conflict} RETURNING id", prepared)
        keys = sorted(key for (key,) in cursor.fetchall())
    if not keys:
        return False
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return True


def update(row: models.Model, *names: str, unless: tuple[str, object] | None = None) -> bool:
    """Write the named fields of one row, unless a column has this value there. Returns whether it did."""
    connection = connections[DEFAULT_DB_ALIAS]
    fields, sql = _updating(type(row), names, connection.vendor)
    prepared = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    prepared.append(row.pk)
    if unless is not None:
        kept: Any = row._meta.get_field(unless[0])
        sql = f"{sql} AND {_quoted([kept.column])[0]} <> %s"
        prepared.append(unless[1])
    with connection.cursor() as cursor:
        cursor.execute(sql, prepared)
        return bool(cursor.rowcount)


def first(model: type[M], *, locked: bool = False, **exact: object) -> M | None:
    """Return one row by the exact values of columns, locked until the transaction ends if asked."""
    connection = connections[DEFAULT_DB_ALIAS]
    names, conversions, sql, filters = _selection(model, tuple(exact), locked, connection.vendor)
    prepared = [
        field.get_db_prep_value(value, connection)
        for field, value in zip(filters, exact.values(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, prepared)
        found = cursor.fetchone()
    if found is None:
        return None
    values = list(found)
    for position, convert in conversions:
        values[position] = convert(values[position])
    return model.from_db(connection.alias, names, values)


def _quoted(names: Iterable[str]) -> list[str]:
    return [connections[DEFAULT_DB_ALIAS].ops.quote_name(name) for name in names]


@cache
def _insertion(model: type[models.Model], vendor: str) -> tuple[list[Any], str, str]:
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(_quoted(field.column for field in fields))
    head = f"INSERT INTO {_quoted([model._meta.db_table])[0]} ({columns}) VALUES"  # own names
    return fields, head, f"({', '.join(['%s'] * len(fields))})"


@cache
def _updating(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[list[Any], str]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f"{column} = %s" for column in _quoted(field.column for field in fields))
    table = _quoted([model._meta.db_table])[0]
    return fields, f"UPDATE {table} SET {columns} WHERE id = %s"  # noqa: S608  # our own names


@cache
def _selection(
    model: type[models.Model],
    exact: tuple[str, ...],
    locked: bool,  # noqa: FBT001  # a cache key
    vendor: str,
) -> tuple[list[str], list[tuple[int, Callable[[Any], Any]]], str, list[Any]]:
    fields: list[Any] = list(model._meta.concrete_fields)
    filters: list[Any] = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in exact]
    where = " AND ".join(f"{column} = %s" for column in _quoted(field.column for field in filters))
    columns = ", ".join(_quoted(field.column for field in fields))
    table = _quoted([model._meta.db_table])[0]
    sql = f"SELECT {columns} FROM {table} WHERE {where} ORDER BY id LIMIT 1"  # noqa: S608  # our own names
    if locked and connections[DEFAULT_DB_ALIAS].features.has_select_for_update:
        # without KEY, or inserting a row that names this one would wait, and a reply and a mail cross
        sql += " FOR NO KEY UPDATE" if vendor == "postgresql" else " FOR UPDATE"
    conversions = [
        (position, convert)
        for position, field in enumerate(fields)
        if (convert := _conversion(field)) is not None
    ]
    return [field.attname for field in fields], conversions, sql, filters


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
