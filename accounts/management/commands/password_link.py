"""Print a link by which somebody chooses a password: for who runs the server, when mail does not work."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db.models import Q

from accounts.actions.second_step import drop_second_step
from accounts.models import User
from accounts.policies import OPERATOR
from accounts.sign_in_links import reset_url


class Command(BaseCommand):
    help = "Print a link by which USER chooses a new password. It works once, for a few days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="email address or user name")
        parser.add_argument(
            "--drop-second-step", action="store_true", help="for a lost phone without recovery codes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["user"]
        user = User.objects.filter(Q(email__iexact=given) | Q(username__iexact=given)).first()
        if user is None or not user.is_active:
            raise CommandError(f"There is no person {given} who may sign in.")
        if options["drop_second_step"]:
            drop_second_step(user, actor=OPERATOR)
        self.stdout.write(reset_url(user))
