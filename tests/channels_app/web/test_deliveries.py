"""The delivery log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels_app.models import DeliveryAttempt
from tests import make
from tickets.actions.delivery import claim, mark_failed
from tickets.actions.reply import reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket

LOG = "/settings/deliveries/"


@pytest.fixture
def attempt(ticket: Ticket, ada: User) -> DeliveryAttempt:
    message = reply(ticket.pk, body="We look into it", actor=make.actor(ada))
    claim(message.pk)
    mark_failed(message.pk, reason="550 mailbox full")
    return DeliveryAttempt.objects.create(
        message=message, inbox=ticket.inbox, outcome="permanent", detail="550 mailbox full"
    )


def test_the_words_of_the_other_side_are_shown(client: Client, sam: User, attempt: DeliveryAttempt) -> None:
    client.force_login(sam)

    shown = client.get(LOG).content.decode()

    assert "550 mailbox full" in shown
    assert "Send again" in shown


def test_it_is_filtered(client: Client, eve: User, attempt: DeliveryAttempt) -> None:
    client.force_login(eve)

    assert "550" in client.get(f"{LOG}?outcome=permanent&inbox={attempt.inbox_id}").content.decode()
    assert "Nothing matches" in client.get(f"{LOG}?outcome=sent").content.decode()
    assert "Nothing matches" in client.get(f"{LOG}?inbox=999").content.decode()


def test_others_see_nothing(client: Client, ada: User, eve: User, attempt: DeliveryAttempt) -> None:
    client.force_login(ada)
    assert client.get(LOG).status_code == 403

    client.force_login(make.agent("vic", make.team("Billing"), role="supervisor"))
    assert "550" not in client.get(LOG).content.decode()
    assert client.post(f"{LOG}{attempt.pk}/retry/").status_code == 404


def test_it_is_sent_again(client: Client, sam: User, attempt: DeliveryAttempt) -> None:
    client.force_login(sam)

    client.post(f"{LOG}{attempt.pk}/retry/")

    attempt.message.refresh_from_db()
    assert attempt.message.delivery == "queued"
    assert "Send again" not in client.get(LOG).content.decode()
    assert client.post(f"{LOG}{attempt.pk}/retry/").status_code == 409
    assert client.get(f"{LOG}{attempt.pk}/retry/").status_code == 405


def test_it_costs_the_same_with_more(
    client: Client,
    eve: User,
    attempt: DeliveryAttempt,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    for number in range(10):
        DeliveryAttempt.objects.create(message=attempt.message, inbox=attempt.inbox, number=number)
    client.force_login(eve)

    with django_assert_max_num_queries(5):
        client.get(LOG)
