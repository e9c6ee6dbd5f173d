"""Presence by heartbeat: tabs are seen and closed, and the state follows.

Called by sockets and tasks. A tab that was not heard for `TAB_LOST` is gone; the last tab that closes
makes an agent away, and away for `OFFLINE_AFTER` makes them offline.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Presence, Tab

TAB_LOST = timedelta(seconds=60)
OFFLINE_AFTER = timedelta(minutes=10)


@transaction.atomic
def tab_seen(user_id: int, tab: str) -> Presence:
    """A heartbeat of one tab. Brings the agent back to what they chose."""
    now = timezone.now()
    Tab.objects.update_or_create(user_id=user_id, key=tab, defaults={"seen_at": now})
    presence, _ = Presence.objects.select_for_update().get_or_create(user_id=user_id)
    presence.seen_at = now
    return _become(presence, presence.chosen)


@transaction.atomic
def tab_closed(user_id: int, tab: str) -> None:
    """A tab has gone. The last one leaves the agent away."""
    Tab.objects.filter(user_id=user_id, key=tab).delete()
    presence = Presence.objects.select_for_update().filter(user_id=user_id).first()
    if presence is not None and not Tab.objects.filter(user_id=user_id).exists():
        _become(presence, Presence.State.AWAY)


def _become(presence: Presence, state: str) -> Presence:
    if state != presence.state:
        presence.state = state
        presence.changed_at = timezone.now()
    presence.save(update_fields=["state", "changed_at", "seen_at"])
    return presence
