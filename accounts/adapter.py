"""How sign-in differs from the library's defaults."""

from __future__ import annotations

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):
    """Administrators add people; nobody signs up by themselves."""

    error_messages: ClassVar[dict[str, object]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("That email and password do not match. Check both and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
