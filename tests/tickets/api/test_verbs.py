"""Verbs as resources: each works, each says no, other teams find nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests import make
from tests.api import Caller, refused
from tickets.models import Ticket


def soon() -> str:
    return (timezone.now() + timedelta(hours=2)).isoformat()


def test_assign_take_release(call: Caller, ticket: Ticket, ada: User, sam: User, ben: User) -> None:
    path = f"tickets/{ticket.pk}/assignment/"
    assert call.post(path).json()["assignee"]["id"] == ada.pk
    assert call.put(path, {"agent": sam.pk}).json()["assignee"]["id"] == sam.pk
    assert call.put(path, {"agent": ben.pk}).status_code == 409  # not in the team
    assert call.delete(path).status_code == 204
    refused(call.put(path, {"agent": None}), 400, "invalid", "agent")
    refused(call.put(path, {"agent": 999}), 400, "invalid", "agent")


def test_status_moves_by_the_table(call: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/status/"
    assert call.put(path, {"status": "solved"}).json()["status_moves"] == [
        "open",
        "pending",
        "on_hold",
        "closed",
    ]
    assert call.put(path, {"status": "closed"}).json()["status_moves"] == []
    refused(call.put(path, {"status": "open"}), 409, "status_move", "status")
    refused(call.put(path, {"status": "lost"}), 400, "invalid", "status")


def test_move_out_of_ones_sight(call: Caller, ticket: Ticket) -> None:
    moved = call.put(f"tickets/{ticket.pk}/team/", {"team": make.team("Billing").pk})
    assert moved.status_code == 204
    refused(call.get(f"tickets/{ticket.pk}/"), 404, "not_found")


def test_snooze_and_wake(call: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/snooze/"
    assert call.put(path, {"until": soon()}).json()["snoozed_until"]
    assert call.delete(path).status_code == 204
    refused(call.put(path, {"until": "2001-01-01T00:00:00Z"}), 400, "snooze_time", "until")
    for until in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 7, None, "x"):
        assert call.put(path, {"until": until}).status_code == 400


def test_tags(call: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/tags/"
    assert call.patch(path, {"add": ["VIP", "card"]}).json()["tags"] == ["card", "vip"]
    assert call.patch(path, {"remove": ["vip"]}).json()["tags"] == ["card"]
    refused(call.patch(path, {"add": "vip"}), 400, "invalid", "add")
    assert call.get("tags/", q="ca").json()["results"][0]["name"] == "card"


def test_followers(call: Caller, light: Caller, ticket: Ticket, ada: User, ben: User, sam: User) -> None:
    path = f"tickets/{ticket.pk}/followers/"
    call.post(path)
    call.post(path, {"agent": sam.pk})
    assert {each["id"] for each in light.get(path).json()} == {ada.pk, sam.pk}
    refused(call.post(path, {"agent": ben.pk}), 409, "not_in_team", "user")
    refused(light.delete(f"{path}{sam.pk}/"), 403, "not_allowed")
    assert call.delete(f"{path}{sam.pk}/").status_code == 204
    refused(call.delete(f"{path}999/"), 404, "not_found")


def test_links(call: Caller, other: Caller, ticket: Ticket) -> None:
    second = make.ticket(team=make.team("Support"))
    made = call.post(f"tickets/{ticket.pk}/links/", {"ticket": second.pk, "kind": "parent"}).json()
    assert (made["source"], made["target"]) == (ticket.pk, second.pk)
    assert call.get(f"tickets/{second.pk}/links/").json() == [made]
    refused(other.delete(f"links/{made['id']}/"), 404, "not_found")
    assert call.delete(f"links/{made['id']}/").status_code == 204
    hidden = make.ticket(team=make.team("Billing"))
    refused(
        call.post(f"tickets/{ticket.pk}/links/", {"ticket": hidden.pk, "kind": "related"}), 404, "not_found"
    )


def test_merge_and_unmerge(call: Caller, other: Caller, ticket: Ticket) -> None:
    second = make.ticket(team=make.team("Support"))
    done = call.post(f"tickets/{ticket.pk}/merge/", {"into": second.pk})
    assert done.status_code == 201
    refused(other.delete(f"operations/{done.json()['id']}/"), 404, "not_found")
    assert call.delete(f"operations/{done.json()['id']}/").status_code == 204
    assert call.get(f"tickets/{ticket.pk}/").json()["merged_into"] is None
    hidden = make.ticket(team=make.team("Billing"))
    refused(call.post(f"tickets/{ticket.pk}/merge/", {"into": hidden.pk}), 404, "not_found")


def test_spam_and_not(call: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/spam/"
    assert call.put(path, {"block_sender": True}).json()["is_spam"] is True
    identity = ticket.customer.identities.get()
    assert identity.is_blocked
    assert call.delete(path).status_code == 204
    assert call.get(f"tickets/{ticket.pk}/").json()["is_spam"] is False


def test_drafts_are_personal(call: Caller, supervisor: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/draft/"
    kept = call.put(path, {"body": "Dear Mia", "version": 0}).json()
    assert kept["version"] == 1
    refused(call.put(path, {"body": "older", "version": 0}), 409, "draft_newer")
    assert call.get(path).json()["body"] == "Dear Mia"
    refused(supervisor.get(path), 404, "not_found")
    refused(call.client.get(f"/api/v1/{path}?mode=poem"), 400, "choice", "mode")
    refused(call.put(path, {"body": "x", "version": 2**40}), 400, "invalid", "version")
    assert call.delete(path).status_code == 204
    refused(call.get(path), 404, "not_found")


def test_reading_never_goes_back(call: Caller, ticket: Ticket) -> None:
    path, newest = f"tickets/{ticket.pk}/reading/", ticket.last_message_id
    assert call.put(path, {"last_message": 10**15}).json()["last_message"] == newest
    assert call.put(path, {"last_message": 1}).json()["last_message"] == newest
    refused(call.put(path, {"last_message": 2**63}), 400, "invalid", "last_message")


VERBS = [
    ("post", "assignment/", {}), ("put", "status/", {"status": "solved"}), ("delete", "snooze/", None),
    ("patch", "tags/", {"add": ["x"]}), ("put", "spam/", {}), ("delete", "assignment/", None),
    ("post", "replies/", {"body": "x"}), ("put", "team/", {"team": 0}), ("delete", "spam/", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "data"), VERBS)
def test_other_teams_and_light_agents_do_nothing(
    other: Caller, light: Caller, ticket: Ticket, method: str, path: str, data: dict | None
) -> None:
    if path == "team/":
        data = {"team": make.team("Support").pk}
    arguments = [f"tickets/{ticket.pk}/{path}"] + ([data] if data is not None else [])
    before = ticket.events.count()
    refused(getattr(other, method)(*arguments), 404, "not_found")
    refused(getattr(light, method)(*arguments), 403, "not_allowed")
    assert ticket.events.count() == before


@pytest.mark.parametrize(("method", "path", "data"), VERBS)
def test_a_reading_key_does_nothing(
    ada: User, ticket: Ticket, method: str, path: str, data: dict | None
) -> None:
    reader = Caller(ada, "tickets:read", "customers:write")
    arguments = [f"tickets/{ticket.pk}/{path}"] + ([data] if data is not None else [])
    refused(getattr(reader, method)(*arguments), 403, "not_allowed")
