"""Keep the rules that send tickets to teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from automation.models import RoutingRule
from helpdesk.errors import ConflictError, DomainError, NotAllowedError
from tickets import conditions as tree

if TYPE_CHECKING:
    from accounts.models import Team
    from tickets.actor import Actor


@transaction.atomic
def save_rule(
    rule: RoutingRule | None,
    *,
    name: str,
    conditions: object,
    team: Team,
    actor: Actor,
    is_active: bool = True,
) -> RoutingRule:
    """Make a rule, at the end of the list, or change one. Raises DomainError for a bad condition."""
    _require_administrator(actor)
    if not name.strip():
        raise DomainError(_("Give the rule a name."), field="name", code="required")
    tree.validate(conditions, with_me=False)
    if rule is None:
        last = RoutingRule.objects.aggregate(last=Max("position"))["last"]
        rule = RoutingRule(position=0 if last is None else last + 1)
    else:
        rule = _locked(rule.pk)
    rule.name, rule.conditions, rule.team, rule.is_active = name.strip()[:80], conditions, team, is_active
    rule.save()
    return rule


@transaction.atomic
def delete_rule(rule: RoutingRule, *, actor: Actor) -> None:
    """Remove a rule. Tickets it sent stay where they are."""
    _require_administrator(actor)
    _locked(rule.pk).delete()


@transaction.atomic
def reorder_rules(rule_ids: list[int], *, actor: Actor) -> list[RoutingRule]:
    """Put the rules into this order: the first that fits wins. All must be named, each once."""
    _require_administrator(actor)
    rules = {rule.pk: rule for rule in RoutingRule.objects.select_for_update(no_key=True).order_by("pk")}
    if sorted(rule_ids) != sorted(rules):
        raise ConflictError(_("The rules have changed meanwhile. Load the page again."), code="rules_changed")
    for position, rule_id in enumerate(rule_ids):
        if rules[rule_id].position != position:
            rules[rule_id].position = position
            rules[rule_id].save(update_fields=["position"])
    return [rules[rule_id] for rule_id in rule_ids]


@transaction.atomic
def rename_tag_in_rules(before: str, *, after: str, actor: Actor) -> None:
    """A tag has another name now: rules that ask for it ask for that."""
    _require_administrator(actor)
    for rule in RoutingRule.objects.select_for_update(no_key=True).order_by("pk"):
        changed = tree.renamed(rule.conditions, field="tags", before=before, after=after)
        if changed != rule.conditions:
            rule.conditions = changed
            rule.save(update_fields=["conditions"])


def _require_administrator(actor: Actor) -> None:
    if actor.user is None or not actor.user.is_administrator:
        raise NotAllowedError(_("Only an administrator may do this. Ask one of yours."))


def _locked(rule_id: int) -> RoutingRule:
    rule = RoutingRule.objects.select_for_update(no_key=True).filter(pk=rule_id).first()
    if rule is None:
        raise ConflictError(_("This rule was deleted meanwhile."), code="gone")
    return rule
