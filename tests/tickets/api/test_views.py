"""Views and counts, saved views, search, the feed, notifications, custom fields."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from tests import make
from tests.api import Caller, refused
from tickets import search
from tickets.models import Message, Notification, Ticket


def later() -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=5), tick=True)


def test_views_and_their_tickets(call: Caller, other: Caller, ticket: Ticket) -> None:
    counted = {each["key"]: each["count"] for each in call.get("views/").json()}
    assert (counted["unassigned"], counted["my_open"], counted["solved"]) == (1, 0, None)

    for key in (
        "unassigned",
        "all_unresolved",
        f"team-{ticket.team_id}",
        "channel-api",
        f"inbox-{ticket.inbox_id}",
    ):
        rows = call.get(f"views/{key}/tickets/").json()["results"]
        assert [row["id"] for row in rows] == [ticket.pk], key
    assert call.get("views/solved/tickets/", order="due").json()["results"] == []
    assert other.get("views/unassigned/tickets/").json()["results"] == []
    refused(other.get(f"views/team-{ticket.team_id}/tickets/"), 404, "not_found")
    for key in ("nothing", "view-999", "view-" + "9" * 30, "team-" + "9" * 5000):
        refused(call.get(f"views/{key}/tickets/"), 404, "not_found")
    refused(call.get("views/unassigned/tickets/", order="x"), 400, "invalid", "order")


@pytest.mark.parametrize("order", ["", "due", "newest", "oldest", "priority", "updated"])
def test_views_go_on_by_cursor(call: Caller, order: str) -> None:
    wanted = {make.ticket(team=make.team("Support")).pk for _ in range(5)}
    query = {"page_size": 2, **({"order": order} if order else {})}
    seen, page = [], call.get("views/unassigned/tickets/", **query).json()
    while page["next"]:
        seen += [row["id"] for row in page["results"]]
        page = call.client.get(page["next"]).json()
    seen += [row["id"] for row in page["results"]]
    assert (len(seen), set(seen)) == (5, wanted)


def test_a_view_takes_the_same_few_queries(
    call: Caller, ticket: Ticket, django_assert_num_queries: Any
) -> None:
    call.get("me/")
    with django_assert_num_queries(4):
        call.get("views/unassigned/tickets/")
    for _ in range(10):
        make.ticket(team=make.team("Support"))
    with django_assert_num_queries(4):
        call.get("views/unassigned/tickets/")


def test_saved_views(call: Caller, other: Caller, supervisor: Caller, ticket: Ticket) -> None:
    conditions = {"all": [{"field": "status", "op": "in", "value": ["new"]}]}
    made = call.post("saved-views/", {"name": "Fresh", "conditions": conditions, "order": "oldest"})
    assert made.status_code == 201
    pk, key = made.json()["id"], made.json()["key"]
    assert [row["id"] for row in call.get(f"views/{key}/tickets/").json()["results"]] == [ticket.pk]
    assert {each["key"]: each["count"] for each in call.get("views/").json()}[key] == 1

    refused(other.get(f"saved-views/{pk}/"), 404, "not_found")
    refused(other.put(f"saved-views/{pk}/", {"name": "x", "conditions": {}}), 404, "not_found")
    shared = {"name": "Ours", "conditions": {}, "is_shared": True, "team": ticket.team_id}
    refused(call.put(f"saved-views/{pk}/", shared), 403, "not_allowed")
    assert supervisor.post("saved-views/", shared).status_code == 201
    assert len(call.get("saved-views/").json()["results"]) == 2
    assert call.delete(f"saved-views/{pk}/").status_code == 204
    refused(call.delete(f"saved-views/{pk}/"), 404, "not_found")


@pytest.mark.parametrize(
    "conditions",
    [
        "x",
        [1],
        None,
        {"all": "x"},
        {"all": [{"all": [{"x": 1}]}]},
        {"field": "salary", "op": "is", "value": 1},
        {"field": "team", "op": "is", "value": 2**70},
        {"field": "team", "op": "in", "value": [{}]},
        {"field": "subject", "op": "contains", "value": 7},
        {"field": "created_at", "op": "before", "value": "x"},
    ],
)
def test_conditions_that_mean_nothing(call: Caller, conditions: Any) -> None:
    answer = call.post("saved-views/", {"name": "Bad", "conditions": conditions})
    assert answer.status_code == 400, answer.json()
    assert set(answer.json()) >= {"code", "detail"}


def test_what_conditions_may_speak_of(call: Caller) -> None:
    fields = {each["name"]: each for each in call.get("condition-fields/").json()}
    assert {"value": "new", "label": "New"} in fields["status"]["choices"]


def test_search(call: Caller, other: Caller, ticket: Ticket) -> None:
    search.index_messages(Message.objects.all())
    (hit,) = call.get("search/", q="card bloc").json()["results"]
    assert hit["id"] == ticket.pk
    assert "card" in hit["snippet"]
    assert hit["message"] == ticket.last_message_id
    assert other.get("search/", q="card").json()["results"] == []
    refused(call.get("search/"), 400, "invalid", "q")
    refused(call.get("search/", q="x", offset="-1"), 400, "invalid", "offset")
    for words in ("'", '"', "*", "()", "NEAR(", "a AND", "\\", "9" * 30, "😀"):
        assert call.get("search/", q=words).status_code == 200, words


def test_search_goes_on(call: Caller) -> None:
    wanted = {make.ticket(team=make.team("Support")).pk for _ in range(30)}
    search.index_messages(Message.objects.all())
    first = call.get("search/", q="card").json()
    second = call.client.get(first["next"]).json()
    found = [row["id"] for row in first["results"] + second["results"]]
    assert (len(found), set(found), second["next"]) == (30, wanted, None)


def test_the_feed_goes_on_after_what_one_has(call: Caller, other: Caller, ticket: Ticket) -> None:
    assert call.get("events/").json()["results"] == []  # it may still be being written
    with later():
        first = call.get("events/").json()["results"]
        assert {each["ticket"] for each in first} == {ticket.pk}
        last = first[-1]["id"]
        assert call.get("events/", after=last).json()["results"] == []
        assert other.get("events/").json()["results"] == []
    call.patch(f"tickets/{ticket.pk}/", {"subject": "New"})
    with later():
        (event,) = call.get("events/", after=last).json()["results"]
        assert event["kind"] == "ticket.subject_changed"
        assert call.get("events/", kind="ticket.opened,x").json()["results"][0]["kind"] == "ticket.opened"
    refused(call.get("events/", after="x"), 400, "invalid", "after")
    refused(call.get("events/", after=2**63), 400, "invalid", "after")


def test_notifications(call: Caller, other: Caller, ticket: Ticket, ada: User, ben: User) -> None:
    event = ticket.events.first()
    for user in (ada, ben):
        Notification.objects.create(user=user, ticket=ticket, event=event, kind="mentioned")
    (told,) = call.get("notifications/", unread="true").json()["results"]
    assert told["ticket"] == ticket.pk
    assert other.get("notifications/").json()["results"] == []  # he sees the ticket no more
    assert call.post("notifications/read/", {"notifications": [told["id"], 10**15]}).json() == {"count": 1}
    assert call.get("notifications/", unread="true").json()["results"] == []
    refused(call.post("notifications/read/", {"notifications": ["x"]}), 400, "invalid", "notifications.0")


def test_custom_fields(call: Caller, eve: User, ticket: Ticket) -> None:
    admin = Caller(eve)
    field = {"key": "branch", "label": "Branch", "kind": "choice", "choices": ["Hanoi", "Hue"]}
    refused(call.post("custom-fields/", field), 403, "not_allowed")
    made = admin.post("custom-fields/", field)
    assert made.status_code == 201
    changed = call.patch(f"tickets/{ticket.pk}/", {"custom": {"branch": "Hue"}})
    assert changed.json()["custom"] == {"branch": "Hue"}
    refused(call.patch(f"tickets/{ticket.pk}/", {"custom": {"branch": ["Hue"]}}), 400, "choice", "branch")
    refused(admin.delete(f"custom-fields/{made.json()['id']}/"), 409, "answered")
    refused(admin.post("custom-fields/", field), 400, "key", "key")
    refused(admin.post("custom-fields/", field | {"types": ["x"]}), 400, "invalid", "types.0")
    assert call.get("custom-fields/").json()[0]["choices"] == ["Hanoi", "Hue"]


def test_labels_are_kept_in_order_by_administrators(call: Caller, eve: User, ticket: Ticket) -> None:
    admin = Caller(eve)
    call.patch(f"tickets/{ticket.pk}/tags/", {"add": ["vip", "v.i.p."]})
    pks = {each["name"]: each["id"] for each in call.get("tags/").json()["results"]}
    path = f"tags/{pks['v.i.p.']}/"
    refused(call.patch(path, {"name": "x"}), 403, "not_allowed")
    refused(call.delete(path), 403, "not_allowed")
    assert admin.patch(path, {"name": "important"}).json()["name"] == "important"
    assert admin.post(f"{path}merge/", {"into": pks["vip"]}).json()["id"] == pks["vip"]
    refused(admin.get(path), 404, "not_found")
    assert admin.delete(f"tags/{pks['vip']}/").status_code == 204
    assert call.get(f"tickets/{ticket.pk}/").json()["tags"] == []
