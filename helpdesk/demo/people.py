"""Teams, the people in them, and whether they are there."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Presence, Team, User
from helpdesk.demo import cast


def make() -> dict[str, User]:
    """Write teams and people; return the people by their key."""
    teams = {name: Team.objects.create(name=name, description=text) for name, text in cast.TEAMS.items()}
    password = make_password(cast.PASSWORD)  # hashed once: hashing is slow on purpose
    people = {person.key: _make(person, teams, password) for person in cast.PEOPLE}
    return people


def _make(person: cast.Person, teams: dict[str, Team], password: str) -> User:
    user = User.objects.create(
        username=person.key,
        email=person.email,
        name=person.name,
        password=password,
        role=person.role,
        language=person.language,
        time_zone=person.time_zone,
        capacity=person.capacity,
        signature=person.signature,
        is_staff=person.role == "administrator",
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    Membership.objects.bulk_create(Membership(user=user, team=teams[name]) for name in person.teams)
    Presence.objects.create(user=user, chosen="online" if person.state == "offline" else person.state)
    return user
