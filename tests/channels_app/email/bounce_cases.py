"""The shared reports as cases."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from channels_app.adapters.email.bounce import Report, read_report
from tests.channels_app.email.shared import DATA, load


def cases(source: str) -> list[dict[str, Any]]:
    return [case for case in load("bounces/cases.json") if case["id"].startswith(source)]


@lru_cache(maxsize=512)
def report(file: str) -> Report:
    return read_report((DATA / "bounces" / file).read_bytes())


def wanted_kinds(case: dict[str, Any]) -> tuple[str, ...]:
    """The kinds of report that fit the expectation."""
    kind = case["expect"].get("kind")
    if kind:
        return {
            "permanent_bounce": ("bounce",),
            "temporary_or_warning": ("delay",),
            "not_a_recognised_bounce": ("", "auto-reply"),
        }[kind]
    reason = case["expect"]["bounces"][0]["reason"]
    return {"vacation": ("auto-reply",), "feedback": ("feedback",), "delivered": ("success",)}.get(
        reason, ("bounce", "delay")
    )
