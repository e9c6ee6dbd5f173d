"""Whatever is wrong with a request, the answer has one shape."""

from __future__ import annotations

import json

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.api import V1, Caller, refused


@pytest.fixture
def call(ada: User) -> Caller:
    return Caller(ada)


def test_who_is_unknown_is_told_so(db: None) -> None:
    answer = Client().get(V1 + "me/")
    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["hd_00000000_x", "nonsense", "hd_%_x", "hd_\x7f_x", "hd_" + "é" * 8 + "_x"])
def test_a_wrong_key_is_refused(db: None, key: str) -> None:
    answer = Client().get(V1 + "me/", headers={"Authorization": f"Bearer {key}"})
    refused(answer, 401, "not_authenticated")


def test_a_key_does_what_its_scopes_say(ada: User) -> None:
    reader = Caller(ada, "people:read")
    assert reader.get("me/").status_code == 200
    refused(reader.patch("me/", {"name": "Ada"}), 403, "not_allowed")
    refused(reader.get("tickets/"), 403, "not_allowed")


def test_what_a_session_may_needs_the_csrf_token(ada: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    assert browser.get(V1 + "me/").status_code == 200
    refused(browser.patch(V1 + "me/", {}, content_type="application/json"), 403, "not_allowed")


def test_an_unknown_address_is_not_found(call: Caller) -> None:
    refused(call.get("nothing/here/"), 404, "not_found")


@pytest.mark.parametrize("number", ["0", "999999999999999999", "9" * 19, "9" * 5000])
def test_a_number_that_no_row_has_is_not_found(call: Caller, number: str) -> None:
    refused(call.get(f"agents/{number}/"), 404, "not_found")


def test_a_method_that_is_not_there(call: Caller) -> None:
    answer = call.delete("me/")
    refused(answer, 405, "method_not_allowed")
    assert "PATCH" in answer["Allow"]


def test_json_that_cannot_be_read(call: Caller) -> None:
    answer = call.client.patch(V1 + "me/", "{", content_type="application/json")
    refused(answer, 400, "parse_error")


def test_json_that_is_too_deep(call: Caller) -> None:
    for deep in ("[" * 700 + "]" * 700, "[" * 100_000):
        answer = call.client.patch(
            V1 + "me/", f'{{"notifications": {deep}}}', content_type="application/json"
        )
        assert answer.status_code == 400


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true", b""])
def test_json_that_is_not_an_object(call: Caller, body: bytes) -> None:
    answer = call.client.post(V1 + "keys/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_another_kind_of_body(call: Caller) -> None:
    refused(call.client.post(V1 + "keys/", "<a/>", content_type="text/xml"), 415, "unsupported_media_type")


def test_another_kind_of_answer(call: Caller) -> None:
    refused(call.client.get(V1 + "me/", headers={"Accept": "text/csv"}), 406, "not_acceptable")


def test_a_body_that_is_too_large(call: Caller, settings: object) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100  # type: ignore[attr-defined]
    refused(call.patch("me/", {"signature": "x" * 200}), 413, "too_large")


def test_too_many_requests(call: Caller, own_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.throttling import SimpleRateThrottle

    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": "2/min", "anon": "2/min"})
    with time_machine.travel("2026-03-01T09:00:20Z", tick=False):
        answers = [call.get("me/") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    refused(answers[-1], 429, "too_many")
    assert answers[-1]["Retry-After"] == "40"
    with time_machine.travel("2026-03-01T09:01:00Z", tick=False):
        assert call.get("me/").status_code == 200


def test_all_fields_at_fault_are_named(call: Caller) -> None:
    answer = call.post("keys/", {"scopes": ["tickets:read", "moon:read"]})
    refused(answer, 400, "invalid", "name")
    assert set(answer.json()["fields"]) == {"name", "scopes.1"}


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_text_that_cannot_be_stored(call: Caller, text: str) -> None:
    def patch(data: object) -> object:
        return call.client.patch(V1 + "me/", json.dumps(data), content_type="application/json")

    refused(patch({"signature": text}), 400, "invalid", "signature")
    refused(patch({"notifications": {"x": [{"y": text}]}}), 400, "invalid", "notifications.x.0.y")
    refused(patch({"notifications": {text: True}}), 400, "invalid", "notifications")


def test_a_query_that_cannot_be_stored(call: Caller) -> None:
    refused(call.get("tags/", q="a\x00b"), 400, "invalid", "q")


@pytest.mark.parametrize("cursor", ["x", "", "a:b:c", "9" * 3000])
def test_a_cursor_that_is_not_ours(call: Caller, cursor: str) -> None:
    answer = call.get("agents/", cursor=cursor)
    if cursor:
        refused(answer, 400, "bad_cursor", "cursor")
    else:
        assert answer.status_code == 200


def test_a_cursor_of_another_list(call: Caller, ben: User) -> None:
    following = call.get("agents/", page_size=1).json()["next"]
    cursor = following.split("cursor=")[1].split("&")[0]
    from urllib.parse import unquote

    refused(call.get("teams/", cursor=unquote(cursor)), 400, "bad_cursor", "cursor")
    refused(call.get("agents/", cursor=unquote(cursor), order="newest"), 400, "bad_cursor", "cursor")


@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "1.5", "9" * 5000, "٣"])
def test_a_page_size_out_of_bounds(call: Caller, size: str) -> None:
    refused(call.get("agents/", page_size=size), 400, "invalid", "page_size")


def test_an_order_that_is_not_there(call: Caller) -> None:
    refused(call.get("agents/", order="salary"), 400, "invalid", "order")


def test_a_failure_of_ours_is_json_too(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.api.views import Me

    def fail(self: object, request: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Me, "get", fail)
    call.client.raise_request_exception = False
    refused(call.get("me/"), 500, "server_error")


def test_pages_follow_each_other_without_a_gap(call: Caller, ben: User, eve: User) -> None:
    seen, address = [], V1 + "agents/?page_size=1"
    while address:
        page = call.client.get(address).json()
        seen += [row["name"] for row in page["results"]]
        address = page["next"]
    assert seen == ["Ada", "Ben", "Eve"]
