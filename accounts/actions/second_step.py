"""Help somebody in whose second step is lost."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import policies
from accounts.actions.sessions import end_sessions
from accounts.models import User


@transaction.atomic
def drop_second_step(user: User, *, actor: User) -> int:
    """Take app and recovery codes away, and sign the person out. Only whoever runs the server may.

    An administrator may not: whoever took over one account would open all others.
    """
    policies.require_operator(actor)
    dropped, _rows = Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
    return dropped
