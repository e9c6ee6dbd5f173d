"""Stop hearing an address, or hear it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import Identity

if TYPE_CHECKING:
    from accounts.models import User


def set_blocked(identity_id: int, *, is_blocked: bool, actor: User | None) -> bool:
    """Block an address or unblock it. Returns whether that changed anything.

    Whoever may work with customers may do this; the caller has checked that and writes down the fact.
    """
    if actor is not None and actor.is_light:
        return False
    return bool(
        Identity.objects.filter(pk=identity_id).exclude(is_blocked=is_blocked).update(is_blocked=is_blocked)
    )
