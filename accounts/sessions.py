"""Whose session this is, asked of the store: a socket lives longer than a request."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from accounts.models import User


def session_user(session_key: str | None) -> User | None:
    """Return the active owner of a living session, or None: ended, signed out, switched off."""
    if not session_key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = User.objects.filter(pk=session.get(SESSION_KEY) or 0, is_active=True).first()
    given = session.get(HASH_SESSION_KEY) or ""
    if user is None or not constant_time_compare(given, user.get_session_auth_hash()):
        return None
    return user
