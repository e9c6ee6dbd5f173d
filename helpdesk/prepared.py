"""Statements that a session of PostgreSQL keeps with their plans: planning many joins outlasts running them.

`rendered` writes a statement with its values as text, as an EXECUTE of one that was prepared when this
session first needed it; `send` sends several in one message. The driver's own preparing does neither: it
binds each statement alone, and after a rollback forgets all that the session has.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import NotSupportedError, ProgrammingError
from psycopg.adapt import Transformer

MOST_PREPARED = 200  # statements that a session keeps; then the one not used for longest goes
MOST_VALUES = 80  # of a statement that is kept: how many rows come together varies, the columns do not
_TABLE = re.compile(r'(?:FROM|INTO|UPDATE) "?([a-z_]+)')


def rendered(connection: Any, sql: str, values: Sequence[Any], *, is_kept: bool = True) -> str:
    """Return the statement with its values in it, prepared if this session may need it again (`is_kept`).

    `%s` in it are places of values, whatever stands around them. Raises DataError for what no column can
    hold, as executing the statement would.
    """
    session = session_of(connection)
    literals = [_literal(connection, session, value) for value in values]
    name = is_kept and (session.name_of(sql) or _prepare(connection, session, sql, len(values)))
    if name:
        return f"EXECUTE {name}({', '.join(literals)})" if literals else f"EXECUTE {name}"
    parts = sql.split("%s")
    return parts[0] + "".join(value + part for value, part in zip(literals, parts[1:], strict=True))


def send(connection: Any, cursor: Any, statements: Sequence[str]) -> None:
    """Send statements in one message."""
    try:
        cursor.execute("; ".join(statements))
    except (ProgrammingError, NotSupportedError):  # a table changed under a prepared statement
        session_of(connection).names.clear()
        raise


class Session:
    """What belongs to one session of PostgreSQL: how values are written, and what was prepared in it."""

    def __init__(self, raw: Any) -> None:
        self.transformer = Transformer.from_context(raw)
        self.names: OrderedDict[str, str] = OrderedDict()  # SQL: name, the one used last at the end
        self.prepared = 0

    def name_of(self, sql: str) -> str:
        """Return the name of a statement that was prepared, else ""."""
        name = self.names.get(sql, "")
        if name:
            self.names.move_to_end(sql)
        return name


def session_of(connection: Any) -> Session:
    """Return the session of a Django connection, which is opened if need be."""
    if connection.connection is None:
        connection.ensure_connection()
    session: Session | None = getattr(connection.connection, "kept_session", None)
    if session is None:
        session = connection.connection.kept_session = Session(connection.connection)
    return session


def _prepare(connection: Any, session: Session, sql: str, values: int) -> str:
    """Prepare a statement and return its name; "" where none are prepared.

    Not behind a pooler that gives each transaction another session: DATABASE_PREPARED says so.
    """
    if not settings.DATABASE_PREPARED or values > MOST_VALUES:
        return ""
    session.prepared += 1
    table = _TABLE.search(sql)  # the name tells who looks at what runs, and what waits
    name, parts = f"{table[1][:40] if table else 'keys'}_{session.prepared}", sql.split("%s")
    numbered = parts[0] + "".join(f"${place}{part}" for place, part in enumerate(parts[1:], 1))
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        if (
            len(session.names) >= MOST_PREPARED
        ):  # never one of those that wait to be sent: they were used last
            cursor.execute(f"DEALLOCATE {session.names.popitem(last=False)[1]}")
        cursor.execute(f"PREPARE {name} AS {numbered}")
    session.names[sql] = name
    return name


def _literal(connection: Any, session: Session, value: Any) -> str:
    """The value as psycopg writes it; the commonest ones without asking it."""
    if value is None:
        return "NULL"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        text = str.__str__(value)
        if "'" not in text and "\\" not in text and "\x00" not in text:
            return f"'{text}'"
    kind = type(value)
    if kind is int and value >= 0:
        return str(value)
    if kind is datetime and value.tzinfo is not None:
        return f"'{value}'::timestamptz"
    with connection.wrap_database_errors:
        return str(session.transformer.as_literal(value).decode())
