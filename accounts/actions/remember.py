"""Small habits of a person that the desk remembers for them."""

from __future__ import annotations

from accounts.models import User

SEND_CHOICES = frozenset({"", "pending", "solved"})


def remember_send_choice(user: User, *, choice: str, actor: User) -> None:
    """Let Send do next time what it did now: only send, or set pending or solved too. Only for oneself."""
    if actor != user or choice not in SEND_CHOICES or choice == user.last_send_choice:
        return
    user.last_send_choice = choice
    user.save(update_fields=["last_send_choice"])
