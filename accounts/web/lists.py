"""Long lists of the settings, in pages by keyset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from django.db.models import Model
from django.http import QueryDict

from helpdesk import paging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)


class Page(NamedTuple, Generic[Row]):
    """Some rows, and the query of the address that shows the following ones ("" at the end)."""

    rows: list[Row]
    more: str


def page_of(
    rows: QuerySet[Row], request: HttpRequest, *, order: Sequence[str] = ("-pk",), size: int = 50
) -> Page[Row]:
    """Return the page that the address asks for. Raises DomainError for a cursor that is not ours."""
    kind, cursor = request.path, request.GET.get("after", "")
    if cursor:
        rows = rows.filter(paging.after(order, paging.decode(kind, cursor, order)))
    found = list(rows.order_by(*order)[: size + 1])
    if len(found) <= size:
        return Page(found, "")
    kept = found[:size]
    query = QueryDict(request.GET.urlencode(), mutable=True)
    query["after"] = paging.encode(kind, [getattr(kept[-1], name.lstrip("-")) for name in order])
    return Page(kept, f"?{query.urlencode()}")
