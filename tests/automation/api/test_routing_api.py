"""Routing rules, and the next best ticket."""

from __future__ import annotations

from accounts.models import User
from tests import make
from tests.api import Caller, refused
from tickets.models import Ticket


def test_rules(eve: User, ada: User) -> None:
    admin, call = Caller(eve), Caller(ada)
    team = make.team("Support").pk
    first = admin.post("routing-rules/", {"name": "All", "conditions": {}, "team": team})
    second = admin.post(
        "routing-rules/", {"name": "More", "conditions": {}, "team": team, "is_active": False}
    )
    assert (first.status_code, second.status_code) == (201, 201)
    order = [second.json()["id"], first.json()["id"]]
    assert [each["id"] for each in admin.put("routing-rules/order/", {"rules": order}).json()] == order
    assert [each["name"] for each in call.get("routing-rules/").json()] == ["More", "All"]
    path = f"routing-rules/{order[0]}/"
    assert admin.put(path, {"name": "Other", "conditions": {}, "team": team}).json()["is_active"] is True
    assert call.get(path).json()["name"] == "Other"

    refused(call.post("routing-rules/", {"name": "x", "conditions": {}, "team": team}), 403, "not_allowed")
    refused(call.delete(path), 403, "not_allowed")
    refused(admin.put("routing-rules/order/", {"rules": order[:1]}), 409, "rules_changed")
    refused(
        admin.post("routing-rules/", {"name": "x", "conditions": {}, "team": 999}), 400, "invalid", "team"
    )
    bad = {"name": "x", "conditions": {"field": "salary", "op": "is", "value": 1}, "team": team}
    assert admin.post("routing-rules/", bad).status_code == 400
    assert admin.delete(path).status_code == 204
    refused(admin.get(path), 404, "not_found")


def test_the_next_best_ticket(ada: User, ben: User, lou: User, ticket: Ticket) -> None:
    refused(Caller(lou).post("tickets/next/"), 403, "not_allowed")
    assert Caller(ben).post("tickets/next/").status_code == 204
    mine = Caller(ada).post("tickets/next/").json()
    assert (mine["id"], mine["assignee"]["id"]) == (ticket.pk, ada.pk)
    assert mine["assigned_why"].startswith("next best")
    assert Caller(ada).post("tickets/next/").status_code == 204
