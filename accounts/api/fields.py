"""Fields and path parts that take a row's number, and nothing that no row could have."""

from __future__ import annotations

from typing import Any

import django_filters
from django.urls import register_converter
from rest_framework import serializers

MAX_ID = 2**63 - 1


class IdConverter:
    """`<id:pk>` in a path: a number that fits the database; a longer one is a 404 like any unknown row."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")


class IdField(serializers.IntegerField):
    """The number of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_ID, **options})


class RowField(serializers.PrimaryKeyRelatedField):
    """A row by its number, from the rows that one may name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"pk_field": IdField(), **options})


class AskedFilters:
    """Mix into a FilterSet of a busy list: it then makes only the filters that a request names."""

    base_filters: dict[str, Any]  # the FilterSet's

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is not None:
            base = type(self).base_filters
            self.base_filters = {name: each for name, each in base.items() if name in data}
        super().__init__(data, *args, **kwargs)  # type: ignore[call-arg]  # the FilterSet's


class IdFilter(django_filters.NumberFilter):
    """Rows by the number of another."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"min_value": 1, "max_value": MAX_ID, "decimal_places": 0, **options})


def ids(**options: Any) -> serializers.ListField:
    """A list of up to 500 numbers of rows."""
    return serializers.ListField(child=IdField(), max_length=500, **options)
