"""Which team a ticket is sent to: the first active rule whose conditions it meets."""

from __future__ import annotations

import logging

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
    rules = RoutingRule.objects.filter(is_active=True, team__is_active=True).select_related("team")
    teams = {rule.pk: rule.team for rule in rules}
    whens = [
        When(condition, then=Value(rule.pk)) for rule in rules if (condition := _condition(rule)) is not None
    ]
    if not whens:
        return None
    first = Case(*whens, default=None, output_field=BigIntegerField())
    found = Ticket.objects.filter(pk=ticket.pk).annotate(rule=first).values_list("rule", flat=True).first()
    return None if found is None else teams[found]


def _condition(rule: RoutingRule) -> Q | None:
    """A rule that asks for something gone (a custom field) is passed over: the desk must go on."""
    try:
        return as_query(rule.conditions) or EVERY_TICKET
    except DomainError:
        logger.warning("routing rule cannot be understood", extra={"rule": rule.pk})
        return None
