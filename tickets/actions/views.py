"""Save a filter of the queue under a name, and share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, Team
from helpdesk.errors import DomainError, NotAllowedError, NotFoundError
from tickets import conditions as language
from tickets.models import SavedView
from tickets.rows import ORDERS

if TYPE_CHECKING:
    from accounts.models import User
    from tickets.actor import Actor

MAX_VIEWS = 100


@transaction.atomic
def save_view(
    view_id: int | None = None,
    *,
    actor: Actor,
    name: str,
    conditions: object,
    order: str = "due",
    is_shared: bool = False,
    team: Team | None = None,
    position: int | None = None,
) -> SavedView:
    """Save a new view, or change one's own.

    Private views are everybody's right. Sharing with a team needs a supervisor or senior agent of it, sharing
    with all an administrator. Raises DomainError naming what is wrong in the conditions.
    """
    user = _person(actor)
    view = _own(view_id, user) if view_id is not None else _new(user)
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise DomainError(_("Give the view a name of at most 60 letters."), field="name")
    if order not in ORDERS:
        raise DomainError(_("Choose one of the orders of the list."), field="order")
    language.validate(conditions)
    if is_shared:
        _require_share(user, team)
    view.name, view.conditions, view.order = name, conditions or {}, order
    view.is_shared, view.team = is_shared, team if is_shared else None
    view.position = view.position if position is None else position
    view.save()
    return view


@transaction.atomic
def delete_view(view_id: int, *, actor: Actor) -> None:
    """Remove one's own view; an administrator may remove any that is shared. Raises NotFoundError."""
    _own(view_id, _person(actor)).delete()


def _person(actor: Actor) -> User:
    if actor.user is None:
        raise NotAllowedError(_("Only people have views."))
    return actor.user


def _own(view_id: int, user: User) -> SavedView:
    view = SavedView.objects.visible_to(user).select_for_update(of=("self",)).filter(pk=view_id).first()
    if view is None:
        raise NotFoundError(_("There is no such view."))
    if view.owner_id != user.pk and not user.is_administrator:
        raise NotAllowedError(_("This view is somebody else’s. Save a copy under another name."))
    return view


def _new(user: User) -> SavedView:
    if SavedView.objects.filter(owner=user).count() >= MAX_VIEWS:
        raise DomainError(_("You have %(number)s views. Delete one first.") % {"number": MAX_VIEWS})
    return SavedView(owner=user)


def _require_share(user: User, team: Team | None) -> None:
    if user.is_administrator:
        return
    if team is None:
        raise NotAllowedError(_("Only an administrator shares a view with everybody. Choose a team."))
    if team.pk not in user.team_ids or user.role not in (Role.SUPERVISOR, Role.SENIOR):
        raise NotAllowedError(
            _("A supervisor or senior agent of this team may share views with it. Ask one of them.")
        )
