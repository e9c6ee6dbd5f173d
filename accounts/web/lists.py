"""Long lists by keyset: a page goes on after the last row shown, whatever was added meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from django.core import signing
from django.db.models import Model, Q
from django.http import QueryDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SALT = "lists"


class Page(NamedTuple, Generic[Row]):
    """Some rows, and the query of the address that shows the following ones ("" at the end)."""

    rows: list[Row]
    more: str


def page_of(
    rows: QuerySet[Row], request: HttpRequest, *, order: Sequence[str] = ("-pk",), size: int = 50
) -> Page[Row]:
    """Return the page that the address asks for. A cursor that is not ours starts from the top."""
    found = list(rows.filter(_after(request.GET.get("after", ""), order)).order_by(*order)[: size + 1])
    if len(found) <= size:
        return Page(found, "")
    kept = found[:size]
    query = QueryDict(request.GET.urlencode(), mutable=True)
    query["after"] = signing.dumps([getattr(kept[-1], name.lstrip("-")) for name in order], salt=SALT)
    return Page(kept, f"?{query.urlencode()}")


def _after(cursor: str, order: Sequence[str]) -> Q:
    try:
        values = signing.loads(cursor, salt=SALT) if cursor else []
    except signing.BadSignature:
        values = []
    if len(values) != len(order):
        return Q()
    condition, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        condition |= same & Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": value})
        same &= Q(**{field: value})
    return condition
