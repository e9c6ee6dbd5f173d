"""What I want to be told, and how: by the bell, by the browser, by email while I am away."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.actions.profile import update_profile
from accounts.web.guards import people_only
from tickets.notify import ASSIGNED, FAILED, KINDS, MENTIONED, MESSAGE, REOPENED, WAYS, WOKEN

if TYPE_CHECKING:
    from accounts.http import AgentRequest

LABELS = {
    ASSIGNED: gettext_lazy("A ticket is given to me"),
    MESSAGE: gettext_lazy("The customer writes on my ticket"),
    REOPENED: gettext_lazy("My ticket is reopened"),
    MENTIONED: gettext_lazy("Somebody mentions me"),
    FAILED: gettext_lazy("My reply is not delivered"),
    WOKEN: gettext_lazy("A ticket is back from snooze"),
}


class Box(NamedTuple):
    """One checkbox of the table."""

    name: str
    label: object
    is_on: bool


class Line(NamedTuple):
    """One kind of news, with its boxes: bell, browser, email."""

    label: object
    boxes: list[Box]


@people_only
@require_http_methods(["GET", "POST"])
def notification_settings(request: AgentRequest) -> HttpResponse:
    """A table of kinds and ways. What is off at the bell comes by no other way either."""
    if request.method == "POST":
        wanted = {name: name in request.POST for name in _names()}
        update_profile(request.user, actor=request.user, notifications=wanted)
        messages.success(request, _("Your notifications are saved."))
        return redirect("desk:notifications")
    told = request.user.notifications
    ways = [_("The bell"), _("The browser"), _("Email")]
    context = {
        "ways": ways,
        "all": [
            Box("", "", is_on=True),
            *(Box(name, ways[n], told.get(name, True)) for n, name in enumerate(WAYS.values(), 1)),
        ],
        "lines": [_line(kind, ways, told) for kind in LABELS],
        "section": "settings",
        "current": "notifications",
    }
    return render(request, "desk/notifications.html", context)


def _names() -> list[str]:
    return [*WAYS.values(), *KINDS, *(f"{kind}.{way}" for kind in KINDS for way in WAYS)]


def _line(kind: str, ways: list[str], told: dict[str, bool]) -> Line:
    names = (kind, *(f"{kind}.{way}" for way in WAYS))
    boxes = [Box(name, way, told.get(name, True)) for name, way in zip(names, ways, strict=True)]
    return Line(LABELS[kind], boxes)
