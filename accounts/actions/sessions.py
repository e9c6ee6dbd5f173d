"""Sign people out, wherever they are signed in."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from accounts import policies
from accounts.models import User
from accounts.reactions import poke_people


@transaction.atomic
def sign_out_everywhere(user: User, *, actor: User) -> int:
    """End every session of a person, this one too, and close their sockets. Returns how many."""
    policies.require_self_or_administrator(actor, user)
    return end_sessions(user)


def end_sessions(user: User) -> int:
    """Part of a larger action, which has asked for permission."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    # whatever was not listed (the admin site, an old cookie) fails by its hash
    User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
    poke_people([user.pk], "session")
    return len(sessions)
