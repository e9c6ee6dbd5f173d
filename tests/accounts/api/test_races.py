"""One program that loses its patience: the same write, eight times at once."""

from __future__ import annotations

from collections import Counter
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import IdempotentCall
from tests import make
from tests.api import V1, Caller
from tickets.models import Message

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs row locks"),
]
assert connection  # named in the condition above


@pytest.mark.parametrize("path", ["notes/", "replies/"])
def test_the_same_key_eight_times_at_once_is_one_write(path: str) -> None:
    ada = make.agent("ada", make.team("Support"))
    ticket, call = make.ticket(team=make.team("Support")), Caller(ada)
    barrier, answers = Barrier(8), []

    def write() -> None:
        program: Any = Caller.with_key(call.key)
        try:
            barrier.wait()
            address = f"{V1}tickets/{ticket.pk}/{path}"
            headers = {"Idempotency-Key": "once"}
            answers.append(program.post(address, {"body": "Once"}, format="json", headers=headers))
        finally:
            connections.close_all()

    threads = [Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Message.objects.exclude(kind="in").count() == 1
    assert IdempotentCall.objects.count() == 1
    told = Counter((each.status_code, each.json().get("code")) for each in answers)
    assert set(told) <= {(201, None), (409, "in_progress")}
    assert told[201, None] >= 1
    assert len({each.json()["id"] for each in answers if each.status_code == 201}) == 1
    again = call.post(f"tickets/{ticket.pk}/{path}", {"body": "Once"}, **{"Idempotency-Key": "once"})
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
