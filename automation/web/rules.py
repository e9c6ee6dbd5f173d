"""Routing rules: their order, what each asks, and which one a given ticket meets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Team
from accounts.web.guards import administrators_only
from automation.actions.rules import delete_rule, reorder_rules, save_rule
from automation.models import RoutingRule
from helpdesk.errors import DomainError, NotAllowedError, NotFoundError
from tickets.actor import Actor
from tickets.conditions import matches
from tickets.models import Ticket
from tickets.web import conditions
from tickets.web.saved_views import extended

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from tickets.conditions.builder import FieldChoice

_NUMBER = re.compile(r"\s*#?(\d{1,18})\s*\Z")


@dataclass
class Line:
    """One rule of the list. `fits` says whether the ticket that was asked about meets it."""

    rule: RoutingRule
    text: str
    fits: bool | None = None
    is_first: bool = False


@administrators_only
@require_GET
def rules(request: AgentRequest) -> HttpResponse:
    """The rules in their order; with a ticket's number, which of them it meets."""
    known = conditions.choices(with_me=False)
    found = RoutingRule.objects.select_related("team")
    lines = [Line(rule, describe(rule.conditions, known)) for rule in found]
    asked = request.GET.get("ticket", "").strip()
    ticket = _asked_about(request, asked) if asked else None
    if ticket is not None:
        _try(lines, ticket)
    context = {
        "lines": lines,
        "asked": asked,
        "ticket": ticket,
        "winner": next((line for line in lines if line.is_first), None),
        "section": "settings",
        "current": "routing",
    }
    return render(request, "automation/rules.html", context)


@administrators_only
@require_http_methods(["GET", "POST"])
def new_rule(request: AgentRequest) -> HttpResponse:
    return _edit(request, None)


@administrators_only
@require_http_methods(["GET", "POST"])
def rule(request: AgentRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(RoutingRule, pk=pk))


@administrators_only
@require_POST
def activity(request: AgentRequest, pk: int) -> HttpResponse:
    """Switch a rule off, or on again."""
    found = get_object_or_404(RoutingRule.objects.select_related("team"), pk=pk)
    save_rule(
        found,
        name=found.name,
        conditions=found.conditions,
        team=found.team,
        is_active=request.POST.get("active") == "true",
        actor=Actor.of(request.user),
    )
    return redirect("automation:rules")


@administrators_only
@require_POST
def move(request: AgentRequest, pk: int) -> HttpResponse:
    """Move a rule one place up or down."""
    ids = list(RoutingRule.objects.values_list("pk", flat=True))
    if pk not in ids:
        raise NotFoundError(_("There is no such rule."))
    place = ids.index(pk)
    other = place + (-1 if request.POST.get("to") == "up" else 1)
    if 0 <= other < len(ids):
        ids[place], ids[other] = ids[other], ids[place]
        reorder_rules(ids, actor=Actor.of(request.user))
    return redirect("automation:rules")


@administrators_only
@require_POST
def remove(request: AgentRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(RoutingRule, pk=pk)
    delete_rule(found, actor=Actor.of(request.user))
    messages.success(request, _("%(name)s is gone. Tickets it sent stay where they are.") % {"name": found})
    return redirect("automation:rules")


def describe(tree: dict[str, Any], known: dict[str, FieldChoice]) -> str:
    """Return what a rule asks, as one line."""
    groups = conditions.groups_of(tree, known)
    if groups is None:
        return _("Conditions made by a program")
    parts = [
        _in_words(group.how, [_condition(row) for row in group.rows if row.choice is not None])
        for group in groups
    ]
    return "; ".join(part for part in parts if part) or _("Every ticket")


def _in_words(how: str, parts: list[str]) -> str:
    sentences = {
        "all": "%(conditions)s",
        "any": _("any of: %(conditions)s"),
        "none": _("none of: %(conditions)s"),
    }
    return sentences[how] % {"conditions": ", ".join(parts)} if parts else ""


def _condition(row: conditions.Row) -> str:
    choice = row.choice
    assert choice is not None  # noqa: S101  # rows without a field are left out above
    operators = {str(each.value): each.label for each in choice.operators}
    labels = {str(each.value): each.label for each in choice.choices}
    values = [labels.get(value, value) for value in row.values]
    words = [choice.label, operators.get(row.op, row.op), " / ".join(values)]
    return " ".join(word for word in words if word)


def _asked_about(request: AgentRequest, asked: str) -> Ticket | None:
    number = _NUMBER.match(asked)
    if number is None:
        return None
    return Ticket.objects.visible_to(request.user).filter(pk=min(int(number[1]), 2**62)).first()


def _try(lines: list[Line], ticket: Ticket) -> None:
    for line in lines:
        try:
            line.fits = matches(line.rule.conditions, ticket)
        except DomainError:
            line.fits = False  # routing passes over it, too
    able = (line for line in lines if line.fits and line.rule.is_active and line.rule.team.is_active)
    first = next(able, None)
    if first is not None:
        first.is_first = True


def _edit(request: AgentRequest, rule: RoutingRule | None) -> HttpResponse:
    known, given = conditions.choices(with_me=False), request.POST
    is_posted = request.method == "POST"
    stored = rule.conditions if rule is not None else {}
    groups = conditions.read(given, known) if is_posted else conditions.groups_of(stored, known)
    error = None
    if is_posted and "add" in given:
        groups = extended(groups or [], given["add"])
    elif is_posted:
        error = _save(request, rule, groups or [])
        if error is None:
            return redirect("automation:rules")
    keeps = given.get("kept", "") if is_posted else (conditions.kept(stored) if groups is None else "")
    context = {
        "rule": rule, "groups": groups, "known": known.values(), "error": error, "kept": keeps,
        "values": _values(request, rule), "teams": Team.objects.filter(is_active=True),
        "section": "settings", "current": "routing",
    }  # fmt: skip
    return render(request, "automation/rule.html", context, status=422 if error else 200)


def _save(
    request: AgentRequest, rule: RoutingRule | None, groups: list[conditions.Group]
) -> DomainError | None:
    given = request.POST
    team = Team.objects.filter(pk=_pk(given.get("team", "")), is_active=True).first()
    if team is None:
        return DomainError(_("Choose the team that gets these tickets."), field="team")
    tree = conditions.restored(given["kept"]) if given.get("kept") else conditions.tree_of(groups)
    try:
        saved = save_rule(
            rule, name=given.get("name", ""), conditions=tree, team=team,
            is_active="is_active" in given, actor=Actor.of(request.user),
        )  # fmt: skip
    except (NotAllowedError, NotFoundError):
        raise
    except DomainError as refused:
        return refused
    messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
    return None


def _values(request: AgentRequest, rule: RoutingRule | None) -> dict[str, object]:
    if request.method == "POST":
        given = request.POST
        team = _pk(given.get("team", ""))
        return {"name": given.get("name", ""), "team": team, "is_active": "is_active" in given}
    if rule is None:
        return {"name": "", "team": None, "is_active": True}
    return {"name": rule.name, "team": rule.team_id, "is_active": rule.is_active}


def _pk(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
