"""Domain errors, and the only two places that turn them into HTTP responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from rest_framework.response import Response


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


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a domain error as JSON with a code; leave the rest to the framework."""
    from rest_framework.response import Response  # here: the framework needs the app registry
    from rest_framework.views import exception_handler

    if isinstance(error, DomainError):
        return Response(as_json(error), status=error.status)
    return exception_handler(error, context)


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
