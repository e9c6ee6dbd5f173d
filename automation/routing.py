"""Give tickets to teams and agents: a subscriber of facts."""

from __future__ import annotations

from tickets.models import Event


def on_event(event: Event) -> None:
    """Route the ticket of a fact, or hand waiting work to whom just got room."""
