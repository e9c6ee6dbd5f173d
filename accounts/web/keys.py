"""Keys for the REST API: one's own, and those of services."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions.keys import create_key, revoke_key
from accounts.keys import SCOPES
from accounts.models import ApiKey, User
from accounts.proof import require_proof
from accounts.web.guards import people_only
from accounts.web.parts import Part, PartedForm, posted, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from accounts.http import AgentRequest

MOST = 200
WORDS = {
    "tickets:read": gettext_lazy("Read tickets and messages"),
    "tickets:write": gettext_lazy("Open, answer and change tickets"),
    "customers:read": gettext_lazy("Read customers and companies"),
    "customers:write": gettext_lazy("Change customers and companies"),
    "people:read": gettext_lazy("Read people and teams"),
    "people:write": gettext_lazy("Change people and teams"),
    "settings:read": gettext_lazy("Read settings"),
    "settings:write": gettext_lazy("Change settings"),
}


class KeyForm(PartedForm):
    """What a new key may do, for how long, and in whose name."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("What will use it.")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            (ApiKey.Kind.PERSONAL, gettext_lazy("Personal: acts as me")),
            (ApiKey.Kind.SERVICE, gettext_lazy("Service: acts as the person below")),
        ],
        widget=forms.RadioSelect,
        initial=ApiKey.Kind.PERSONAL,
    )
    user = forms.ModelChoiceField(
        label=gettext_lazy("Acts as"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        empty_label="–",
        help_text=gettext_lazy("For a service key. It sees what this person sees."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope, WORDS.get(scope, scope)) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Works until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: until it is revoked."),
    )

    parts: Sequence[Part] = (
        Part(gettext_lazy("The key"), ("name", "kind", "user", "expires_on")),
        Part(gettext_lazy("What it may do"), ("scopes",), gettext_lazy("Give it no more than it needs.")),
    )

    def __init__(self, *args: Any, agent: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agent = agent
        if not agent.is_administrator:
            del self.fields["kind"], self.fields["user"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == ApiKey.Kind.SERVICE and not values.get("user"):
            self.add_error("user", _("Choose the person in whose name the service acts."))
        return values

    def clean_expires_on(self) -> datetime | None:
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose a day in the future."))
        return timezone.make_aware(datetime.combine(day, time.max))

    def details(self) -> dict[str, Any]:
        """Return what the action takes."""
        data = self.cleaned_data
        kind = data.get("kind", ApiKey.Kind.PERSONAL)
        whose = data["user"] if kind == ApiKey.Kind.SERVICE else self.agent
        wanted = {"name": data["name"], "scopes": data["scopes"], "expires_at": data["expires_on"]}
        return {**wanted, "user": whose, "kind": kind}


@people_only
@require_GET
def keys(request: AgentRequest) -> HttpResponse:
    """My keys; for administrators also those of services."""
    now = timezone.now()
    listed = list(_visible_to(request.user).filter(revoked_at=None).select_related("user")[:MOST])
    for key in listed:
        key.is_over = key.expires_at is not None and key.expires_at <= now  # type: ignore[attr-defined]
    context = {
        "personal": [key for key in listed if key.kind == ApiKey.Kind.PERSONAL],
        "services": [key for key in listed if key.kind == ApiKey.Kind.SERVICE],
        "section": "settings",
        "current": "keys",
    }
    return render(request, "accounts/keys.html", context)


@people_only
@require_http_methods(["GET", "POST"])
def new_key(request: AgentRequest) -> HttpResponse:
    """Make a key; its text is shown by this answer and never again."""
    form = KeyForm(posted(request), agent=request.user)
    context: dict[str, object] = {"form": form, "section": "settings", "current": "keys"}
    if form.is_valid():
        require_proof(request)
        with form.refusals():
            details = form.details()
            key, plain = create_key(details.pop("user"), actor=request.user, **details)
            return render(request, "accounts/key_made.html", {**context, "key": key, "plain": plain})
    return render(request, "accounts/key.html", context, status=status_of(form))


@people_only
@require_POST
def revoke(request: AgentRequest, pk: int) -> HttpResponse:
    """End a key now."""
    key = revoke_key(get_object_or_404(_visible_to(request.user), pk=pk), actor=request.user)
    messages.success(request, _("%(name)s no longer works.") % {"name": key.name})
    return redirect("accounts:keys")


def _visible_to(user: User) -> QuerySet[ApiKey]:
    mine = Q(user=user, kind=ApiKey.Kind.PERSONAL)
    return ApiKey.objects.filter(mine | Q(kind=ApiKey.Kind.SERVICE) if user.is_administrator else mine)
