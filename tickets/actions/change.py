"""Change several properties of a ticket together, or none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from tickets.actions import properties
from tickets.locking import locked_to_work_on

if TYPE_CHECKING:
    from tickets.actor import Actor
    from tickets.models import Ticket

# In this order: what a custom field may be answered depends on the type.
_CHANGES: dict[str, tuple[Callable[..., Ticket], str]] = {
    "customer": (properties.change_customer, "customer"),
    "subject": (properties.change_subject, "to"),
    "type": (properties.change_type, "to"),
    "priority": (properties.change_priority, "to"),
    "custom": (properties.set_custom, "values"),
    "due_at": (properties.set_due, "due_at"),
}


@transaction.atomic
def change(ticket_id: int, *, actor: Actor, **changes: Any) -> Ticket:
    """Set what is given: customer, subject, type, priority, custom, due_at. One refusal undoes all.

    Each change is the fact that its own verb records.
    """
    if unknown := changes.keys() - _CHANGES.keys():
        raise TypeError(f"not to be changed: {sorted(unknown)}")
    ticket = locked_to_work_on(ticket_id, actor)
    for name, (action, keyword) in _CHANGES.items():
        if name in changes:
            ticket = action(ticket_id, actor=actor, **{keyword: changes[name]})
    return ticket
