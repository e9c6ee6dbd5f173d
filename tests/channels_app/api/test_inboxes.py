"""Inboxes, channels, the ledger, deliveries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import User
from channels_app.models import DeliveryAttempt, InboundCall, Inbox
from tests import make
from tests.api import Caller, refused
from tickets.models import Ticket


@pytest.fixture
def call(ada: User) -> Caller:
    return Caller(ada)


@pytest.fixture
def admin(eve: User) -> Caller:
    return Caller(eve)


SECRET = "a very secret signing key"
API_INBOX = {"channel": "api", "name": "App", "config": {"signing_key": SECRET}}


def stored_call(inbox: Inbox, **fields: Any) -> InboundCall:
    given = {"provider_id": "p1", "source": "webhook", "body": b"\x00raw\xff", "sender": "mia@mail.example"}
    return InboundCall.objects.create(inbox=inbox, **{**given, **fields})


def test_secrets_go_in_and_never_out(admin: Caller) -> None:
    made = admin.post("inboxes/", API_INBOX)
    assert made.status_code == 201
    pk = made.json()["id"]
    assert made.json()["stored_secrets"] == ["signing_key"]
    for answer in (made, admin.get(f"inboxes/{pk}/"), admin.get("inboxes/")):
        assert SECRET not in json.dumps(answer.json())

    changed = admin.patch(f"inboxes/{pk}/", {"config": {"reply_url": "https://app.example/hook"}}).json()

    assert changed["config"]["reply_url"] == "https://app.example/hook"
    assert Inbox.objects.get(pk=pk).adapter.config["signing_key"] == SECRET
    off = admin.patch(f"inboxes/{pk}/", {"is_active": False, "name": "Old app"}).json()
    assert (off["is_active"], off["name"]) == (False, "Old app")
    assert off["config"]["reply_url"] == "https://app.example/hook"


def test_agents_see_inboxes_without_their_settings(call: Caller, admin: Caller) -> None:
    made = admin.post("inboxes/", API_INBOX | {"team": make.team("Support").pk}).json()
    seen = call.get(f"inboxes/{made['id']}/").json()
    assert (seen["name"], seen["config"], seen["stored_secrets"], seen["last_error"]) == (
        "App",
        None,
        None,
        None,
    )
    hidden = make.inbox(team=make.team("Billing"))
    assert [each["id"] for each in call.get("inboxes/").json()["results"]] == [made["id"]]
    refused(call.get(f"inboxes/{hidden.pk}/"), 404, "not_found")
    refused(call.patch(f"inboxes/{hidden.pk}/", {}), 404, "not_found")
    refused(call.patch(f"inboxes/{made['id']}/", {"name": "Mine"}), 403, "not_allowed")
    refused(call.post("inboxes/", API_INBOX), 403, "not_allowed")
    refused(call.post(f"inboxes/{made['id']}/check/"), 403, "not_allowed")


def test_bad_inboxes(admin: Caller) -> None:
    refused(admin.post("inboxes/", {"channel": "pigeon", "name": "x"}), 400, "invalid", "channel")
    refused(admin.post("inboxes/", {"channel": "api", "name": "x"}), 400, "invalid", "signing_key")
    refused(admin.post("inboxes/", API_INBOX | {"hours": {"mon": [["25:00", "x"]]}}), 400, "invalid", "hours")
    refused(admin.post("inboxes/", API_INBOX | {"time_zone": "Mars"}), 400, "invalid", "time_zone")
    refused(admin.post("inboxes/", API_INBOX | {"config": {"signing_key": 7}}), 400, "invalid", "signing_key")
    refused(admin.post("inboxes/", API_INBOX | {"config": [1]}), 400, "invalid", "config")
    assert not Inbox.objects.exists()


def test_a_check_says_what_the_other_side_says(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from channels_app.adapters.api import Api
    from channels_app.contract import PermanentError

    pk = admin.post("inboxes/", API_INBOX).json()["id"]
    assert admin.post(f"inboxes/{pk}/check/").json()["last_checked_at"]

    def fail(self: Api) -> None:
        raise PermanentError("535 wrong password")

    monkeypatch.setattr(Api, "check", fail)
    answer = admin.post(f"inboxes/{pk}/check/")
    refused(answer, 400, "check_failed")
    assert "535 wrong password" in answer.json()["detail"]
    assert admin.get(f"inboxes/{pk}/").json()["last_error"] == "535 wrong password"


def test_channels_say_what_they_ask(call: Caller) -> None:
    channels = {each["channel"]: each for each in call.get("channels/").json()}
    fields = {each["name"]: each for each in channels["email"]["config"]}
    assert fields["imap_password"]["is_secret"]
    assert fields["imap_port"]["kind"] == "number"
    assert "tls" in fields["imap_security"]["choices"]


def test_the_ledger_is_for_supervisors(call: Caller, admin: Caller, sam: User) -> None:
    stored = stored_call(make.inbox(team=make.team("Support")), verdict="ignored", reason="nothing in it")
    hidden = stored_call(make.inbox(team=make.team("Billing")))
    supervisor = Caller(sam)
    assert call.get("calls/").json()["results"] == []
    refused(call.get(f"calls/{stored.pk}/raw/"), 404, "not_found")
    assert [each["id"] for each in supervisor.get("calls/").json()["results"]] == [stored.pk]
    refused(supervisor.get(f"calls/{hidden.pk}/"), 404, "not_found")
    refused(supervisor.post(f"calls/{hidden.pk}/replay/"), 404, "not_found")
    assert len(admin.get("calls/").json()["results"]) == 2


def test_calls_are_found_read_and_replayed(admin: Caller, django_assert_max_num_queries: Any) -> None:
    stored = stored_call(
        make.inbox(), verdict="failed", state="failed", error="Traceback", headers={"a": "b"}
    )
    for query in ({"q": "mia@"}, {"verdict": "failed"}, {"state": "failed"}, {"inbox": stored.inbox_id}):
        assert len(admin.get("calls/", **query).json()["results"]) == 1, query
    assert admin.get("calls/", verdict="ticketed").json()["results"] == []
    assert admin.get("calls/", q="9" * 5000).json()["results"] == []
    refused(admin.get("calls/", verdict="lost"), 400, "invalid", "verdict")
    assert admin.get(f"calls/{stored.pk}/").json()["error"] == "Traceback"
    raw = admin.client.get(f"/api/v1/calls/{stored.pk}/raw/", headers={"Accept": "message/rfc822"})
    assert raw.content == b"\x00raw\xff"
    again = admin.post(f"calls/{stored.pk}/replay/")
    assert (again.status_code, again.json()["state"]) == (202, "received")
    with django_assert_max_num_queries(2):
        admin.get("calls/")


def test_deliveries_follow_their_tickets(call: Caller, ben: User, ticket: Ticket) -> None:
    reply = call.post(f"tickets/{ticket.pk}/replies/", {"body": "Hello"}).json()
    inbox = Inbox.objects.get(pk=ticket.inbox_id)
    DeliveryAttempt.objects.create(
        message_id=reply["id"], inbox=inbox, outcome="temporary", detail="451 later"
    )
    (tried,) = call.get("deliveries/", ticket=ticket.pk, outcome="temporary").json()["results"]
    assert (tried["ticket"], tried["detail"]) == (ticket.pk, "451 later")
    assert Caller(ben).get("deliveries/").json()["results"] == []
    refused(call.get("deliveries/", message="9" * 30), 400, "invalid", "message")


def test_scopes(eve: User) -> None:
    agent = Caller(eve, "tickets:read", "tickets:write")
    for path in ("inboxes/", "calls/", "channels/", "routing-rules/"):
        refused(agent.get(path), 403, "not_allowed")
