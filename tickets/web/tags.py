"""The list of tags: rename, merge, remove; and the saved views there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.web.guards import administrators_only, people_only
from accounts.web.lists import page_of
from accounts.web.parts import PartedForm, posted, status_of
from tickets.actions.tags import delete_tag, merge_tags, rename_tag
from tickets.actor import Actor
from tickets.models import SavedView, Tag

if TYPE_CHECKING:
    from accounts.http import AgentRequest

OFFERED = 500


class TagForm(PartedForm):
    """Another name, or another tag that takes this one's place."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=50)
    into = forms.ModelChoiceField(
        label=gettext_lazy("Or merge it into"),
        queryset=Tag.objects.none(),
        required=False,
        empty_label="–",
        help_text=gettext_lazy("All its tickets get that tag, and this one goes. It cannot be undone."),
    )


@administrators_only
@require_GET
def tags(request: AgentRequest) -> HttpResponse:
    """All tags, by name, with how many tickets have each."""
    wanted = request.GET.get("q", "").strip()[:50]
    found = Tag.objects.filter(name__icontains=wanted) if wanted else Tag.objects.all()
    page = page_of(found, request, order=("name", "pk"))
    counted = Tag.objects.filter(pk__in=[each.pk for each in page.rows]).annotate(number=Count("tickets"))
    counts = dict(counted.values_list("pk", "number"))
    context = {
        "page": page,
        "lines": [(tag, counts.get(tag.pk, 0)) for tag in page.rows],
        "q": wanted,
        "section": "settings",
        "current": "tags",
    }
    return render(request, "desk/tags.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def tag(request: AgentRequest, pk: int) -> HttpResponse:
    """Rename a tag, or merge it into another."""
    found = get_object_or_404(Tag, pk=pk)
    form = TagForm(posted(request), initial={"name": found.name})
    others = Tag.objects.exclude(pk=pk)
    form.fields["into"].queryset = others if form.is_bound else others[:OFFERED]  # type: ignore[attr-defined]
    if form.is_valid():
        with form.refusals():
            actor, into = Actor.of(request.user), form.cleaned_data["into"]
            if into is not None:
                kept = merge_tags(pk, into_id=into.pk, actor=actor)
            else:
                kept = rename_tag(pk, name=form.cleaned_data["name"], actor=actor)
            messages.success(request, _("The tag is now: %(name)s") % {"name": kept.name})
            return redirect("desk:tags")
    context = {"form": form, "tag": found, "section": "settings", "current": "tags"}
    return render(request, "desk/tag.html", context, status=status_of(form))


@administrators_only
@require_POST
def remove_tag(request: AgentRequest, pk: int) -> HttpResponse:
    delete_tag(pk, actor=Actor.of(request.user))
    messages.success(request, _("The tag is gone from all its tickets."))
    return redirect("desk:tags")


@people_only
@require_GET
def views(request: AgentRequest) -> HttpResponse:
    """One's own views, and those that others share."""
    found = SavedView.objects.visible_to(request.user).select_related("owner", "team")
    context = {"views": found, "section": "settings", "current": "views"}
    return render(request, "desk/views.html", context)
