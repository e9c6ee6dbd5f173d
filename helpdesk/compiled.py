"""Queries whose SQL is written once: for the few pages that agents open all day.

The ORM writes its SQL anew for each call, and PostgreSQL plans it anew: for a ticket with all that its page
shows, 12 ms and 5 ms, where finding the rows takes 0.4 ms. A function under `compiled` returns a queryset as
ever; it runs once for each shape of statement, with marks in the place of values, and later calls put their
values there.

Values are given by position: numbers, lists of numbers, moments, and people who ask. What is given by name is
part of the statement, as are the length of a list and what decides what a person may see. So a number that
slices is given by name, and a moment must be an argument: else writing the statement is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar

from django.core.exceptions import EmptyResultSet, ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.query import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from helpdesk import prepared

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

P = ParamSpec("P")
R = TypeVar("R")

KEPT = 256  # statements of one query: shapes are teams of a person, lengths of lists, filters
_NUMBER = 6_917_529_027_641_081_856  # marks count up from here: no key comes near
_MOMENT = datetime(1, 1, 2, tzinfo=UTC)


class Sight(Protocol):
    """The `sight` of a person who asks: whatever decides what they may see, but not who they are.

    `of` returns a stand-in with the same sight, for whom the statement is written.
    """

    def __hash__(self) -> int: ...

    def of(self, pk: int) -> object: ...


def compiled(*, is_planned_once: bool = False) -> Callable[[Callable[P, QuerySet[Any, R]]], Compiled[P, R]]:
    """Write the SQL of the queryset that this function returns once for each shape.

    `is_planned_once` lets PostgreSQL keep the plan as well: for rows that are found by their keys, where one
    plan fits all values. Behind a pooler that shares connections between transactions this is switched off
    by DATABASE_PREPARED.
    """
    return lambda build: Compiled(build, is_planned_once=is_planned_once)


class Compiled(Generic[P, R]):
    """A query that is called with its values and returns its rows."""

    def __init__(self, build: Callable[P, QuerySet[Any, R]], *, is_planned_once: bool) -> None:
        functools.update_wrapper(self, build)
        self._build: Callable[..., QuerySet[Any, R]] = build
        self._is_planned_once = is_planned_once
        self._statement = functools.lru_cache(KEPT)(self._write)

    def __call__(self, *given: P.args, **named: P.kwargs) -> list[R]:
        """Return the rows, as the queryset itself would."""
        values: list[Any] = []
        shape = tuple([_shape_of(each, values) for each in given])
        statement = self._statement(connections[DEFAULT_DB_ALIAS].vendor, shape, **named)  # type: ignore[arg-type]
        return statement.rows(values)

    def first(self, *given: P.args, **named: P.kwargs) -> R | None:
        """Return the first of the rows, or nothing."""
        found = self(*given, **named)
        return found[0] if found else None

    def _write(self, _vendor: str, shape: tuple[Hashable, ...], **named: Hashable) -> _Statement[R]:
        marks = _Marks()
        queryset: QuerySet[Any, R] = self._build(*[marks.stand_in(each) for each in shape], **named)
        return _Statement(queryset, marks, is_planned_once=self._is_planned_once)


class _Numbers(tuple[int]):
    """The shape of a list of numbers: how many there are."""

    __slots__ = ()


class _Person(tuple["Sight"]):
    """The shape of a person."""

    __slots__ = ()


def _shape_of(given: object, values: list[Any]) -> Hashable:
    """Put what was given with the values, and return what it leaves in the statement."""
    kind = type(given)
    if kind is int or kind is datetime:
        values.append(given)
        return kind
    if kind is list:
        numbers: list[int] = given  # type: ignore[assignment]
        values.extend(numbers)
        return _Numbers((len(numbers),))
    sight: Sight | None = getattr(given, "sight", None)
    if sight is None:
        raise TypeError(f"Give a {kind.__name__} by name: it is part of the statement.")
    values.append(given.pk)  # type: ignore[attr-defined]
    return _Person((sight,))


class _Marks:
    """What stands for the values while a statement is written."""

    def __init__(self) -> None:
        self.count = 0
        self._people: set[int] = set()  # who asks may matter by their sight alone

    def stand_in(self, shape: Hashable) -> object:
        if shape is int:
            return self._number()
        if shape is datetime:
            self.count += 1
            return _MOMENT + timedelta(seconds=self.count - 1)
        if isinstance(shape, _Numbers):
            return [self._number() for _each in range(shape[0])]
        if not isinstance(shape, _Person):
            raise AssertionError(shape)
        self._people.add(self.count)
        return shape[0].of(self._number())

    def _number(self) -> int:
        self.count += 1
        return _NUMBER + self.count - 1

    def places(self, params: Sequence[Any], connection: BaseDatabaseWrapper) -> list[_Place | None]:
        """For each parameter of the statement the value that goes there, or nothing when it stays."""
        moments: dict[Any, int] = {
            connection.ops.adapt_datetimefield_value(_MOMENT + timedelta(seconds=number)): number
            for number in range(self.count)
        }
        places: list[_Place | None] = []
        for param in params:
            if isinstance(param, int) and _NUMBER <= param < _NUMBER + self.count:
                places.append(_Place(param - _NUMBER, type(param)))
            elif isinstance(param, (datetime, str)) and param in moments:
                places.append(_Place(moments[param], connection.ops.adapt_datetimefield_value))
            elif isinstance(param, datetime):
                raise ImproperlyConfigured("A moment in a compiled query must be one of its arguments.")
            else:
                places.append(None)
        placed = {place.value for place in places if place}
        if placed | self._people != set(range(self.count)):
            raise ImproperlyConfigured("Each value of a compiled query must be a parameter of its SQL.")
        return places


class _Place:
    """Where a value goes, and what makes a parameter of it."""

    __slots__ = ("adapt", "value")

    def __init__(self, value: int, adapt: Callable[[Any], Any]) -> None:
        self.value, self.adapt = value, adapt


class _Statement(Generic[R]):
    """SQL with places, and how its rows are made."""

    def __init__(self, queryset: QuerySet[Any, R], marks: _Marks, *, is_planned_once: bool) -> None:
        connection: Any = connections[DEFAULT_DB_ALIAS]
        self._queryset = queryset
        self._is_planned_once = is_planned_once and connection.vendor == "postgresql"
        self._compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        try:
            self._sql, self._params = self._compiler.as_sql()
        except EmptyResultSet:  # nothing can be found, and nothing is asked
            self._sql, self._params = "", ()
            return
        self._places = marks.places(self._params, connection)
        if self._is_planned_once:
            self._write_constants(connection)

    def _write_constants(self, connection: Any) -> None:
        """Leave only values open: whether a partial index fits is seen from what stands in the SQL."""
        session = prepared.session_of(connection)
        params = iter(zip(self._params, self._places, strict=True))

        def written(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%"
            param, place = next(params)
            return "%s" if place else session.transformer.as_literal(param).decode()

        sql = re.sub("%%|%s", written, self._sql)
        kept = [pair for pair in zip(self._params, self._places, strict=True) if pair[1]]
        if sql.count("%s") != len(kept):  # words that look like a place
            self._is_planned_once = False
            return
        self._sql = sql
        self._params, self._places = [param for param, _place in kept], [place for _param, place in kept]

    def rows(self, values: list[Any]) -> list[R]:
        if not self._sql:
            return []
        params = [
            param if place is None else place.adapt(values[place.value])
            for param, place in zip(self._params, self._places, strict=True)
        ]
        return list(self._filled(params))

    def _filled(self, params: list[Any]) -> QuerySet[Any, R]:
        """The queryset again, over a statement that has its values."""
        compiler = _Written.__new__(_Written)
        compiler.__dict__.update(self._compiler.__dict__)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.sql, compiler.params = self._sql, params
        compiler.is_planned_once = self._is_planned_once
        known: Any = self._queryset
        query = _Asked(known.query, compiler)
        again: Any = known.__class__(model=known.model, query=query, using=DEFAULT_DB_ALIAS)
        again._prefetch_related_lookups = known._prefetch_related_lookups
        again._iterable_class, again._fields = known._iterable_class, known._fields
        return again  # type: ignore[no-any-return]


class _Asked:
    """The query of a queryset, read only, whose compiler is ready."""

    def __init__(self, query: Any, compiler: _Written) -> None:
        self._query, self._compiler = query, compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)

    def get_compiler(self, *_using: object, **_named: object) -> _Written:
        return self._compiler


class _Written(SQLCompiler):
    """A compiler that has nothing left to compile."""

    sql: str
    params: list[Any]
    is_planned_once: bool

    def execute_sql(self, *_type: object, **_chunks: object) -> Iterator[Any]:  # type: ignore[override]
        with self.connection.cursor() as cursor:
            if self.is_planned_once:
                is_kept = not self.connection.queries_logged  # there it is to be read
                sql = prepared.rendered(self.connection, self.sql, self.params, is_kept=is_kept)
                prepared.send(self.connection, cursor, [sql])
            else:
                cursor.execute(self.sql, self.params)
            return iter([cursor.fetchall()])
