"""make bench: measure at two sizes on a scratch database, print a table, keep it in var/bench/."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from bench import scratch

if TYPE_CHECKING:
    from bench.report import Size


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 200_000], metavar="TICKETS")
    parser.add_argument("--keep", action="store_true", help="leave the scratch database")
    given = parser.parse_args()
    with scratch.folder() as folder, scratch.database(keep=given.keep):
        os.environ.update(scratch.environment(folder) | {"DJANGO_SETTINGS_MODULE": "helpdesk.settings"})
        sizes = _measure(sorted(given.sizes))
    from bench import report

    text, is_kept = report.table(sizes)
    print(f"\n{text}\n\nWritten to {report.write(sizes, scratch.ROOT / 'var' / 'bench', is_kept=is_kept)}")
    sys.exit(0 if is_kept else 1)


def _measure(wanted: list[int]) -> list[Size]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from helpdesk import demo
    from helpdesk.demo import many
    from tickets.models import Ticket

    _say("migrating, writing the desk …")
    call_command("migrate", verbosity=0, interactive=False)
    demo.seed(20)
    sizes = []
    for tickets in wanted:
        many.add(tickets - Ticket.objects.count(), say=_say)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        sizes.append(_at(tickets))
    connection.close()
    return sizes


def _at(tickets: int) -> Size:
    from accounts.models import User
    from bench import intake, pages
    from bench.report import Size

    _say(f"measuring pages at {tickets:,} tickets …")
    agent = User.objects.get(username="mara")  # sees everything: the hardest case
    with scratch.web() as port:
        found = {call.name: pages.measure(port, agent, call) for call in pages.calls()}
        bare = pages.bare(port)
    _say(f"measuring mail at {tickets:,} tickets …")
    return Size(tickets, intake.measure(f"t{tickets}"), found, bare)


_BEGUN = time.monotonic()


def _say(text: str) -> None:
    print(f"[{time.monotonic() - _BEGUN:5.0f} s] {text.strip()}", flush=True)


if __name__ == "__main__":
    main()
