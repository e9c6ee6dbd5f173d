"""One shape for everything the API refuses: `{"code", "detail"[, "field"][, "fields"][, "context"]}`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from helpdesk.errors import DomainError, as_json

logger = logging.getLogger(__name__)

CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many",
}
WHOLE = "non_field_errors"


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer whatever a caller can cause; leave the rest to rise as the bug it is."""
    if isinstance(error, DomainError):
        return Response(as_json(error), status=error.status)
    if isinstance(error, exceptions.ValidationError):
        return Response(_fields_at_fault(error.detail), status=400)
    if isinstance(error, RequestDataTooBig):
        return _answer(413, _("This request is too large. Send less at a time."))
    if isinstance(error, DataError | OverflowError):  # a value that fits its type but no column
        logger.warning("value out of range", exc_info=error)
        return _answer(400, _("A value is out of range. Send a smaller one."))
    if isinstance(error, SuspiciousOperation | RecursionError):  # too many fields, or too deep
        return _answer(400, _("This request cannot be read. Check how it is put together."))
    if isinstance(error, Http404):
        return _answer(404, _("There is no such thing, or you may not see it."))
    if isinstance(error, PermissionDenied):
        return _answer(403, _("You may not do this."))
    response = exception_handler(error, context)
    if response is not None:
        response.data = _body(response, error)
    return response


def _answer(status: int, sentence: str) -> Response:
    return Response({"code": CODES[status], "detail": sentence}, status=status)


def _body(response: Response, error: Exception) -> dict[str, Any]:
    detail = getattr(error, "detail", error)
    if isinstance(error, exceptions.NotFound):
        detail = _("There is no such thing, or you may not see it.")
    code = "parse_error" if isinstance(error, exceptions.ParseError) else CODES.get(response.status_code)
    return {"code": code or "invalid", "detail": str(detail)}


def _fields_at_fault(detail: Any) -> dict[str, Any]:
    """Name the first field at fault and list the sentences of all. `cc.0.address` names one of many."""
    fields: dict[str, list[str]] = {}
    _gather(detail, "", fields)
    first = next(iter(fields), "")
    body: dict[str, Any] = {"code": "invalid", "detail": fields[first][0] if fields else _("Invalid.")}
    if first:
        body["field"] = first
    if named := {name: sentences for name, sentences in fields.items() if name}:
        body["fields"] = named
    return body


def _gather(detail: Any, path: str, fields: dict[str, list[str]]) -> None:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            _gather(inner, path if name == WHOLE else f"{path}.{name}".lstrip("."), fields)
    elif isinstance(detail, list | tuple):
        for number, inner in enumerate(detail):
            _gather(inner, f"{path}.{number}" if isinstance(inner, dict | list) else path, fields)
    else:
        fields.setdefault(path, []).append(str(detail))
