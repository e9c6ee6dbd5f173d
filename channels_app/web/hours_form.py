"""The week as a form: up to two spans of hours a day. No hours at all means always open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from channels_app.hours import DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

SPANS = 2
MIDNIGHT = "24:00"


class Clock(NamedTuple):
    """One field for a time of day."""

    name: str
    label: str
    value: str


class Day(NamedTuple):
    """One row of the week."""

    label: str
    spans: list[tuple[Clock, Clock]]


def week(hours: Mapping[str, Any], posted: QueryDict | None = None) -> list[Day]:
    """Return the rows of the form, filled in with what was posted, or with what is stored."""
    labels = dict(zip(DAYS, _labels(), strict=True))
    return [Day(labels[day], _spans(day, labels[day], hours, posted)) for day in DAYS]


def hours_from(posted: QueryDict) -> dict[str, list[list[str]]]:
    """Return the hours as they are stored; a span with nothing in it is left out."""
    found: dict[str, list[list[str]]] = {}
    for day in DAYS:
        spans = [[posted.get(name, "").strip() for name in _names(day, number)] for number in range(SPANS)]
        spans = [[begin, MIDNIGHT if end == "00:00" else end] for begin, end in spans if begin or end]
        if spans:
            found[day] = spans
    return found


def _spans(
    day: str, label: str, hours: Mapping[str, Any], posted: QueryDict | None
) -> list[tuple[Clock, Clock]]:
    stored = [*hours.get(day, ()), *[("", "")] * SPANS][:SPANS]
    spans = []
    for number, values in enumerate(stored):
        words = (_("%(day)s, opens"), _("%(day)s, closes"))
        if number:
            words = (_("%(day)s, opens again"), _("%(day)s, closes again"))
        clocks = [
            Clock(name, word % {"day": label}, posted.get(name, "") if posted else _shown(value))
            for name, word, value in zip(_names(day, number), words, values, strict=True)
        ]
        spans.append((clocks[0], clocks[1]))
    return spans


def _shown(value: str) -> str:
    return "00:00" if value == MIDNIGHT else value


def _names(day: str, number: int) -> tuple[str, str]:
    return f"hours-{day}-{number}-from", f"hours-{day}-{number}-to"


def _labels() -> list[str]:
    return [
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    ]  # fmt: skip
