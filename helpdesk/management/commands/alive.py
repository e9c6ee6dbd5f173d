"""Ask for a sign of life from outside: for the health checks of containers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from helpdesk import heartbeats


class Command(BaseCommand):
    help = "Succeed when beat, or a worker of each queue named (queue.inbound …), was heard lately."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = [heartbeats.BEAT, *(f"queue.{name}" for name in heartbeats.QUEUES)]
        parser.add_argument("names", nargs="+", choices=known)

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        for name, age in heartbeats.ages(*names).items():
            if age is None or age > heartbeats.LOST_AFTER_SECONDS:
                raise CommandError(f"{name} was not heard lately.")
            self.stdout.write(f"{name} was heard {age:.0f} s ago.")
