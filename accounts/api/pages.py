"""Lists in pages by cursor: stable while rows come in, and the same speed at any depth."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from helpdesk import paging
from helpdesk.errors import DomainError

PAGE_SIZE = 25
MAX_PAGE_SIZE = 100


class Pages(BasePagination):
    """Pages of 25 (`page_size`: up to 100). `next` is the address of the next page, null at the end.

    `orders` are what `?order=` may name; the first is the usual one. Each ends in a unique field, and none
    may be null: that is what lets a cursor stand between two rows.
    """

    orders: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-id",)}
    usual = True  # the first of the orders is taken when none is asked for

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any]:  # type: ignore[override]  # a cursor needs a queryset
        asked = request.query_params
        keys, size = self.keys(asked.get("order", ""), view), _size(asked.get("page_size", ""))
        kind = f"{request.path}?{','.join(keys)}"
        if cursor := asked.get("cursor"):
            queryset = queryset.filter(paging.after(keys, paging.decode(kind, cursor, keys)))
        rows = list(queryset.order_by(*keys)[: size + 1])
        self.next: str | None = None
        if len(rows) > size:
            rows = rows[:size]
            values = [_value(rows[-1], key.lstrip("-")) for key in keys]
            self.next = replace_query_param(
                request.build_absolute_uri(), "cursor", paging.encode(kind, values)
            )
        return rows

    def keys(self, order: str, view: Any) -> tuple[str, ...]:
        """Return the fields to sort by."""
        order = order or next(iter(self.orders))
        if order not in self.orders:
            names = ", ".join(self.orders)
            raise DomainError(_("Choose an order: %(names)s.") % {"names": names}, field="order")
        return self.orders[order]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "nullable": True},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        parameters = [
            _parameter("cursor", {"type": "string"}, "Where to go on; take it from `next`."),
            _parameter("page_size", size, "How many at a time."),
        ]
        if len(self.orders) > 1:
            names: dict[str, Any] = {"type": "string", "enum": list(self.orders)}
            if self.usual:
                names["default"] = next(iter(self.orders))
            parameters.append(_parameter("order", names, "What comes first."))
        return parameters


class OldestFirst(Pages):
    """For what is read forward."""

    orders: ClassVar[dict[str, tuple[str, ...]]] = {"oldest": ("id",)}


def _size(asked: str) -> int:
    if not asked:
        return PAGE_SIZE
    if not asked.isascii() or not asked.isdecimal() or not 1 <= int(asked[:9]) <= MAX_PAGE_SIZE:
        raise DomainError(
            _("Choose a page size from 1 to %(most)s.") % {"most": MAX_PAGE_SIZE}, field="page_size"
        )
    return int(asked)


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
