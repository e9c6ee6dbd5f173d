"""One's own settings, and the way to all others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions.profile import update_profile
from accounts.models import LANGUAGES, User
from accounts.web.guards import people_only
from accounts.web.parts import Part, PartedForm, posted, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.http import AgentRequest


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Return the time zones by region, as people look for them."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]


class ProfileForm(PartedForm):
    """What people say about themselves."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zone_choices)
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"), choices=User.Theme.choices, widget=forms.RadioSelect
    )
    has_single_keys = forms.BooleanField(
        label=gettext_lazy("Single-key shortcuts"),
        required=False,
        help_text=gettext_lazy("R replies, J and K move through the list. Press ? to see them all."),
    )
    signature = forms.CharField(
        label=gettext_lazy("Signature"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Put under your replies, above the signature of the inbox."),
    )
    parts: Sequence[Part] = (
        Part(gettext_lazy("You"), ("name", "language", "time_zone")),
        Part(gettext_lazy("Looks and keys"), ("theme", "has_single_keys")),
        Part(gettext_lazy("Replies"), ("signature",)),
    )


@people_only
@require_GET
def index(request: AgentRequest) -> HttpResponse:
    """Everything that can be set, at a glance."""
    return render(request, "settings/index.html", {"section": "settings"})


@people_only
@require_http_methods(["GET", "POST"])
def profile(request: AgentRequest) -> HttpResponse:
    """Name, language, looks and signature of whoever is signed in."""
    user = request.user
    form = ProfileForm(posted(request), initial=_initial(user))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            changed = update_profile(user, actor=user, **form.cleaned_data)
            translation.activate(changed.language)
            messages.success(request, _("Your profile is saved."))
            return redirect("accounts:profile")
    context = {"form": form, "section": "settings", "current": "profile"}
    return render(request, "accounts/profile.html", context, status=status_of(form))


def _initial(user: User) -> dict[str, object]:
    names = ("name", "language", "time_zone", "theme", "has_single_keys", "signature")
    return {name: getattr(user, name) for name in names}
