"""Moments as a form's date field gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime


def local_moment(text: str) -> datetime:
    """Return the moment of "2026-03-01T09:00" in the reader's zone. Raises DomainError."""
    try:
        found = parse_datetime(text.strip()) if len(text) < 40 else None
    except ValueError:
        found = None
    if found is None:
        raise DomainError(_("Choose a date and a time."), code="time", field="send_at")
    return found if found.tzinfo else timezone.make_aware(found)
