"""Routing rules, and the next best ticket for whoever asks."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import GONE
from automation.actions.rules import delete_rule, reorder_rules, save_rule
from automation.api import serializers as shapes
from automation.models import RoutingRule
from automation.routing import next_best
from tickets.api.base import TicketsView, whole
from tickets.api.serializers import TicketDetail


class NextTicket(TicketsView):
    """The next best ticket."""

    @extend_schema(request=None, responses={200: TicketDetail, 204: GONE})
    def post(self, request: Request) -> Response:
        """Take the best waiting ticket of your teams; 204 when nothing waits."""
        ticket = next_best(self.user)
        if ticket is None:
            return Response(status=204)
        return Response(TicketDetail(whole(ticket.pk)).data)


class RulesView(TicketsView):
    """Base of the views about rules."""

    scope = "settings"


class Rules(RulesView):
    """The rules by which tickets go to teams, in the order in which they are tried."""

    @extend_schema(responses=shapes.RoutingRuleOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response(shapes.RoutingRuleOutput(RoutingRule.objects.all(), many=True).data)

    @extend_schema(request=shapes.RoutingRuleInput, responses={201: shapes.RoutingRuleOutput})
    def post(self, request: Request) -> Response:
        """Add a rule at the end. Administrators only."""
        rule = save_rule(None, actor=self.actor, **self.checked(shapes.RoutingRuleInput))
        return Response(shapes.RoutingRuleOutput(rule).data, status=201)


class RuleOrder(RulesView):
    """The order of the rules."""

    @extend_schema(request=shapes.OrderInput, responses=shapes.RoutingRuleOutput(many=True))
    def put(self, request: Request) -> Response:
        """Put the rules into this order."""
        rules = reorder_rules(self.checked(shapes.OrderInput)["rules"], actor=self.actor)
        return Response(shapes.RoutingRuleOutput(rules, many=True).data)


class OneRule(RulesView):
    """One rule."""

    @extend_schema(responses=shapes.RoutingRuleOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.RoutingRuleOutput(get_object_or_404(RoutingRule, pk=pk)).data)

    @extend_schema(request=shapes.RoutingRuleInput, responses=shapes.RoutingRuleOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Change a rule. Administrators only."""
        rule = get_object_or_404(RoutingRule, pk=pk)
        rule = save_rule(rule, actor=self.actor, **self.checked(shapes.RoutingRuleInput))
        return Response(shapes.RoutingRuleOutput(rule).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a rule. Tickets it sent stay where they are."""
        delete_rule(get_object_or_404(RoutingRule, pk=pk), actor=self.actor)
        return Response(status=204)
