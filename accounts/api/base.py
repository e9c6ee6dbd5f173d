"""What every API view shares: scopes, the actor's user, idempotent writes, input that can be stored."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.actions.idempotency import claim_key, keep_answer
from accounts.models import ApiKey, IdempotentCall, User
from helpdesk.errors import DomainError, NotFoundError, TooLargeError

MAX_KEY = 100
GONE = OpenApiResponse(description="Done.")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, and UTF-8 no half of a pair


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
    told_once: ClassVar[frozenset[str]] = frozenset()  # fields that a repeated write does not tell again
    metadata_class = None  # the schema describes; nobody needs OPTIONS
    _claimed: IdempotentCall | None = None

    @property
    def user(self) -> User:
        return self.request.user  # type: ignore[return-value]

    def checked(self, shape: type[Serializer]) -> dict[str, Any]:
        """Return the input if it has the shape; else the answer is 400 with the fields at fault."""
        if (field := unstorable(self.request.data)) is not None:
            raise DomainError(_("This value cannot be stored."), field=field)
        data = shape(data=self.request.data)
        data.is_valid(raise_exception=True)
        return data.validated_data

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        key = request.headers.get("Idempotency-Key", "")
        is_claiming = bool(key) and request.method not in SAFE_METHODS
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLargeError(_("This request is too large. Send less at a time."))
        if is_claiming:
            request._request.body  # noqa: B018  # read before a form's parser takes the stream away
        super().initial(request, *args, **kwargs)
        _require_storable(request)
        if is_claiming:
            self._claim(key)

    def _claim(self, key: str) -> None:
        if len(key) > MAX_KEY or not key.isprintable():
            raise DomainError(
                _("An Idempotency-Key has at most 100 printable characters."), code="idempotency_key"
            )
        call, is_first = claim_key(self.user, key=key, fingerprint=_fingerprint(self.request))
        if not is_first:
            raise _ReplayedError(call)
        self._claimed = call

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _ReplayedError):
            kept = exc.call.answer
            response = Response(None if kept is None else json.loads(kept), status=exc.call.status)
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
            if self.told_once and isinstance(data, dict):
                data = {name: value for name, value in data.items() if name not in self.told_once}
            # as text: the database would sort the fields, and a repeat is answered alike
            answer = None if data is None else JSONRenderer().render(data).decode()
            keep_answer(self._claimed, status=response.status_code, answer=answer)
            self._claimed = None
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class Nothing(ApiView):
    """Every other address under /api/: 404 in the API's own words."""

    scope = "tickets"
    permission_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFoundError(_("There is no such address. See /api/docs/ for those that exist."))


def unstorable(value: Any, path: str = "") -> str | None:
    """Return where in the input a text stands that the database refuses; None when there is none."""
    if isinstance(value, str):
        return path if _UNSTORABLE.search(value) else None
    if isinstance(value, float):
        return None if math.isfinite(value) else path  # 1e999 is JSON, and infinity is not
    if isinstance(value, dict):
        inner: Any = value.items()
        if any(isinstance(name, str) and _UNSTORABLE.search(name) for name in value):
            return path
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        return None
    found = (unstorable(each, f"{path}.{name}".lstrip(".")) for name, each in inner)
    return next((each for each in found if each is not None), None)


def _require_storable(request: Request) -> None:
    for name, values in request.query_params.lists():
        if any(_UNSTORABLE.search(value) for value in values):
            raise DomainError(_("This text has characters that cannot be stored."), field=name)


def _fingerprint(request: Request) -> str:
    http = request._request
    parts = [str(http.method).encode(), http.get_full_path().encode(), http.body]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()
