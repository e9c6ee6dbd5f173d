"""The Idempotency-Key, on a view of its own."""

from __future__ import annotations

import json

import pytest
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.test import force_authenticate

from accounts.actions.idempotency import claim_key
from accounts.api.base import ApiView
from accounts.models import IdempotentCall, User
from helpdesk.errors import DomainError

calls: list[str] = []


class Echo(ApiView):
    scope = "tickets"

    def post(self, request: object) -> Response:
        calls.append("post")
        said = request.data["say"]  # type: ignore[attr-defined]
        if said == "no":
            raise DomainError("No.", code="no")
        if said == "bug":
            raise RuntimeError("bug")
        return Response({"said": said, "by": "echo"}, status=201)


def post(user: User, say: str, key: str) -> Response:
    request = RequestFactory().post(
        "/echo/", json.dumps({"say": say}), content_type="application/json", headers={"Idempotency-Key": key}
    )
    force_authenticate(request, user)
    return Echo.as_view()(request)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    calls.clear()


def test_a_repeated_write_is_done_once_and_answered_alike(ada: User) -> None:
    first, second = post(ada, "hi", "k1"), post(ada, "hi", "k1")

    assert calls == ["post"]
    assert (first.status_code, second.status_code) == (201, 201)
    assert json.dumps(second.data) == json.dumps(first.data) == '{"said": "hi", "by": "echo"}'
    assert second["Idempotency-Replayed"] == "true"


def test_keys_belong_to_their_user(ada: User, ben: User) -> None:
    post(ada, "hi", "k1")
    assert "Idempotency-Replayed" not in post(ben, "hi", "k1")
    assert calls == ["post", "post"]


def test_one_key_for_two_requests_is_refused(ada: User) -> None:
    post(ada, "hi", "k1")
    answer = post(ada, "other", "k1")
    assert (answer.status_code, answer.data["code"]) == (400, "key_reused")


def test_a_call_under_way_is_a_conflict(ada: User) -> None:
    post(ada, "hi", "k1")
    IdempotentCall.objects.update(status=None, answer=None)
    answer = post(ada, "hi", "k1")
    assert (answer.status_code, answer.data["code"]) == (409, "in_progress")


def test_a_refusal_is_an_answer_too(ada: User) -> None:
    assert post(ada, "no", "k1").data == post(ada, "no", "k1").data == {"code": "no", "detail": "No."}
    assert calls == ["post"]


def test_a_failure_of_ours_may_be_tried_again(ada: User) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError):
            post(ada, "bug", "k1")
    assert calls == ["post", "post"]


def test_a_dead_first_call_is_taken_over(ada: User) -> None:
    call, is_first = claim_key(ada, key="k1", fingerprint="f")
    assert is_first
    IdempotentCall.objects.update(created_at="2026-01-01T00:00:00Z")
    assert claim_key(ada, key="k1", fingerprint="f") == (call, True)
