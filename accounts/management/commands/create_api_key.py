"""Make a key for the REST API on the command line, and print it once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from accounts.actions.keys import create_key
from accounts.keys import SCOPES
from accounts.models import ApiKey, User
from accounts.policies import OPERATOR
from helpdesk.errors import DomainError


class Command(BaseCommand):
    help = "Make an API key that acts as USER, and print it. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="email address or user name")
        parser.add_argument(
            "--scope", action="append", required=True, metavar="SCOPE", help=", ".join(SCOPES)
        )
        parser.add_argument("--name", default="command line")
        parser.add_argument("--service", action="store_true", help="a key of a program, not of a person")
        parser.add_argument("--days", type=int, help="how long it lives; without it, until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["user"]
        user = User.objects.filter(Q(email__iexact=given) | Q(username__iexact=given)).first()
        if user is None:
            raise CommandError(f"There is no person {given}.")
        days = options["days"]
        try:
            _key, plain = create_key(
                user,
                name=options["name"],
                scopes=options["scope"],
                actor=OPERATOR,
                kind=ApiKey.Kind.SERVICE if options["service"] else ApiKey.Kind.PERSONAL,
                expires_at=timezone.now() + timedelta(days=days) if days is not None else None,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(plain)
