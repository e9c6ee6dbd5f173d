"""Teams: who is in them, and whether tickets are given out or taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions.teams import create_team, set_members, update_team
from accounts.models import Team, User
from accounts.web.guards import administrators_only
from accounts.web.parts import Part, PartedForm, posted, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.http import AgentRequest


class TeamForm(PartedForm):
    """What a team is called, how it gets its tickets, and who is in it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(label=gettext_lazy("What it looks after"), max_length=250, required=False)
    routing = forms.ChoiceField(
        label=gettext_lazy("Tickets"),
        choices=Team.Routing.choices,
        widget=forms.RadioSelect,
        initial=Team.Routing.PUSH,
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        initial=True,
        help_text=gettext_lazy("An inactive team is given no tickets and keeps its own."),
    )
    members = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Members"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    parts: Sequence[Part] = (
        Part(gettext_lazy("The team"), ("name", "description", "is_active")),
        Part(gettext_lazy("How it gets its tickets"), ("routing",)),
        Part(
            gettext_lazy("Who is in it"),
            ("members",),
            gettext_lazy("Members see the team's tickets. Whoever leaves hands theirs back to the team."),
        ),
    )


@administrators_only
@require_GET
def teams(request: AgentRequest) -> HttpResponse:
    """All teams, with the number of people who are in them."""
    members = Count("members", filter=Q(members__is_active=True))
    found = Team.objects.annotate(number=members).order_by("-is_active", "name")
    context = {"teams": found, "section": "settings", "current": "teams"}
    return render(request, "accounts/teams.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def new_team(request: AgentRequest) -> HttpResponse:
    form = TeamForm(posted(request))
    del form.fields["is_active"]
    if form.is_valid():
        with form.refusals():
            data = form.cleaned_data
            team = create_team(
                name=data["name"],
                description=data["description"],
                routing=data["routing"],
                actor=request.user,
            )
            return _members_saved(request, team, form)
    return _shown(request, form, None)


@administrators_only
@require_http_methods(["GET", "POST"])
def team(request: AgentRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    names = ("name", "description", "routing", "is_active")
    initial = {name: getattr(found, name) for name in names}
    form = TeamForm(posted(request), initial={**initial, "members": found.members.all()})
    if form.is_valid():
        with form.refusals():
            changes = {name: form.cleaned_data[name] for name in names}
            return _members_saved(request, update_team(found, actor=request.user, **changes), form)
    return _shown(request, form, found)


def _members_saved(request: AgentRequest, team: Team, form: TeamForm) -> HttpResponse:
    """Those who were switched off stay members: the form does not show them."""
    hidden = team.memberships.filter(user__is_active=False).values_list("user_id", flat=True)
    shown = [user.pk for user in form.cleaned_data["members"]]
    set_members(team, user_ids=[*shown, *hidden], actor=request.user)
    messages.success(request, _("%(name)s is saved.") % {"name": team.name})
    return redirect("accounts:teams")


def _shown(request: AgentRequest, form: TeamForm, team: Team | None) -> HttpResponse:
    context = {"form": form, "team": team, "section": "settings", "current": "teams"}
    return render(request, "accounts/team.html", context, status=status_of(form))
