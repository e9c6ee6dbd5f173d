"""Rules send tickets to teams."""

from __future__ import annotations

import pytest

from accounts.models import User
from automation import routing
from automation.actions.rules import delete_rule, reorder_rules, save_rule
from automation.models import RoutingRule
from helpdesk.errors import ConflictError, DomainError, NotAllowedError
from tests import make
from tests.automation import facts
from tickets.actions.tags import merge_tags, rename_tag
from tickets.models import Event, Tag, Ticket

pytestmark = pytest.mark.django_db


def rule(eve: User, team: str, field: str, value: object, op: str = "is") -> RoutingRule:
    leaf = {"field": field, "op": op, "value": value}
    return save_rule(None, name=team, conditions={"all": [leaf]}, team=make.team(team), actor=make.actor(eve))


def sent_to(ticket: Ticket) -> str:
    facts.run()
    return Ticket.objects.get(pk=ticket.pk).team.name


def test_the_first_rule_that_fits_wins(eve: User) -> None:
    rule(eve, "Complaints", "type", "complaint")
    rule(eve, "Vietnamese", "language", "vi")
    rule(eve, "Later", "language", "vi")

    assert sent_to(make.ticket(team=make.team(), language="vi")) == "Vietnamese"
    assert (
        sent_to(make.ticket(team=make.team(), language="vi", attributes={"type": "complaint"}))
        == "Complaints"
    )
    assert sent_to(make.ticket(team=make.team(), language="en")) == "Support"


def test_rules_see_inbox_tag_and_segment(eve: User) -> None:
    inbox = make.inbox(team=make.team())
    rule(eve, "Web", "inbox", inbox.pk)
    assert sent_to(make.ticket(inbox_=inbox)) == "Web"

    rule(eve, "Business", "customer.segment", "corporate")
    firm = make.ticket(team=make.team())
    type(firm.customer).objects.update(segment="corporate")
    assert sent_to(firm) == "Business"
    type(firm.customer).objects.update(segment="individual")

    rule(eve, "Fraud", "tags", ["fraud"], op="in")
    tagged = make.ticket(team=make.team())
    tagged.tags.add(Tag.objects.create(name="fraud"))
    assert sent_to(tagged) == "Fraud"


def test_a_ticket_moved_by_a_rule_is_given_out_there_at_once(eve: User) -> None:
    rule(eve, "Billing", "language", "vi")
    make.agent("ana", make.team("Support"), online=True)
    ben = make.agent("ben", make.team("Billing"), online=True)
    ticket = make.ticket(team=make.team("Support"), language="vi")

    assert routing.route(ticket.pk).assignee == ben
    assert Event.objects.get(kind="ticket.team_changed").actor_kind == "automation"


def test_a_rule_that_cannot_be_understood_stops_nothing(eve: User) -> None:
    broken = rule(eve, "Gone", "type", "problem")
    RoutingRule.objects.filter(pk=broken.pk).update(conditions={"field": "no such", "op": "is", "value": 1})
    rule(eve, "Billing", "language", "vi")

    assert sent_to(make.ticket(team=make.team(), language="vi")) == "Billing"


def test_an_empty_condition_fits_every_ticket(eve: User) -> None:
    save_rule(None, name="All", conditions={}, team=make.team("Front"), actor=make.actor(eve))

    assert sent_to(make.ticket()) == "Front"


def test_twenty_rules_cost_as_much_as_one(eve: User, django_assert_num_queries: object) -> None:
    for number in range(20):
        rule(eve, f"T{number}", "language", "vi")
    ticket = make.ticket(language="en")

    with django_assert_num_queries(2):  # type: ignore[operator]
        routing.first_team(ticket)


def test_a_rule_is_changed_ordered_and_deleted(eve: User) -> None:
    first, second = rule(eve, "A", "type", "problem"), rule(eve, "B", "type", "question")
    actor = make.actor(eve)

    save_rule(first, name="A2", conditions={}, team=second.team, is_active=False, actor=actor)
    reorder_rules([second.pk, first.pk], actor=actor)
    assert [each.name for each in RoutingRule.objects.all()] == ["B", "A2"]
    with pytest.raises(ConflictError):
        reorder_rules([second.pk], actor=actor)

    delete_rule(second, actor=actor)
    assert RoutingRule.objects.get().is_active is False
    with pytest.raises(ConflictError):
        delete_rule(second, actor=actor)


def test_a_condition_that_means_nothing_is_refused(eve: User) -> None:
    with pytest.raises(DomainError):
        rule(eve, "Support", "colour", "red")
    assert not RoutingRule.objects.exists()


def test_only_administrators_keep_rules(sam: User) -> None:
    with pytest.raises(NotAllowedError):
        rule(sam, "Support", "type", "problem")


@pytest.mark.parametrize(("op", "value"), [("is", "me"), ("in", [1, "me"])])
def test_nobody_is_me_in_a_rule(eve: User, op: str, value: object) -> None:
    with pytest.raises(DomainError) as refused:
        rule(eve, "Mine", "assignee", value, op)

    assert refused.value.field == "conditions"
    assert "Choose a person" in refused.value.message


def test_a_rule_follows_the_name_of_a_tag(eve: User) -> None:
    renamed = rule(eve, "Fraud", "tags", ["fraud", "cards"], "in")
    other = rule(eve, "Text", "subject", "fraud", "contains")
    tags = {name: Tag.objects.create(name=name) for name in ("fraud", "cards", "stolen")}

    rename_tag(tags["fraud"].pk, name="Scam", actor=make.actor(eve))
    merge_tags(tags["cards"].pk, into_id=tags["stolen"].pk, actor=make.actor(eve))

    renamed.refresh_from_db()
    other.refresh_from_db()
    assert renamed.conditions["all"][0]["value"] == ["scam", "stolen"]
    assert other.conditions["all"][0]["value"] == "fraud"
