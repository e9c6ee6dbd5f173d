"""The list of tickets, opening, reading, changing, many at a time."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests import make
from tests.api import Caller, refused
from tickets.actions.merge import merge
from tickets.actions.spam import mark_spam
from tickets.actions.tag import tag
from tickets.api.rows import columns, rows
from tickets.api.serializers import TicketRow
from tickets.models import Message, Ticket


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_a_row_says_what_the_schema_says(ada: User, ticket: Ticket) -> None:
    tag(ticket.pk, add=["vip", "card"], actor=make.actor(ada))
    Ticket.objects.filter(pk=ticket.pk).update(assignee=ada)
    plain = rows(columns(Ticket.objects.all()))

    described = TicketRow(Ticket.objects.select_related("customer", "team", "assignee"), many=True).data

    shown = [dict(row) for row in described]
    assert list(plain[0]) == list(shown[0])
    for name in ("subject", "priority", "tags", "inbox", "next_due_at", "is_spam"):
        assert plain[0][name] == shown[0][name]
    assert [plain[0][name]["name"] for name in ("customer", "team", "assignee")] == [
        shown[0][name]["name"] for name in ("customer", "team", "assignee")
    ]


def test_a_customer_without_a_name_has_one_in_the_list(call: Caller) -> None:
    found = make.ticket(team=make.team("Support"))
    found.customer.name = ""
    found.customer.save()
    assert call.get("tickets/").json()["results"][0]["customer"]["name"] == str(found.customer)


def test_the_list_takes_the_same_few_queries_at_any_size(
    call: Caller, ada: User, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        make.ticket(team=make.team("Support"), subject=f"Ticket {number}")
    tag(Ticket.objects.first().pk, add=["vip"], actor=make.actor(ada))
    call.get("tickets/")
    with django_assert_num_queries(4):  # key, teams, rows, tags
        assert len(ids(call.get("tickets/"))) == 3

    for number in range(30):
        make.ticket(team=make.team("Support"), subject=f"More {number}")
    with django_assert_num_queries(4):
        assert len(ids(call.get("tickets/"))) == 25


def test_other_teams_tickets_are_not_there(other: Caller, ticket: Ticket) -> None:
    assert ids(other.get("tickets/")) == []
    for path in (
        "",
        "messages/",
        "events/",
        "conversations/",
        "attachments/",
        "links/",
        "operations/",
        "draft/",
    ):
        refused(other.get(f"tickets/{ticket.pk}/{path}"), 404, "not_found")
    refused(other.patch(f"tickets/{ticket.pk}/", {"subject": "x"}), 404, "not_found")


def test_filters(call: Caller, ada: User) -> None:
    actor, team = make.actor(ada), make.team("Support")
    first, second, spam = (make.ticket(team=team, subject=name) for name in ("one", "two", "buy"))
    tag(first.pk, add=["vip"], actor=actor)
    call.post(f"tickets/{second.pk}/assignment/")
    call.patch(f"tickets/{second.pk}/", {"priority": "urgent"})
    mark_spam(spam.pk, actor=actor)

    assert ids(call.get("tickets/", tag="vip")) == [first.pk]
    assert ids(call.get("tickets/", assignee="me")) == [second.pk]
    assert ids(call.get("tickets/", assignee=ada.pk)) == [second.pk]
    assert ids(call.get("tickets/", unassigned="true")) == [first.pk]
    assert ids(call.get("tickets/", priority="urgent")) == [second.pk]
    assert ids(call.get("tickets/", spam="true")) == [spam.pk]
    assert ids(call.get("tickets/", status="new,open", order="oldest")) == [first.pk, second.pk]
    assert ids(call.get("tickets/", team=team.pk, order="newest")) == [second.pk, first.pk]
    assert ids(call.get("tickets/", customer=first.customer_id, order="oldest")) == [first.pk, second.pk]
    assert ids(call.get("tickets/", view="unassigned")) == [first.pk]
    assert ids(call.get("tickets/", created_after="2999-01-01T00:00:00Z")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "gone"), ("team", "x"), ("team", "1,x"), ("team", "9" * 25), ("customer", "9" * 400),
        ("customer", "1e999"), ("customer", "NaN"), ("company", "-1"), ("inbox", "1.5"), ("priority", "7"),
        ("created_after", "yesterday"), ("type", "x"), ("order", "color"),
    ],
)  # fmt: skip
def test_a_bad_filter_names_itself(call: Caller, name: str, value: str) -> None:
    refused(call.get("tickets/", **{name: value}), 400, "invalid", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [("assignee", "9" * 5000), ("follower", "x,me"), ("view", "team-" + "9" * 5000), ("view", "x"),
     ("created_after", "0001-01-01T00:00:00+23:59"), ("created_before", "9999-12-31T23:59:59-23:59"),
     ("tag", "," * 100), ("q", "'); --"), ("q", "9" * 300), ("language", "x" * 3000)],
)  # fmt: skip
def test_a_strange_filter_finds_nothing_or_is_refused(call: Caller, name: str, value: str) -> None:
    assert call.get("tickets/", **{name: value}).status_code in (200, 400)


def test_pages_hold_each_ticket_once(call: Caller) -> None:
    wanted = [make.ticket(team=make.team("Support")).pk for _ in range(7)]
    Ticket.objects.update(last_message_at="2026-01-01T00:00:00Z")  # all tied
    seen: list[int] = []
    page = call.get("tickets/", page_size=2).json()
    while page["next"]:
        seen += [row["id"] for row in page["results"]]
        page = call.client.get(page["next"]).json()
    seen += [row["id"] for row in page["results"]]
    assert seen == wanted[::-1]


def test_open_a_ticket(call: Caller, ada: User) -> None:
    inbox = make.inbox(team=make.team("Support"))
    body = {
        "inbox": inbox.pk,
        "address": "mia-1",
        "name": "Mia",
        "subject": "Your card",
        "body": "It is ready.",
    }

    made = call.post("tickets/", body | {"client_id": "c1", "priority": "high"})

    assert made.status_code == 201
    assert (
        made.json() | {"subject": "Your card", "priority": "high", "number": made.json()["id"]} == made.json()
    )
    assert made.json()["customer"]["name"] == "Mia"
    assert "solved" in made.json()["status_moves"]
    message = Message.objects.get(ticket=made.json()["id"])
    assert (message.kind, message.body, message.author) == ("out", "It is ready.", ada)
    assert call.post("tickets/", body | {"client_id": "c1"}).json()["id"] == made.json()["id"]


def test_note_down_a_call(call: Caller, ticket: Ticket) -> None:
    body = {"customer": ticket.customer_id, "subject": "Called about the card", "body": "Will come by."}
    made = call.post("tickets/", body)
    assert made.status_code == 201
    assert Message.objects.get(ticket=made.json()["id"]).kind == "note"


def test_opening_is_refused_for_good_reasons(call: Caller, light: Caller, other: Caller) -> None:
    inbox = make.inbox(team=make.team("Support"))
    good = {"inbox": inbox.pk, "address": "mia-1", "subject": "Hi", "body": "Hello"}
    refused(other.post("tickets/", good), 404, "not_found", "inbox")
    refused(light.post("tickets/", good), 403, "not_allowed")
    refused(call.post("tickets/", good | {"inbox": 999}), 404, "not_found", "inbox")
    refused(call.post("tickets/", good | {"subject": ""}), 400, "invalid", "subject")
    refused(call.post("tickets/", good | {"body": ""}), 400, "empty", "body")
    refused(call.post("tickets/", good | {"customer": 10**30}), 400, "invalid", "customer")
    refused(call.post("tickets/", good | {"attachments": [1] * 501}), 400, "invalid", "attachments")
    refused(call.post("tickets/", {"subject": "x", "body": "y"}), 400, "required", "customer")
    assert not Ticket.objects.exists()


def test_a_ticket_says_everything(call: Caller, ticket: Ticket, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(7):
        shown = call.get(f"tickets/{ticket.pk}/").json()
    assert shown["team"]["name"] == "Support"
    assert shown["followers"] == []
    assert shown["status_moves"] == ["open", "pending", "on_hold", "solved"]


def test_change_several_properties_or_none(call: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/"
    changes = {"subject": "Card", "type": "problem", "priority": "high", "due_at": "2999-01-01T00:00:00Z"}
    changed = call.patch(path, changes).json()
    assert changed | {"subject": "Card", "type": "problem", "priority": "high"} == changed
    assert changed["due_at"] == changed["next_due_at"] == "2999-01-01T00:00:00Z"

    refused(call.patch(path, {"subject": "Other", "custom": {"nothing": 1}}), 400, "unknown_field", "nothing")
    assert call.get(path).json()["subject"] == "Card"
    kinds = [each["kind"] for each in call.get(path + "events/").json()["results"]]
    assert kinds[-4:] == [
        "ticket.subject_changed", "ticket.type_changed", "ticket.priority_changed", "ticket.due_changed",
    ]  # fmt: skip


def test_changes_are_refused(call: Caller, light: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/"
    refused(light.patch(path, {"subject": "x"}), 403, "not_allowed")
    refused(light.patch(path, {}), 403, "not_allowed")
    refused(call.patch(path, {"priority": 3}), 400, "invalid", "priority")
    refused(call.patch(path, {"priority": ["high"]}), 400, "invalid", "priority")
    refused(call.patch(path, {"customer": 999}), 400, "invalid", "customer")
    refused(call.patch(path, {"due_at": "2001-01-01T00:00:00Z"}), 400, "past", "due_at")
    refused(call.patch(path, {"custom": {"a": "b\x00"}}), 400, "invalid", "custom.a")


def test_many_at_a_time(call: Caller, supervisor: Caller, ada: User, ben: User) -> None:
    support, billing = make.team("Support"), make.team("Billing")
    mine, theirs = make.ticket(team=support), make.ticket(team=billing)

    done = call.post(
        "tickets/bulk/", {"tickets": [mine.pk, theirs.pk], "verb": "priority", "values": {"priority": "high"}}
    ).json()

    assert done["done"] == [mine.pk]
    assert [each["ticket"] for each in done["refused"]] == [theirs.pk]
    for verb, values in [
        ("assign", {"agent": ada.pk}), ("release", {}), ("take", {}), ("status", {"status": "pending"}),
        ("type", {"type": "problem"}), ("tag", {"add": ["vip"]}), ("follow", {}),
        ("snooze", {"until": "2999-01-01T00:00:00Z"}),
    ]:  # fmt: skip
        answer = call.post("tickets/bulk/", {"tickets": [mine.pk], "verb": verb, "values": values})
        if verb == "snooze":  # further ahead than a year
            assert answer.json()["refused"]
        else:
            assert answer.json()["done"] == [mine.pk], (verb, answer.json())
    spam = call.post("tickets/bulk/", {"tickets": [mine.pk], "verb": "spam"})
    assert spam.json()["done"] == [mine.pk]
    assert call.post("tickets/bulk/", {"tickets": [mine.pk], "verb": "unspam"}).json()["done"] == [mine.pk]


def test_many_at_a_time_with_bad_shapes(call: Caller, light: Caller, ticket: Ticket) -> None:
    def bulk(**data: Any) -> Any:
        return call.post("tickets/bulk/", {"tickets": [ticket.pk], **data})

    refused(bulk(verb="erase"), 400, "invalid", "verb")
    refused(bulk(verb="priority"), 400, "invalid", "values.priority")
    refused(bulk(verb="assign", values={"agent": "me"}), 400, "invalid", "values.agent")
    refused(bulk(verb="merge", values={"into": 2**80}), 400, "invalid", "values.into")
    refused(bulk(verb="take", values=[1]), 400, "invalid", "values")
    refused(light.post("tickets/bulk/", {"tickets": [ticket.pk], "verb": "take"}), 403, "not_allowed")


def test_a_ticket_merged_away_leaves_the_list(call: Caller, ada: User) -> None:
    first, second = (make.ticket(team=make.team("Support")) for _ in range(2))
    merge(first.pk, into_id=second.pk, actor=make.actor(ada))
    assert ids(call.get("tickets/")) == [second.pk]
    refused(call.patch(f"tickets/{first.pk}/", {"subject": "x"}), 409, "merged")
    assert call.get(f"tickets/{first.pk}/").json()["merged_into"] == second.pk


def test_events_come_in_order_and_in_pages(call: Caller, ticket: Ticket) -> None:
    for name in ("a", "b", "c"):
        call.patch(f"tickets/{ticket.pk}/", {"subject": name})
    page = call.get(f"tickets/{ticket.pk}/events/", page_size=2).json()
    following = call.client.get(page["next"]).json()
    assert [each["id"] for each in page["results"]] < [each["id"] for each in following["results"]]
