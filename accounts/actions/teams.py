"""Make teams, and say who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.models import Membership, Team, User
from accounts.reactions import announce, poke_people
from helpdesk.errors import DomainError, NotFoundError


@transaction.atomic
def create_team(*, name: str, actor: User, description: str = "", routing: str = Team.Routing.PUSH) -> Team:
    """Make a team. Raises DomainError when there is one of this name."""
    policies.require_administrator(actor)
    return Team.objects.create(
        name=_checked_name(name), description=description.strip()[:250], routing=_checked_routing(routing)
    )


@transaction.atomic
def update_team(
    team: Team,
    *,
    actor: User,
    name: str | None = None,
    description: str | None = None,
    routing: str | None = None,
    is_active: bool | None = None,
) -> Team:
    """Change a team; what is not named stays. An inactive team is given no tickets and keeps its own."""
    policies.require_administrator(actor)
    team = _locked(team)
    if name is not None:
        team.name = _checked_name(name, besides=team)
    if description is not None:
        team.description = description.strip()[:250]
    if routing is not None:
        team.routing = _checked_routing(routing)
    if is_active is not None:
        team.is_active = is_active
    team.save(update_fields=["name", "description", "routing", "is_active"])
    return team


@transaction.atomic
def set_members(team: Team, *, user_ids: Iterable[int], actor: User) -> Team:
    """Say who is in the team. Who leaves it hands its tickets back, and sees them no more."""
    policies.require_administrator(actor)
    team = _locked(team)
    wanted = set(User.objects.filter(pk__in=set(user_ids)).values_list("pk", flat=True))
    if missing := set(user_ids) - wanted:
        raise DomainError(
            _("There is no person with the number %(number)s.") % {"number": min(missing)},
            field="members",
            code="unknown",
        )
    before = {member.user_id: member for member in team.memberships.select_for_update(no_key=True)}
    for user_id in sorted(wanted - before.keys()):
        Membership.objects.create(team=team, user_id=user_id)
    for user_id in sorted(before.keys() - wanted):
        before[user_id].delete()
    changed = wanted ^ before.keys()
    poke_people(changed, "membership")
    for user_id in sorted(changed):
        announce("person.teams_changed", user_id)
    return team


def _locked(team: Team) -> Team:
    found = Team.objects.select_for_update(no_key=True).filter(pk=team.pk).first()
    if found is None:
        raise NotFoundError(_("There is no such team."))
    return found


def _checked_name(name: str, besides: Team | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise DomainError(_("Give a name of at most 80 letters."), field="name", code="name")
    same = Team.objects.filter(name__iexact=name)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise DomainError(_("There is a team of this name already."), field="name", code="taken")
    return name


def _checked_routing(routing: str) -> str:
    if routing not in Team.Routing.values:
        raise DomainError(
            _("Choose whether tickets are given out or taken."), field="routing", code="routing"
        )
    return routing
