"""Presence by heartbeat: tabs are seen and closed, and the state follows.

Called by sockets, the page's heartbeat and a sweep. While a tab is alive the state is what the agent
chose. A tab that closed or was not heard for `TAB_LOST` is gone; `GRACE` after the last one (so that a
reload does not flap) its agent is away, and after `OFFLINE_AFTER` offline.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import Presence, Tab
from accounts.reactions import announce, poke_presence

TAB_LOST = timedelta(seconds=60)
GRACE = timedelta(seconds=10)
OFFLINE_AFTER = timedelta(minutes=10)
TABS_AT_MOST = 50  # per agent; a page that makes up names cannot fill the table
HERE = (Presence.State.ONLINE, Presence.State.BUSY)


@transaction.atomic
def tab_seen(user_id: int, tab: str) -> None:
    """A heartbeat of one tab. Brings the agent back to what they chose."""
    now = timezone.now()
    if not Tab.objects.filter(user_id=user_id, key=tab).update(seen_at=now):
        _open_tab(user_id, tab)
    if Presence.objects.filter(pk=user_id, state=F("chosen")).update(seen_at=now):
        return  # the usual heartbeat: two small updates, no lock kept
    presence, _ = Presence.objects.select_for_update(no_key=True).get_or_create(user_id=user_id)
    presence.seen_at = now
    become(presence, presence.chosen)


@transaction.atomic
def tab_closed(user_id: int, tab: str) -> None:
    """A tab has gone. If it was the last one, the sweep makes the agent away after a moment's grace."""
    if Tab.objects.filter(user_id=user_id, key=tab).delete()[0]:
        Presence.objects.filter(pk=user_id).update(seen_at=timezone.now())


def become(presence: Presence, state: str) -> Presence:
    """Set the state of a locked row. Whoever comes online is given waiting work."""
    changed = state != presence.state
    if changed:
        presence.state, presence.changed_at = state, timezone.now()
        poke_presence(presence.pk)
    presence.save(update_fields=["chosen", "state", "changed_at", "seen_at"])
    if changed and state == Presence.State.ONLINE:
        announce("person.came_online", presence.pk)
    return presence


def sweep() -> int:
    """Forget lost tabs; make away who has none left, and offline who was away for long. Returns changes."""
    now = timezone.now()
    Tab.objects.filter(seen_at__lt=now - TAB_LOST).delete()
    left = Q(state__in=HERE) & _silent_since(now - GRACE)
    gone = Q(state=Presence.State.AWAY) & _silent_since(now - OFFLINE_AFTER)
    changes = _change(left, Presence.State.AWAY)
    return changes + _change(gone, Presence.State.OFFLINE)


def _open_tab(user_id: int, tab: str) -> None:
    Tab.objects.get_or_create(user_id=user_id, key=tab)
    kept = Tab.objects.filter(user_id=user_id).order_by("-seen_at", "-pk").values_list("pk", flat=True)
    if surplus := list(kept[TABS_AT_MOST : TABS_AT_MOST * 2]):
        Tab.objects.filter(pk__in=surplus).delete()


def _silent_since(moment: object) -> Q:
    no_tab = ~Exists(Tab.objects.filter(user=OuterRef("pk")))
    return Q(no_tab) & (Q(seen_at=None) | Q(seen_at__lt=moment))


def _change(condition: Q, state: str) -> int:
    """One short transaction per person; a tab that came back meanwhile wins."""
    user_ids = list(Presence.objects.filter(condition).order_by("pk").values_list("pk", flat=True)[:500])
    return sum(_change_one(user_id, condition, state) for user_id in user_ids)


@transaction.atomic
def _change_one(user_id: int, condition: Q, state: str) -> bool:
    presence = Presence.objects.select_for_update(no_key=True).filter(condition, pk=user_id).first()
    if presence is None:
        return False
    become(presence, state)
    return True
