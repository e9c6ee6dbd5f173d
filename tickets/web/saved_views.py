"""Views of one's own: built from conditions, kept, shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role, Team
from helpdesk.errors import DomainError, NotFoundError
from tickets.actions.views import delete_view, save_view
from tickets.models import SavedView
from tickets.web import conditions
from tickets.web.http import actor_of, agents_only, number
from tickets.web.queue_panel import order_labels

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from accounts.models import User


@agents_only
@require_http_methods(["GET", "POST"])
def new_view(request: AgentRequest) -> HttpResponse:
    return _edit(request, None)


@agents_only
@require_http_methods(["GET", "POST"])
def edit_view(request: AgentRequest, pk: int) -> HttpResponse:
    view = SavedView.objects.visible_to(request.user).filter(pk=pk).first()
    if view is None:
        raise NotFoundError(_("There is no such view."))
    return _edit(request, view)


@agents_only
@require_POST
def remove_view(request: AgentRequest, pk: int) -> HttpResponse:
    delete_view(pk, actor=actor_of(request))
    messages.success(request, _("The view was deleted."))
    return redirect("tickets:inbox")


@agents_only
@require_GET
def more_rows(request: AgentRequest) -> HttpResponse:
    """One row of the builder: a new one, or one whose field or operator was changed."""
    known = conditions.choices()
    given = request.GET
    uid = next((name[2:-6] for name in given if name.startswith("c-") and name.endswith("-field")), "")
    if uid:
        row = next(row for group in conditions.read(given, known) for row in group.rows)
        row.group = given.get(f"c-{uid}-group", "")
    else:
        row = conditions.Row(conditions.new_uid(), given.get("group", ""))
    if "new_group" in given:
        group = conditions.Group(conditions.new_uid(), "any")
        group.rows = [conditions.Row(conditions.new_uid(), group.uid)]
        return render(request, "tickets/_condition_group.html", {"group": group, "known": known.values()})
    return render(request, "tickets/_condition.html", {"row": row, "known": known.values()})


def _edit(request: AgentRequest, view: SavedView | None) -> HttpResponse:
    known = conditions.choices()
    given = request.POST
    groups = (
        conditions.read(given, known)
        if given
        else conditions.groups_of(view.conditions if view else {}, known)
    )
    error = None
    if request.method == "POST" and "add" in given:
        groups = extended(groups or [], given["add"])
    elif request.method == "POST":
        try:
            saved = _save(request, view, groups or [])
        except DomainError as refused:
            error = refused
        else:
            return redirect(f"{reverse('tickets:inbox')}?view=view-{saved.pk}")
    context = {
        "view": view, "groups": groups, "known": known.values(), "error": error, "section": "inbox",
        "kept": conditions.kept(view.conditions) if view and groups is None else "",
        "values": _values(request, view), "orders": order_labels().items(), "teams": shareable(request.user),
        "may_share_all": request.user.is_administrator,
        "is_mine": view is None or view.owner_id == request.user.pk or request.user.is_administrator,
    }  # fmt: skip
    return render(request, "tickets/view_form.html", context, status=422 if error else 200)


def extended(groups: list[conditions.Group], what: str) -> list[conditions.Group]:
    """Another row or group, for a page without scripts."""
    if what == "group":
        uid = conditions.new_uid()
        groups.append(conditions.Group(uid, "any", [conditions.Row(conditions.new_uid(), uid)]))
    for group in groups:
        if what == f"row-{group.uid}":
            group.rows.append(conditions.Row(conditions.new_uid(), group.uid))
    return groups


def _save(request: AgentRequest, view: SavedView | None, groups: list[conditions.Group]) -> SavedView:
    given = request.POST
    share = given.get("share", "")
    tree = conditions.restored(given["kept"]) if given.get("kept") else conditions.tree_of(groups)
    return save_view(
        view.pk if view else None,
        actor=actor_of(request),
        name=given.get("name", ""),
        conditions=tree,
        order=given.get("order", "due"),
        is_shared=bool(share),
        team=Team.objects.filter(pk=number(share) or 0).first() if share not in ("", "all") else None,
    )


def _values(request: AgentRequest, view: SavedView | None) -> dict[str, Any]:
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in ("name", "order", "share")}
    if view is None:
        return {"name": "", "order": "due", "share": ""}
    share = (str(view.team_id) if view.team_id else "all") if view.is_shared else ""
    return {"name": view.name, "order": view.order, "share": share}


def shareable(user: User) -> list[tuple[str, str]]:
    """The teams with which this person may share a view."""
    if user.is_administrator:
        teams = Team.objects.filter(is_active=True)
    elif user.role in (Role.SUPERVISOR, Role.SENIOR):
        teams = Team.objects.filter(is_active=True, pk__in=user.team_ids)
    else:
        teams = Team.objects.none()
    return [(str(team.pk), team.name) for team in teams]
