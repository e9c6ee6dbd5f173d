"""Build the search index: of what is missing, or anew. Stop it at any time; it goes on where it was."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from customers.searching import refresh_all
from tickets.search import BATCH, reindex


class Command(BaseCommand):
    help = "Index messages and customers for the search. Without options, only messages that are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="write every entry anew")
        parser.add_argument("--after", type=int, default=0, help="begin after this message")

    def handle(self, *args: Any, **options: Any) -> None:
        for number, last in enumerate(reindex(after=options["after"], everything=options["all"]), 1):
            if number % 25 == 0:
                self.stdout.write(f"{number * BATCH} messages, the last is {last}")
        self.stdout.write(f"{refresh_all()} customers")
        self.stdout.write("The search index is complete.")
