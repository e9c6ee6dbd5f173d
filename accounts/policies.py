"""Who may manage people and teams."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from helpdesk.errors import NotAllowedError

# Whoever has a shell on the server: commands act in this name. Never stored.
OPERATOR = User(username="operator", name="operator", is_superuser=True)


def require_administrator(actor: User) -> None:
    """Raise NotAllowedError unless the actor runs the desk."""
    if not actor.is_active or not actor.is_administrator:
        raise NotAllowedError(_("Only an administrator may do this. Ask one of yours."))


def require_operator(actor: User) -> None:
    """Raise NotAllowedError unless this is done on the server itself."""
    if actor is not OPERATOR:
        raise NotAllowedError(_("This is done on the server. Ask whoever runs it."))


def require_self_or_administrator(actor: User, user: User) -> None:
    if actor.pk is None or actor.pk != user.pk:
        require_administrator(actor)


def require_self_or_supervisor(actor: User, user: User) -> None:
    """Raise NotAllowedError unless it is about oneself, or someone of a team one supervises."""
    if actor.pk is not None and actor.pk == user.pk:
        return
    shares_team = actor.is_supervisor and bool(actor.pk) and bool(actor.team_ids & user.team_ids)
    if not shares_team:
        require_administrator(actor)
