"""What the header's menus do: each is a form of its own, answered with the header anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role, Team, User
from helpdesk.errors import DomainError, NotFoundError
from tickets.actions.assign import assign, release
from tickets.actions.follow import follow, unfollow
from tickets.actions.link import unlink
from tickets.actions.merge import unmerge
from tickets.actions.properties import change_priority
from tickets.actions.snooze import snooze, wake
from tickets.actions.spam import unmark_spam
from tickets.actions.split import unsplit
from tickets.actions.status import change_status
from tickets.actions.team import move_team
from tickets.models import Ticket
from tickets.web.http import actor_of, agents_only, number, queue_query, ticket_url, toast, visible_ticket
from tickets.web.workspace import head_after

if TYPE_CHECKING:
    from accounts.http import AgentRequest

MOST_PEOPLE = 200


@agents_only
@require_POST
def status(request: AgentRequest, pk: int) -> HttpResponse:
    """Set the status; what it was can be taken back."""
    before = visible_ticket(request, pk).status
    wanted = request.POST.get("status") or request.GET.get("status", "")
    changed = change_status(pk, to=wanted, actor=actor_of(request))
    if not request.htmx or changed.status == before:
        return head_after(request, pk)
    undo = "" if before == "new" else f"{reverse('tickets:status', args=[pk])}?status={before}"
    text = _("#%(number)s is now: %(status)s") % {"number": pk, "status": changed.get_status_display()}
    return head_after(request, pk, toast(request, text, undo_url=undo, icon="check"))


@agents_only
@require_POST
def priority(request: AgentRequest, pk: int) -> HttpResponse:
    visible_ticket(request, pk)
    change_priority(pk, to=number(request.POST.get("priority")) or 0, actor=actor_of(request))
    return head_after(request, pk)


@agents_only
@require_POST
def assignment(request: AgentRequest, pk: int) -> HttpResponse:
    """Give it to an agent, to nobody, or to a team."""
    visible_ticket(request, pk)
    actor = actor_of(request)
    if "team" in request.POST:
        move_team(pk, team=chosen_team(request.POST["team"]), actor=actor)
    elif not request.POST.get("agent"):
        release(pk, actor=actor)
    else:
        assign(pk, to=_person(request), actor=actor)
    return head_after(request, pk)


def _person(request: AgentRequest) -> User:
    wanted = request.POST["agent"]
    if wanted == "me":
        return request.user
    person = User.objects.filter(pk=number(wanted) or 0, is_active=True).first()
    if person is None:
        raise DomainError(_("This agent is no longer there. Choose someone else."), field="agent")
    return person


def chosen_team(wanted: str) -> Team:
    """Return the team a form names. Raises DomainError when it is gone."""
    team = Team.objects.filter(pk=number(wanted) or 0, is_active=True).first()
    if team is None:
        raise DomainError(_("This team is no longer there. Choose another one."), field="team")
    return team


@agents_only
@require_GET
def assign_choices(request: AgentRequest, pk: int) -> HttpResponse:
    """Whom the ticket may be given to: those who may see and work on it, the present first."""
    ticket = visible_ticket(request, pk)
    context = {
        "ticket": ticket,
        "people": people_of(ticket),
        "teams": teams_for(ticket.team_id),
        "title": _("Assign #%(number)s") % {"number": pk},
        "partial": "tickets/_people.html",
    }
    if request.htmx:
        return render(request, "tickets/_people.html", context)
    return render(request, "tickets/form_page.html", {**context, "section": "inbox", "is_page": True})


def people_of(ticket: Ticket) -> list[dict[str, object]]:
    """Return the agents of the ticket's team and the administrators, as the menu shows them."""
    able = User.objects.filter(is_active=True).exclude(role=Role.LIGHT).select_related("presence")
    if ticket.team_id:
        able = able.filter(Q(memberships__team=ticket.team_id) | Q(role=Role.ADMINISTRATOR)).distinct()
    found = [_choice(person, ticket.assignee_id) for person in able[:MOST_PEOPLE]]
    return sorted(found, key=lambda choice: choice["presence"] != "online")


def _choice(person: User, assignee_id: int | None) -> dict[str, object]:
    presence = getattr(person, "presence", None)
    return {
        "pk": person.pk, "name": str(person), "presence": presence.state if presence else "offline",
        "detail": person.get_role_display() if person.role != Role.AGENT else "",
        "is_current": person.pk == assignee_id,
    }  # fmt: skip


def teams_for(team_id: int | None) -> list[dict[str, object]]:
    """A ticket may be handed to any team, also one whose tickets the agent does not see."""
    teams = Team.objects.filter(is_active=True)
    return [{"pk": team.pk, "name": team.name, "is_current": team.pk == team_id} for team in teams]


@agents_only
@require_POST
def snoozing(request: AgentRequest, pk: int) -> HttpResponse:
    """Hide it until a time, or wake it."""
    visible_ticket(request, pk)
    wanted = request.POST.get("until") or request.GET.get("until", "")
    if wanted == "wake":
        wake(pk, actor=actor_of(request))
        return head_after(request, pk)
    until = parse_datetime(wanted) if len(wanted) < 40 else None
    if until is None or until.tzinfo is None:
        raise DomainError(_("Choose a time in the future, within a year."), code="snooze_time", field="until")
    snooze(pk, until=until, actor=actor_of(request))
    undo = f"{reverse('tickets:snooze', args=[pk])}?until=wake"
    text = _("#%(number)s sleeps until then, or until the customer writes.") % {"number": pk}
    return head_after(request, pk, toast(request, text, undo_url=undo) if request.htmx else "")


@agents_only
@require_POST
def following(request: AgentRequest, pk: int) -> HttpResponse:
    visible_ticket(request, pk)
    act = follow if request.POST.get("follow") == "yes" else unfollow
    if not request.POST.get("agent"):
        act(pk, actor=actor_of(request))
        return head_after(request, pk)
    act(pk, actor=actor_of(request), user=_person(request))
    if not request.htmx:
        return redirect(ticket_url(pk, queue_query(request)))
    return HttpResponse(status=204, headers={"HX-Trigger": f"links:{pk}"})


@agents_only
@require_POST
def spam(request: AgentRequest, pk: int) -> HttpResponse:
    """Say that it is no spam after all; marking it asks one question more, in a form."""
    visible_ticket(request, pk)
    unmark_spam(pk, actor=actor_of(request))
    return head_after(request, pk)


@agents_only
@require_POST
def unlinking(request: AgentRequest, pk: int) -> HttpResponse:
    """Take a link off; the page that shows it fetches its details anew."""
    unlink(pk, actor=actor_of(request))
    if not request.htmx:
        return redirect(request.headers.get("Referer") or reverse("tickets:inbox"))
    return HttpResponse(status=204, headers={"HX-Trigger": "links:changed"})


@agents_only
@require_POST
def unmerging(request: AgentRequest, pk: int, operation_id: int) -> HttpResponse:
    """Take a merge back: the ticket stands by itself again."""
    visible_ticket(request, pk)
    operation = unmerge(operation_id, actor=actor_of(request))
    if operation is None:
        raise NotFoundError(_("There is no such merge."))
    messages.success(request, _("The merge was taken back."))
    url = ticket_url(pk, queue_query(request))
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)


@agents_only
@require_POST
def unsplitting(request: AgentRequest, pk: int, operation_id: int) -> HttpResponse:
    """Put a message that was split off back to the ticket it came from, and show that."""
    visible_ticket(request, pk)
    home = unsplit(operation_id, actor=actor_of(request))
    messages.success(request, _("The split was taken back."))
    url = ticket_url(home.pk, queue_query(request))
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)
