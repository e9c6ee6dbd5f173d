"""One change to all the selected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role, User
from helpdesk.errors import DomainError
from tickets.actions.bulk import BulkResult, bulk
from tickets.models import Priority, Status
from tickets.web.http import actor_of, agents_only, number, numbers, safe_next, toast
from tickets.web.ticket_panel import tomorrow_morning
from tickets.web.verbs import chosen_team, teams_for

if TYPE_CHECKING:
    from django.http import QueryDict

    from accounts.http import AgentRequest

MOST_PEOPLE = 200
NAMED = 3  # so many refusals are told in words


@agents_only
@require_POST
def change(request: AgentRequest) -> HttpResponse:
    """Do it, and say how many were done and why the others were not."""
    chosen = numbers(request.POST.getlist("ticket"))
    if not chosen:
        raise DomainError(_("Select tickets first."), code="none_selected", field="ticket")
    verb, values = _asked(request, chosen)
    result = bulk(chosen, verb=verb, actor=actor_of(request), **values)
    text = _told(result)
    if request.htmx:
        response = HttpResponse(toast(request, text, icon="alert-circle" if result.refused else "check"))
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = "bulk:done"
        return response
    messages.success(request, text)
    return redirect(safe_next(request, reverse("tickets:inbox")))


def _asked(request: AgentRequest, chosen: list[int]) -> tuple[str, dict[str, Any]]:
    """Read what was pressed: a verb by itself, or a value that says which verb."""
    given = request.POST
    for name, read in _BY_VALUE.items():
        if given.get(name):
            return read(given)
    verb = given.get("verb", "")
    if verb == "merge":
        return "merge", {"into_id": min(chosen)}
    if verb == "tag":
        return "tag", {"add": _names(given.get("add_tags")), "remove": _names(given.get("remove_tags"))}
    return verb, {}


def _status(given: QueryDict) -> tuple[str, dict[str, Any]]:
    return "status", {"to": given["status"]}


def _priority(given: QueryDict) -> tuple[str, dict[str, Any]]:
    return "priority", {"to": number(given["priority"]) or 0}


def _team(given: QueryDict) -> tuple[str, dict[str, Any]]:
    return "team", {"team": chosen_team(str(given["team"]))}


def _agent(given: QueryDict) -> tuple[str, dict[str, Any]]:
    person = User.objects.filter(pk=number(given["agent"]) or 0, is_active=True).first()
    if person is None:
        raise DomainError(_("This agent is no longer there. Choose someone else."), field="agent")
    return "assign", {"to": person}


def _snooze(_given: QueryDict) -> tuple[str, dict[str, Any]]:
    return "snooze", {"until": tomorrow_morning()}


_BY_VALUE = {"status": _status, "priority": _priority, "team": _team, "agent": _agent, "snooze": _snooze}


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _told(result: BulkResult) -> str:
    parts = []
    if result.done:
        number_done = len(result.done)
        parts.append(ngettext("%d ticket changed.", "%d tickets changed.", number_done) % number_done)
    for pk, sentence in result.refused[:NAMED]:
        parts.append(f"#{pk}: {sentence}")
    if len(result.refused) > NAMED:
        rest = len(result.refused) - NAMED
        parts.append(ngettext("%d more was refused.", "%d more were refused.", rest) % rest)
    return " ".join(parts)


@agents_only
@require_GET
def people(request: AgentRequest) -> HttpResponse:
    """Whom the selected tickets may be given to."""
    return render(request, "tickets/_bulk_people.html", _choices())


@agents_only
@require_POST
def page(request: AgentRequest) -> HttpResponse:
    """The selected tickets and every choice on one page, for where the bar's menus cannot be fetched."""
    context = {
        **_choices(), "chosen": numbers(request.POST.getlist("ticket")), "section": "inbox", "is_page": True,
        "title": _("Change the selected tickets"), "partial": "tickets/_bulk_form.html",
    }  # fmt: skip
    return render(request, "tickets/form_page.html", context)


def _choices() -> dict[str, Any]:
    able = User.objects.filter(is_active=True).exclude(role=Role.LIGHT)[:MOST_PEOPLE]
    return {
        "people": [{"pk": each.pk, "name": str(each)} for each in able],
        "teams": teams_for(None),
        "statuses": Status.choices,
        "priorities": Priority.choices,
    }
