"""Who does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Actor:
    """Who does it. Every action takes one, so no permission check is ever skipped."""

    user: User | None
    name: str
    kind: str  # agent, customer, automation

    @classmethod
    def of(cls, user: User) -> Actor:
        return cls(user=user, name=user.name or user.username, kind="agent")

    @property
    def is_machine(self) -> bool:
        return self.kind == "automation"


CUSTOMER = Actor(user=None, name="", kind="customer")
AUTOMATION = Actor(user=None, name="", kind="automation")
