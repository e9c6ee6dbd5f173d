"""Sign in as somebody who has just given the password once more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User


def sign_in_proved(client: Client, user: User, *, seconds_ago: int = 1) -> None:
    client.force_login(user)
    session = client.session
    given = {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    session["account_authentication_methods"] = [given]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
