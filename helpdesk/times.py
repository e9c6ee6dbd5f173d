"""Times and durations as people read them: short in lists, whole sentences for screen readers.

Formats such as "j M" are messages too: each language orders day and month its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from helpdesk.remember import per_language, per_place

if TYPE_CHECKING:
    from datetime import date, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """Return a length of time in at most two units: "40 s", "12 min", "1 h 10 min", "1 d 3 h"."""
    total = max(0, int(seconds))
    return _duration(total if total < MINUTE else total - total % MINUTE)


@per_language
def _duration(total: int) -> str:
    if total < MINUTE:
        return pgettext("short duration", "%d s") % total
    if total < HOUR:
        return pgettext("short duration", "%d min") % (total // MINUTE)
    if total < DAY:
        return _pair(
            total, HOUR, pgettext("short duration", "%d h"), MINUTE, pgettext("short duration", "%d min")
        )
    return _pair(total, DAY, pgettext("short duration", "%d d"), HOUR, pgettext("short duration", "%d h"))


def spoken_duration(seconds: float) -> str:
    """Return a length of time in words, for text that is read aloud: "1 hour 10 minutes"."""
    total = max(0, int(seconds))
    return _spoken(max(MINUTE, total - total % MINUTE))


@per_language
def _spoken(total: int) -> str:
    if total < HOUR:
        return _minutes(total // MINUTE)
    if total < DAY:
        whole, rest = _hours(total // HOUR), total % HOUR // MINUTE
        return f"{whole} {_minutes(rest)}" if rest else whole
    whole, rest = _days(total // DAY), total % DAY // HOUR
    return f"{whole} {_hours(rest)}" if rest else whole


def relative(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago, as a queue shows it: "now", "2 min", "3 h", "Wed", "3 Mar", "3 Mar 2024"."""
    now = now or timezone.now()
    seconds = (now - moment).total_seconds()
    if seconds < 0:
        return _ahead(moment, now)
    if seconds < MINUTE:
        return pgettext("time ago", "now")
    if seconds < HOUR:
        return duration(seconds)
    local, today = timezone.localtime(moment).date(), timezone.localtime(now).date()
    if local == today or seconds < 6 * HOUR:
        return duration(seconds - seconds % HOUR)
    if (today - local).days < 7:
        return _weekday(local)
    return _short_date(local, today.year)


@per_place
def clock(moment: datetime) -> str:
    """Return the time of day, in the reader's zone: "21:52"."""
    return date_format(timezone.localtime(moment), pgettext("date format", "H:i"))


@per_place
def stamp(moment: datetime) -> str:
    """Return day and time for a record: "20 Nov 2025, 09:31"."""
    return date_format(timezone.localtime(moment), pgettext("date format", "j M Y, H:i"))


@per_place
def on_day(moment: datetime) -> str:
    """Return the day for a fact, its year always told: "20 Nov 2025"."""
    return date_format(timezone.localtime(moment), pgettext("date format", "j M Y"))


def day(moment: datetime | date, now: datetime | None = None) -> str:
    """Return the heading of a day in a timeline: "Today", "Yesterday", "Wednesday 19 November"."""
    today = timezone.localtime(now or timezone.now()).date()
    that = timezone.localtime(moment).date() if hasattr(moment, "hour") else moment  # type: ignore[arg-type]
    distance = (today - that).days
    if distance == 0:
        return _("Today")
    if distance == 1:
        return _("Yesterday")
    if that.year == today.year:
        return date_format(that, pgettext("date format", "l j F"))
    return date_format(that, pgettext("date format", "l j F Y"))


def _pair(total: int, large: int, large_text: str, small: int, small_text: str) -> str:
    rest = total % large // small
    return f"{large_text % (total // large)} {small_text % rest}" if rest else large_text % (total // large)


def _ahead(moment: datetime, now: datetime) -> str:
    local, today = timezone.localtime(moment).date(), timezone.localtime(now).date()
    return clock(moment) if local == today else _short_date(local, today.year)


@per_language
def _weekday(local: date) -> str:
    return date_format(local, "D")


@per_language
def _short_date(local: date, this_year: int) -> str:
    if local.year == this_year:
        return date_format(local, pgettext("date format", "j M"))
    return date_format(local, pgettext("date format", "j M Y"))


def _minutes(number: int) -> str:
    return ngettext("%d minute", "%d minutes", number) % number


def _hours(number: int) -> str:
    return ngettext("%d hour", "%d hours", number) % number


def _days(number: int) -> str:
    return ngettext("%d day", "%d days", number) % number
