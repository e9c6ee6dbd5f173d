"""What people say about themselves."""

from __future__ import annotations

from django.db import transaction

from accounts import policies
from accounts.checks import checked_fields
from accounts.models import User

MAY_CHANGE = frozenset(
    {
        "name", "language", "time_zone", "theme", "has_single_keys", "signature", "notifications",
        "last_send_choice",
    }
)  # fmt: skip


@transaction.atomic
def update_profile(user: User, *, actor: User, **changes: object) -> User:
    """Change name, language, time zone, theme, shortcuts, signature, notifications or what Send does.

    Raises DomainError with the field at fault.
    """
    policies.require_self_or_administrator(actor, user)
    checked = checked_fields(MAY_CHANGE, changes)
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    changed = {name: value for name, value in checked.items() if getattr(user, name) != value}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        user.save(update_fields=sorted(changed))
    return user
