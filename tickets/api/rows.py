"""The rows of the ticket list as JSON, built without a serializer: three statements for any page.

`TicketRow` in `serializers.py` describes them for the schema; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from customers.models import Customer
from tickets.api.fields import PRIORITIES
from tickets.models import NEVER, Tag

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tickets.models import Ticket

COLUMNS = (
    "id", "subject", "status", "type", "priority", "channel", "inbox_id", "language", "customer_id",
    "customer__name", "team_id", "team__name", "assignee_id", "assignee__name", "assignee__username",
    "preview", "is_spam", "next_due_at", "waiting_since", "snoozed_until", "last_message_at", "created_at",
    "updated_at",
)  # fmt: skip


def columns(tickets: QuerySet[Ticket]) -> QuerySet[Any]:
    """Read only what a row shows."""
    return tickets.values(*COLUMNS)


def rows(values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the JSON of one page."""
    page = list(values)
    tags = _tags([row["id"] for row in page])
    return [_row(row, tags.get(row["id"], [])) for row in page]


def _row(row: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    due, inbox = row["next_due_at"], row["inbox_id"]
    return {
        "id": row["id"],
        "number": row["id"],
        "subject": row["subject"],
        "status": row["status"],
        "type": row["type"],
        "priority": PRIORITIES[row["priority"] - 1],
        "channel": row["channel"],
        "inbox": inbox,
        "language": row["language"],
        "customer": _reference(
            row["customer_id"], row["customer__name"] or str(Customer(pk=row["customer_id"]))
        ),
        "team": _reference(row["team_id"], row["team__name"]),
        "assignee": _reference(row["assignee_id"], row["assignee__name"] or row["assignee__username"]),
        "tags": tags,
        "preview": row["preview"],
        "is_spam": row["is_spam"],
        "next_due_at": None if due >= NEVER else due,
        "waiting_since": row["waiting_since"],
        "snoozed_until": row["snoozed_until"],
        "last_message_at": row["last_message_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _reference(pk: int | None, name: str | None) -> dict[str, Any] | None:
    return None if pk is None else {"id": pk, "name": name}


def _tags(ticket_ids: list[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = {}
    if ticket_ids:
        pairs = Tag.objects.filter(tickets__in=ticket_ids).order_by("name")
        for ticket_id, name in pairs.values_list("tickets__id", "name"):
            tags.setdefault(ticket_id, []).append(name)
    return tags
