"""Say whether one can be given work."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies
from accounts.models import Presence, Tab, User
from accounts.presence import HERE, become
from helpdesk.errors import DomainError


@transaction.atomic
def choose_presence(user: User, *, state: str, actor: User) -> Presence:
    """Choose available, away, busy or offline; supervisors may for their people.

    The choice stands until the next one: it outlasts tabs and nights. It takes effect while the agent is
    there; for somebody absent only what takes them out of routing does.
    """
    policies.require_self_or_supervisor(actor, user)
    if state not in Presence.State.values:
        raise DomainError(_("Choose available, away, busy or offline."), field="state", code="presence")
    presence, _created = Presence.objects.select_for_update(no_key=True).get_or_create(user=user)
    presence.chosen = state
    is_there = actor.pk == user.pk or Tab.objects.filter(user=user).exists()
    if actor.pk == user.pk:
        presence.seen_at = timezone.now()
    leaves = presence.state in HERE and state not in HERE
    return become(presence, state if is_there or leaves else presence.state)
