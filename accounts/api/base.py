"""What every API view shares: scopes, the actor's user, idempotent writes, cursor pages."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.idempotency import claim_key, keep_answer
from accounts.models import ApiKey, IdempotentCall, User
from helpdesk.errors import DomainError

MAX_KEY = 100


class HasScope(BasePermission):
    """A key may do what its scopes say (`<scope>:read`, `<scope>:write`); a session, what its user may."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiKey):
            return True
        verb = "read" if request.method in SAFE_METHODS else "write"
        self.message = _("This key lacks the scope %(scope)s.") % {"scope": f"{view.scope}:{verb}"}
        return f"{view.scope}:{verb}" in request.auth.scopes


class _ReplayedError(Exception):
    """The answer to this key is known already."""

    def __init__(self, call: IdempotentCall) -> None:
        self.call = call


class ApiView(APIView):
    """Base of all API views. Set `scope`; write with `self.user` as the actor."""

    scope: ClassVar[str]
    permission_classes = [HasScope]
    _claimed: IdempotentCall | None = None

    @property
    def user(self) -> User:
        return self.request.user  # type: ignore[return-value]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method in SAFE_METHODS:
            return
        if len(key) > MAX_KEY:
            raise DomainError(_("An Idempotency-Key has at most 100 characters."), code="key_too_long")
        call, is_first = claim_key(self.user, key=key, fingerprint=_fingerprint(request))
        if not is_first:
            raise _ReplayedError(call)
        self._claimed = call

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _ReplayedError):
            response = Response(exc.call.answer, status=exc.call.status)
            response["Idempotency-Replayed"] = "true"
            return response
        try:
            return super().handle_exception(exc)
        except Exception:
            if self._claimed is not None:
                keep_answer(self._claimed, status=500, answer=None)
                self._claimed = None
            raise

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._claimed is not None:
            data = getattr(response, "data", None)
            answer = None if data is None else json.loads(JSONRenderer().render(data))
            keep_answer(self._claimed, status=response.status_code, answer=answer)
            self._claimed = None
        return response


class NewestFirst(CursorPagination):
    """Pages of 25 by cursor: stable while rows come in, the same speed at any depth."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-id"


def _fingerprint(request: Request) -> str:
    http = request._request
    parts = [str(http.method).encode(), http.get_full_path().encode(), http.body]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()
