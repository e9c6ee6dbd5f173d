"""Who calls the API: a key in `Authorization: Bearer hd_…`, or the signed-in agent of a page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import keys
from accounts.models import ApiKey, User


class KeyAuthentication(BaseAuthentication):
    """Accept a personal or service key. `request.auth` is the key, with its scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        word, _space, given = get_authorization_header(request).partition(b" ")
        if word.lower() != b"bearer":
            return None
        key = keys.authenticate(given.decode("latin-1").strip())
        if key is None:
            raise AuthenticationFailed(_("This key is not valid. Make a new one in your profile."))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="helpdesk"'
