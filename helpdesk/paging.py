"""Pages by keyset: a list goes on after the last row shown, whatever was added meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

_signer = "helpdesk.paging"


def after(order: Sequence[str], values: Sequence[object]) -> Q:
    """Return the condition "comes after the row with these values" for an order like ("-priority", "id")."""
    condition, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        side = "lt" if name.startswith("-") else "gt"
        condition |= same & Q(**{f"{field}__{side}": value})
        same &= Q(**{field: value})
    first = order[0].lstrip("-")
    bound = "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{bound}": values[0]}) & condition  # the plain bound is what an index can use


def encode(kind: str, values: Sequence[object]) -> str:
    """Return a cursor that cannot be made up and says which list it belongs to."""
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return signing.dumps([kind, *plain], salt=_signer)


def decode(kind: str, cursor: str, order: Sequence[str]) -> list[object]:
    """Return the values in a cursor. Raises DomainError for one that is not ours or of another list."""
    try:
        content = signing.loads(cursor, salt=_signer)
    except signing.BadSignature as error:
        raise _bad() from error
    if not isinstance(content, list) or content[:1] != [kind] or len(content) != len(order) + 1:
        raise _bad()
    return [
        parse_datetime(value) if isinstance(value, str) and name.endswith("_at") else value
        for name, value in zip(order, content[1:], strict=True)
    ]


def _bad() -> DomainError:
    return DomainError(
        _("This place in the list is no longer known. Start again from the top."),
        code="bad_cursor",
        field="cursor",
    )
