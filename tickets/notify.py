"""Tell agents what they should know: a subscriber of facts."""

from __future__ import annotations

from tickets.models import Event


def on_event(event: Event) -> None:
    """Make notifications for those concerned by a fact."""
