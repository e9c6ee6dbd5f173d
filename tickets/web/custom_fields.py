"""Custom fields: what the desk wants answered on tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.web.guards import administrators_only
from accounts.web.parts import Part, PartedForm, posted, status_of
from tickets.actions.customfields import delete_field, save_field
from tickets.actor import Actor
from tickets.models import CustomField, TicketType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.http import AgentRequest


class FieldForm(PartedForm):
    """One question, and of which tickets it is asked."""

    label = forms.CharField(label=gettext_lazy("Label"), max_length=80)
    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=40,
        help_text=gettext_lazy("How programs name it: small letters, digits, - and _."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("One a line. Only for the kind “Choice”."),
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Asked on"),
        choices=TicketType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: on every type of ticket."),
    )
    is_required_to_solve = forms.BooleanField(label=gettext_lazy("Needed to solve"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)
    position = forms.IntegerField(
        label=gettext_lazy("Place in the list"), min_value=0, max_value=9999, initial=0
    )

    parts: Sequence[Part] = (
        Part(gettext_lazy("The question"), ("label", "key", "kind", "choices")),
        Part(gettext_lazy("When it is asked"), ("types", "is_required_to_solve", "is_active", "position")),
    )

    def values(self) -> dict[str, Any]:
        """Return what `save_field` takes."""
        return {**self.cleaned_data, "choices": self.cleaned_data["choices"].splitlines()}


@administrators_only
@require_GET
def fields(request: AgentRequest) -> HttpResponse:
    """All fields, in the order in which they are asked."""
    labels = dict(TicketType.choices)
    lines = [
        (field, [labels.get(kind, kind) for kind in field.types])
        for field in CustomField.objects.order_by("-is_active", "position", "pk")
    ]
    context = {"lines": lines, "section": "settings", "current": "fields"}
    return render(request, "desk/fields.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def new_field(request: AgentRequest) -> HttpResponse:
    return _edit(request, None)


@administrators_only
@require_http_methods(["GET", "POST"])
def edit_field(request: AgentRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(CustomField, pk=pk))


@administrators_only
@require_POST
def remove_field(request: AgentRequest, pk: int) -> HttpResponse:
    delete_field(pk, actor=Actor.of(request.user))
    messages.success(request, _("The field is gone."))
    return redirect("desk:fields")


def _edit(request: AgentRequest, field: CustomField | None) -> HttpResponse:
    form = FieldForm(posted(request), initial=_initial(field))
    if form.is_valid():
        with form.refusals():
            saved = save_field(field.pk if field else None, actor=Actor.of(request.user), **form.values())
            messages.success(request, _("%(name)s is saved.") % {"name": saved.label})
            return redirect("desk:fields")
    context = {"form": form, "field": field, "section": "settings", "current": "fields"}
    return render(request, "desk/field.html", context, status=status_of(form))


def _initial(field: CustomField | None) -> dict[str, Any]:
    if field is None:
        return {"position": CustomField.objects.count()}
    names = ("label", "key", "kind", "types", "is_required_to_solve", "is_active", "position")
    return {**{name: getattr(field, name) for name in names}, "choices": "\n".join(map(str, field.choices))}
