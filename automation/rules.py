"""Which team a ticket is sent to: the first active rule whose conditions it meets."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db.models import BigIntegerField, Case, Q, Value, When

from accounts.models import Team
from automation.models import RoutingRule
from helpdesk.errors import DomainError
from tickets.conditions import compile as as_query
from tickets.models import Ticket

logger = logging.getLogger(__name__)

EVERY_TICKET = Q(pk__isnull=False)


def first_team(ticket: Ticket) -> Team | None:
    """Return the team of the first rule that fits, or None. Two queries, however many rules there are."""
    return first_teams([ticket.pk]).get(ticket.pk)


def first_teams(ticket_ids: Iterable[int]) -> dict[int, Team]:
    """Return the team of the first rule that fits each of these tickets, where one does. Two queries."""
    rules = RoutingRule.objects.filter(is_active=True, team__is_active=True).select_related("team")
    teams = {rule.pk: rule.team for rule in rules}
    whens = [
        When(condition, then=Value(rule.pk)) for rule in rules if (condition := _condition(rule)) is not None
    ]
    if not whens:
        return {}
    first = Case(*whens, default=None, output_field=BigIntegerField())
    tickets = Ticket.objects.filter(pk__in=list(ticket_ids)).annotate(rule=first)
    return {pk: teams[rule] for pk, rule in tickets.order_by().values_list("pk", "rule") if rule is not None}


def _condition(rule: RoutingRule) -> Q | None:
    """A rule that asks for something gone (a custom field) is passed over: the desk must go on."""
    try:
        return as_query(rule.conditions) or EVERY_TICKET
    except DomainError:
        logger.warning("routing rule cannot be understood", extra={"rule": rule.pk})
        return None
