"""Fill the desk with the service desk of an invented bank."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from helpdesk import demo
from helpdesk.demo import many


class Command(BaseCommand):
    help = "Fill an empty desk with demo data: a bank's service desk in four languages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only-if-empty", action="store_true", help="do nothing when there are people")
        parser.add_argument(
            "--tickets", type=int, default=0, metavar="N", help="then add N plain tickets, for measuring"
        )
        parser.add_argument("--show-sign-ins", action="store_true", help="only print who may sign in")

    def handle(
        self, *args: Any, only_if_empty: bool, show_sign_ins: bool, tickets: int, **options: Any
    ) -> None:
        if show_sign_ins:
            self._show_sign_ins()
            return
        if settings.PRODUCTION:
            raise CommandError("Everybody knows the passwords of the demo's people: not in production.")
        if not demo.has_people():
            self._say("5/5 Writing demo data (half a minute) …")
            self._say(f"    {demo.seed()}")
        elif not only_if_empty and not tickets:
            raise CommandError("There are people here already. Demo data belongs on an empty database.")
        if tickets:
            many.add(tickets, say=self._say)

    def _show_sign_ins(self) -> None:
        people = demo.sign_ins()
        if not people:
            return
        self._say("Sign in as:")
        for role, email, password in people:
            self._say(f"    {role:<15}{email:<32}{password}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
