"""Demo data: the service desk of Northquay Bank, which does not exist.

The one place outside actions that writes rows. Life goes through the actions, as everywhere, and is then
moved back in time; that, and the thousands of rows made for measuring, no action offers, and none should.
"""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from helpdesk.demo import cast, people


def has_people() -> bool:
    """The stamp: data is written in one transaction, so people are there only when all of it is."""
    return User.objects.exists()


@transaction.atomic
def seed() -> str:
    """Write everything, or nothing. Returns what was made, in words."""
    people.make()
    return f"{User.objects.count()} people, {len(cast.TEAMS)} teams."


def sign_ins() -> list[tuple[str, str, str]]:
    """Return (role, email, password) of one person of each kind, if the demo people are here."""
    known = set(User.objects.values_list("email", flat=True))
    return [
        (person.role, person.email, cast.PASSWORD) for person in cast.SHOWN_SIGN_INS if person.email in known
    ]
