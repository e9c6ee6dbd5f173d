"""Who signs in: the list, one person, switching off, and the link to choose a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions.people import (
    create_user,
    invitation_link,
    mail_reset_link,
    set_active,
    update_user,
)
from accounts.actions.teams import set_members
from accounts.models import LANGUAGES, Role, Team, User
from accounts.proof import require_proof
from accounts.web.guards import administrators_only
from accounts.web.lists import page_of
from accounts.web.parts import Part, PartedForm, posted, status_of
from accounts.web.profile import zone_choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.http import AgentRequest

LIMIT = "limit_"
OPENS_DOORS = frozenset({"role", "email"})


def channels() -> list[tuple[str, object]]:
    """Return the channels that inboxes may have: (name, label)."""
    inbox = Team._meta.get_field("inboxes").related_model
    return list(inbox._meta.get_field("channel").flatchoices)  # type: ignore[union-attr]


class PersonForm(PartedForm):
    """Everything an administrator says about a person."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    email = forms.EmailField(
        label=gettext_lazy("Work email"), max_length=150, help_text=gettext_lazy("They sign in with it.")
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.AGENT)
    teams = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Teams"),
        queryset=Team.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They see the tickets of their teams. Administrators see all."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zone_choices, initial="UTC")
    capacity = forms.DecimalField(
        label=gettext_lazy("Capacity"),
        min_value=0,
        max_value=999,
        decimal_places=1,
        initial=6,
        help_text=gettext_lazy("How much weighted work may be given to them at a time. An email counts 1."),
    )

    parts: Sequence[Part] = (
        Part(gettext_lazy("Who it is"), ("name", "email", "language", "time_zone")),
        Part(gettext_lazy("What they do"), ("role", "teams")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limits = []
        for slug, label in channels():
            limits.append(name := f"{LIMIT}{slug}")
            self.fields[name] = forms.IntegerField(
                label=_("%(channel)s, at most") % {"channel": label},
                min_value=0,
                max_value=9999,
                required=False,
                help_text=_("Empty: no limit of its own."),
            )
        text = gettext_lazy("Tickets are given to whoever is available and carries the least.")
        self.parts = (
            *type(self).parts,
            Part(gettext_lazy("How much at a time"), ("capacity", *limits), text),
        )

    def changes(self) -> dict[str, Any]:
        """Return what the actions take, without the teams."""
        values = {
            name: self.cleaned_data[name] for name in ("name", "email", "role", "language", "time_zone")
        }
        limits = {
            name.removeprefix(LIMIT): value
            for name, value in self.cleaned_data.items()
            if name.startswith(LIMIT) and value is not None
        }
        return {**values, "capacity": self.cleaned_data["capacity"], "channel_limits": limits}


@administrators_only
@require_GET
def people(request: AgentRequest) -> HttpResponse:
    """Everyone who signs in, by name."""
    found = User.objects.select_related("presence").prefetch_related("teams")
    wanted = request.GET.get("q", "").strip()[:100]
    if wanted:
        found = found.filter(Q(name__icontains=wanted) | Q(email__icontains=wanted))
    role = request.GET.get("role", "")
    if role in Role.values:
        found = found.filter(role=role)
    is_off = request.GET.get("state") == "off"
    context = {
        "page": page_of(found.filter(is_active=not is_off), request, order=("name", "pk")),
        "q": wanted,
        "role": role,
        "roles": Role.choices,
        "is_off": is_off,
        "is_filtered": bool(wanted or role or is_off),
        "section": "settings",
        "current": "people",
    }
    return render(request, "accounts/people.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def new_person(request: AgentRequest) -> HttpResponse:
    """Add somebody; then hand over the link to choose a password."""
    form = PersonForm(posted(request), initial={"language": request.user.language})
    if form.is_valid():
        require_proof(request)
        with form.refusals():
            user = create_user(actor=request.user, teams=list(form.cleaned_data["teams"]), **form.changes())
            messages.success(request, _("%(name)s was added.") % {"name": user.name})
            return render(request, "accounts/password_link.html", _link(request, user))
    context = {"form": form, "section": "settings", "current": "people"}
    return render(request, "accounts/person.html", context, status=status_of(form))


@administrators_only
@require_http_methods(["GET", "POST"])
def person(request: AgentRequest, pk: int) -> HttpResponse:
    """Change a person's role, teams, language, time zone, capacity and limits."""
    user = get_object_or_404(User, pk=pk)
    form = PersonForm(posted(request), initial=_initial(user))
    if form.is_valid():
        if OPENS_DOORS & set(form.changed_data):
            require_proof(request)
        with form.refusals():
            changed = _save(user, form, request.user)
            messages.success(request, _("%(name)s is saved.") % {"name": changed.name})
            return redirect("accounts:people")
    context = {"form": form, "person": user, "section": "settings", "current": "people"}
    return render(request, "accounts/person.html", context, status=status_of(form))


@administrators_only
@require_POST
def activity(request: AgentRequest, pk: int) -> HttpResponse:
    """Switch a person off, or on again."""
    user = get_object_or_404(User, pk=pk)
    is_on = request.POST.get("active") == "true"
    set_active(user, active=is_on, actor=request.user)
    text = _("%(name)s can sign in again.") if is_on else _("%(name)s can no longer sign in.")
    messages.success(request, text % {"name": user.name})
    return redirect("accounts:person", pk)


@administrators_only
@require_POST
def password_link(request: AgentRequest, pk: int) -> HttpResponse:
    """Show the link by which somebody new chooses a password; mail it to whoever has one already."""
    user = get_object_or_404(User, pk=pk)
    if user.is_new:
        require_proof(request)
        return render(request, "accounts/password_link.html", _link(request, user))
    mail_reset_link(user, actor=request.user)
    messages.success(request, _("A link was mailed to %(email)s.") % {"email": user.email})
    return redirect("accounts:person", pk)


def _link(request: AgentRequest, user: User) -> dict[str, object]:
    link = invitation_link(user, actor=request.user)
    return {"person": user, "link": link, "section": "settings", "current": "people"}


def _initial(user: User) -> dict[str, object]:
    names = ("name", "email", "role", "language", "time_zone")
    limits = {f"{LIMIT}{channel}": limit for channel, limit in user.channel_limits.items()}
    own = {name: getattr(user, name) for name in names}
    return {**own, "capacity": f"{user.capacity.normalize():f}", "teams": user.teams.all(), **limits}


def _save(user: User, form: PersonForm, actor: User) -> User:
    """Change the person, then who is in which team, where that is different."""
    changed = update_user(user, actor=actor, **form.changes())
    before = set(user.teams.all())
    wanted = set(form.cleaned_data["teams"])
    for team in sorted(before ^ wanted, key=lambda each: each.pk):
        members = set(team.memberships.values_list("user_id", flat=True)) ^ {user.pk}
        set_members(team, user_ids=members, actor=actor)
    return changed
