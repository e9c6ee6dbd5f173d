"""The table, and the same as a file."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.intake import Intake
from bench.pages import Timing

# name -> (p50 in ms at most, queries at most); None: no promise
PROMISES: dict[str, tuple[float | None, int | None]] = {
    "queue page": (25, 10),
    "ticket page": (30, 16),
    "API list of 25": (12, None),
    "API create": (None, None),
    "search, common word": (30, None),
}
LEGEND = """\
p50, p95: ms over HTTP, one gunicorn process. SQL: the same statements by psycopg. bare: a route that does
nothing, on the same server. times: p50 over SQL + bare. mails/s: one worker process
(three threads) of the inbound queue; +follow: one that also routes, notifies and indexes. floor/s: reading
the mail and three inserts."""
MAILS_PER_SECOND, TASKS_PER_MAIL = 200, 3


@dataclass
class Size:
    """What was measured at one number of tickets."""

    tickets: int
    intake: Intake
    pages: dict[str, Timing | str]
    bare: float


def table(sizes: list[Size]) -> tuple[str, bool]:
    """Return the table and whether every promise was kept."""
    lines = [_row("", "tickets", "p50", "p95", "queries", "SQL", "bare", "times") + "  promise"]
    all_kept = True
    for name in PROMISES:
        for size in sizes:
            line, is_kept = _page_line(name, size)
            lines.append(line)
            all_kept &= is_kept
    lines += ["", _row("", "tickets", "mails/s", "+follow", "tasks", "floor/s", "share") + "  promise"]
    for size in sizes:
        line, is_kept = _intake_line(size)
        lines.append(line)
        all_kept &= is_kept
    lines += ["", LEGEND]
    return "\n".join(lines), all_kept


def _row(name: str, *cells: str) -> str:
    return f"{name:<22}" + "".join(f"{cell:>9}" for cell in cells)


def _page_line(name: str, size: Size) -> tuple[str, bool]:
    found = size.pages[name]
    most, queries = PROMISES[name]
    if isinstance(found, str):
        return f"{_row(name, f'{size.tickets:,}')}  not measured: {found}", False
    is_kept = (most is None or found.p50 <= most) and (queries is None or found.queries <= queries)
    promise = f"≤ {most:g} ms" if most is not None else "none"
    promise += f", ≤ {queries} queries" if queries is not None else ""
    times = found.p50 / (found.sql_floor + size.bare)
    numbers = [f"{each:.1f}" for each in (found.p50, found.p95)]
    beside = [f"{each:.1f}" for each in (found.sql_floor, size.bare, times)]
    line = _row(name, f"{size.tickets:,}", *numbers, str(found.queries), *beside)
    return f"{line}  {promise}: {_word(is_kept=is_kept)}", is_kept


def _intake_line(size: Size) -> tuple[str, bool]:
    mail = size.intake
    is_kept = mail.inbound >= MAILS_PER_SECOND and mail.tasks <= TASKS_PER_MAIL
    cells = (
        f"{size.tickets:,}",
        f"{mail.inbound:.0f}",
        f"{mail.with_all_that_follows:.0f}",
        f"{mail.tasks:.2f}",
        f"{mail.floor:.0f}",
        f"{mail.inbound / mail.floor:.2f}",
    )
    promise = f"≥ {MAILS_PER_SECOND}/s, ≤ {TASKS_PER_MAIL} tasks: {_word(is_kept=is_kept)}"
    return f"{_row('mail intake', *cells)}  {promise}", is_kept


def _word(*, is_kept: bool) -> str:
    return "kept" if is_kept else "NOT KEPT"


def write(sizes: list[Size], folder: Path, *, is_kept: bool) -> Path:
    """Keep the figures as JSON, one file per run."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%d-%H%M%S}.json"
    content = {
        "at": now.isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "kept": is_kept,
        "sizes": [asdict(size) for size in sizes],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
    return path
