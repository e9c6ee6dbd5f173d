"""The ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from channels_app.contract import Request
from channels_app.ingest import process, store_call
from channels_app.models import InboundCall
from tests import make
from tickets.models import Message

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User

LEDGER = "/settings/ledger/"


def came(number: int = 1, text: str = "My card is <blocked>", **fields: object) -> InboundCall:
    inbox = fields.pop("inbox", None) or make.inbox(team=make.team("Support"))
    sender = {"address": "mia@app", "name": "Mia"}
    content = {"id": str(number), "sender": sender, "text": text, "subject": f"Card {number}", **fields}
    call, _new = store_call(inbox, request=Request(json.dumps(content).encode()), source="webhook")
    return process(call)


@pytest.fixture
def call(db: None) -> InboundCall:
    return came()


def test_agents_do_not_see_it(client: Client, ada: User, eve: User, call: InboundCall) -> None:
    client.force_login(ada)

    for path in ("", f"{call.pk}/", f"{call.pk}/raw/"):
        assert client.get(LEDGER + path).status_code == 403
    assert client.post(f"{LEDGER}{call.pk}/replay/").status_code == 403


def test_a_supervisor_sees_only_the_inboxes_of_their_teams(
    client: Client, sam: User, call: InboundCall
) -> None:
    other = came(2, inbox=make.inbox(team=make.team("Billing"), name="Billing"))
    client.force_login(sam)

    shown = client.get(LEDGER).content.decode()

    assert ("Card 1" in shown, "Card 2" in shown) == (True, False)
    assert client.get(f"{LEDGER}{call.pk}/").status_code == 200
    for path in (f"{other.pk}/", f"{other.pk}/raw/"):
        assert client.get(LEDGER + path).status_code == 404
    assert client.post(f"{LEDGER}{other.pk}/replay/").status_code == 404


def test_it_is_searched_and_filtered(client: Client, eve: User, call: InboundCall) -> None:
    client.force_login(eve)

    assert "Card 1" in client.get(f"{LEDGER}?q=card+1&verdict=ticketed&state=done").content.decode()
    assert "Card 1" in client.get(f"{LEDGER}?inbox={call.inbox_id}").content.decode()
    for query in ("q=nobody", "verdict=bounce", "state=failed", "inbox=999"):
        assert "Nothing matches" in client.get(f"{LEDGER}?{query}").content.decode()


def test_a_call_is_shown_as_text_only(client: Client, eve: User, call: InboundCall) -> None:
    client.force_login(eve)

    shown = client.get(f"{LEDGER}{call.pk}/").content.decode()

    assert "<blocked>" not in shown
    assert "&lt;blocked&gt;" in shown
    assert f"#{call.ticket_id}" in shown


def test_what_came_is_a_download(client: Client, eve: User, call: InboundCall) -> None:
    client.force_login(eve)

    answer = client.get(f"{LEDGER}{call.pk}/raw/")

    assert answer.content == bytes(call.body)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_what_cannot_be_read_is_still_shown(client: Client, eve: User, call: InboundCall) -> None:
    InboundCall.objects.filter(pk=call.pk).update(body=b"\xff\xfe nothing")
    client.force_login(eve)

    assert client.get(f"{LEDGER}{call.pk}/").status_code == 200


def test_a_call_is_read_once_more_and_brings_nothing_twice(
    client: Client,
    eve: User,
    call: InboundCall,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
) -> None:
    client.force_login(eve)

    with django_capture_on_commit_callbacks() as later:
        answer = client.post(f"{LEDGER}{call.pk}/replay/")

    call.refresh_from_db()
    assert answer["Location"] == f"{LEDGER}{call.pk}/"
    assert call.state == "received"
    assert later
    process(call)
    assert Message.objects.count() == 1


def test_the_list_goes_on_and_costs_the_same(
    client: Client,
    eve: User,
    call: InboundCall,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    InboundCall.objects.bulk_create(
        InboundCall(inbox=call.inbox, provider_id=f"p{number}", body=b"x", subject=f"Row {number}")
        for number in range(60)
    )
    client.force_login(eve)

    with django_assert_max_num_queries(5):
        first = client.get(LEDGER)
    second = client.get(LEDGER + first.context["page"].more)

    pks = [each.pk for each in [*first.context["page"].rows, *second.context["page"].rows]]
    assert len(pks) == len(set(pks)) == 61
    assert pks == sorted(pks, reverse=True)


def test_wrong_methods(client: Client, eve: User, call: InboundCall) -> None:
    client.force_login(eve)

    assert client.get(f"{LEDGER}{call.pk}/replay/").status_code == 405
    assert client.post(LEDGER).status_code == 405
