"""Who may open which page of the settings."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Role, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.http import AgentRequest

P = ParamSpec("P")
NAMED_AT_MOST = 5


def closed(request: HttpRequest, *args: object) -> HttpResponse:
    """A page of the library that we do not offer: not found."""
    raise Http404


def people_only(view: Callable[Concatenate[AgentRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only people in who are signed in, and keep every answer out of shared caches."""

    @login_required
    @wraps(view)
    def guarded(request: AgentRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return _private(view(request, *args, **kwargs))

    return guarded


def administrators_only(
    view: Callable[Concatenate[AgentRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Let only administrators in; tell the others whom to ask."""

    return _only(view, lambda user: user.is_administrator)


def supervisors_only(
    view: Callable[Concatenate[AgentRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Let supervisors in, too. What they see is then a matter of `visible_to`."""
    return _only(view, lambda user: user.is_supervisor)


def _only(
    view: Callable[Concatenate[AgentRequest, P], HttpResponse], may: Callable[[User], bool]
) -> Callable[..., HttpResponse]:
    @login_required
    @wraps(view)
    def guarded(request: AgentRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs) if may(request.user) else _no_permission(request)
        return _private(answer)

    return guarded


def _no_permission(request: AgentRequest) -> HttpResponse:
    runs = Q(role=Role.ADMINISTRATOR) | Q(is_superuser=True)
    people = User.objects.filter(runs, is_active=True).only("pk", "name", "email")[:NAMED_AT_MOST]
    context = {"section": "settings", "people": list(people)}
    return render(request, "settings/no_permission.html", context, status=403)


def _private(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Vary", "HX-Request, Cookie")
    return response
