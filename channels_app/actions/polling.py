"""What a poll found out about its mailbox. Only the machine calls these."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels_app.models import Inbox

EVERY = timedelta(seconds=20)
LONGEST = timedelta(minutes=15)


def due() -> list[int]:
    """Return the mailboxes that should be polled now: active, with a server, not within their back-off."""
    now = timezone.now()
    long_ago = Q(last_checked_at=None) | Q(last_checked_at__lt=now - EVERY)
    inboxes = Inbox.objects.active().filter(long_ago, config__imap_host__gt="")
    return [inbox.pk for inbox in inboxes if _is_over(inbox.poll_state.get("retry_at"), now)]


def _is_over(retry_at: str | None, now: datetime) -> bool:
    at = parse_datetime(retry_at) if retry_at else None
    return at is None or at <= now


def note_position(inbox: Inbox, *, folder: str, state: dict[str, Any]) -> None:
    """Remember how far a folder was read."""
    folders = {**inbox.poll_state.get("folders", {}), folder: dict(state)}
    inbox.poll_state = {**inbox.poll_state, "folders": folders}
    Inbox.objects.filter(pk=inbox.pk).update(poll_state=inbox.poll_state)


def note_success(inbox: Inbox) -> None:
    """The mailbox was read to its end."""
    inbox.poll_state = {
        key: value for key, value in inbox.poll_state.items() if key not in ("retry_at", "failures")
    }
    inbox.last_checked_at, inbox.last_error, inbox.failing_since = timezone.now(), "", None
    _save(inbox)


def note_failure(inbox: Inbox, *, error: str) -> None:
    """The mailbox could not be read: say so, and wait longer each time."""
    now = timezone.now()
    failures = int(inbox.poll_state.get("failures", 0)) + 1
    delay = min(EVERY * 2 ** min(failures, 10), LONGEST)
    inbox.poll_state = {**inbox.poll_state, "failures": failures, "retry_at": (now + delay).isoformat()}
    inbox.last_checked_at, inbox.last_error = now, error[:500]
    inbox.failing_since = inbox.failing_since or now
    _save(inbox)


def _save(inbox: Inbox) -> None:
    Inbox.objects.filter(pk=inbox.pk).update(
        poll_state=inbox.poll_state,
        last_checked_at=inbox.last_checked_at,
        last_error=inbox.last_error,
        failing_since=inbox.failing_since,
    )
