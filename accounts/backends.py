"""Who is signed in: asked for on every page, so its statement is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User
from helpdesk.compiled import compiled

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Backend(AuthenticationBackend):
    """Signing in as allauth does it. Whoever is signed in comes with their presence: the rail shows it."""

    def get_user(self, user_id: int) -> User | None:
        user = _with_presence.first(int(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None


@compiled(is_planned_once=True)
def _with_presence(user_id: int) -> QuerySet[User]:
    return User.objects.filter(pk=user_id).order_by().select_related("presence")
