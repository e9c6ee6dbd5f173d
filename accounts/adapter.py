"""How sign-in differs from the library's defaults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.reactions import poke_people

if TYPE_CHECKING:
    from allauth.usersessions.models import UserSession


class AccountAdapter(DefaultAccountAdapter):
    """Administrators add people; nobody signs up by themselves."""

    error_messages: ClassVar[dict[str, object]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("That email and password do not match. Check both and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and have the sockets of this session close."""
        user_id = request.user.pk
        super().logout(request)
        poke_people([user_id] if user_id else [], "session")


class SessionsAdapter(DefaultUserSessionsAdapter):
    """The page of sessions: what is ended there also ends its sockets."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        sessions = list(sessions)
        super().end_sessions(sessions)
        poke_people({session.user_id for session in sessions}, "session")
