"""Keep what a mail provider hands out to sign in with. Only the machine calls this."""

from __future__ import annotations

from django.db import transaction

from channels_app import secrets
from channels_app.models import Inbox


@transaction.atomic
def keep_refresh_token(inbox_id: int, *, was: str, becomes: str) -> None:
    """Put the new refresh token in the place of the old one, unless an administrator has entered another."""
    inbox = Inbox.objects.select_for_update().filter(pk=inbox_id).first()
    stored = secrets.unseal(inbox.sealed) if inbox is not None else {}
    if inbox is None or stored.get("oauth_refresh_token") != was:
        return
    inbox.sealed = secrets.seal({**stored, "oauth_refresh_token": becomes})
    inbox.save(update_fields=["sealed"])
