"""Domain errors, and how pages show them. How the API answers them stands in `helpdesk/api_errors.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults


class DomainError(Exception):
    """A rule of the business said no. The message is safe to show: one sentence, what to do.

    `code` is for programs, `field` names the input at fault, `context` holds what a page may
    want to show beside the sentence (ids and numbers, no text of customers).
    """

    status = 400
    code = "invalid"

    def __init__(self, message: object, *, code: str = "", field: str = "", **context: object) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.code = code or self.code
        self.field = field
        self.context = context


class NotAllowedError(DomainError):
    """The actor may see the thing but not do this to it."""

    status, code = 403, "not_allowed"


class NotFoundError(DomainError):
    """The thing does not exist, or the actor may not see it. Both look the same."""

    status, code = 404, "not_found"


class ConflictError(DomainError):
    """Somebody or something else came first."""

    status, code = 409, "conflict"


class TooLargeError(DomainError):
    """More bytes than the limit allows."""

    status, code = 413, "too_large"


class TooManyError(DomainError):
    """More requests than the limit allows."""

    status, code = 429, "too_many"


def as_json(error: DomainError) -> dict[str, Any]:
    """Return the body that the API and JSON endpoints answer with."""
    body: dict[str, Any] = {"code": error.code, "detail": error.message}
    if error.field:
        body["field"] = error.field
    if error.context:
        body["context"] = error.context
    return body


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure of ours: JSON under /api/, the plain page elsewhere."""
    if request.path.startswith("/api/"):
        detail = _("Something went wrong on our side. Try again in a moment.")
        return JsonResponse({"code": "server_error", "detail": detail}, status=500)
    return defaults.server_error(request)


class DomainErrorMiddleware:
    """Show a domain error as a toast to htmx, as JSON to scripts, or as a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Translate, or return None so that Django treats the error as a bug."""
        if not isinstance(error, DomainError):
            return None
        if request.headers.get("HX-Request") == "true":
            response = render(request, "components/_toast.html", {"error": error}, status=error.status)
            response["HX-Retarget"] = "#toasts"
            response["HX-Reswap"] = "beforeend"
            return response
        return render(request, "error.html", {"error": error}, status=error.status)
