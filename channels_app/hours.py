"""Whether a desk is open: {"mon": [["08:00", "17:30"]], …} in a time zone. No hours means always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from helpdesk.errors import DomainError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(hours: Mapping[str, Sequence[Sequence[str]]], time_zone: str, at: datetime) -> bool:
    """Tell whether the time falls within the hours."""
    if not hours:
        return True
    local = at.astimezone(ZoneInfo(time_zone))
    clock = local.strftime("%H:%M")
    return any(begin <= clock < end for begin, end in hours.get(DAYS[local.weekday()], ()))


def require_valid(hours: object, time_zone: str) -> None:
    """Raise DomainError for hours that cannot be meant."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise DomainError(
            _("There is no such time zone. Choose one from the list."), field="time_zone"
        ) from error
    if not isinstance(hours, dict) or not set(hours) <= set(DAYS):
        raise DomainError(_("Give the hours by day, from mon to sun."), field="hours")
    for spans in hours.values():
        for span in spans:
            _require_span(span)


def _require_span(span: Sequence[str]) -> None:
    try:
        begin, end = span
        for clock in (begin, end if end != "24:00" else "23:59"):
            if datetime.strptime(clock, "%H:%M").strftime("%H:%M") != clock:  # noqa: DTZ007
                raise ValueError(clock)
    except (ValueError, TypeError) as error:
        raise DomainError(_("Write times as 08:00 and 17:30."), field="hours") from error
    if begin >= end:
        raise DomainError(_("The desk must open before it closes."), field="hours")
