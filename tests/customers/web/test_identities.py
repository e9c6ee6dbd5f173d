"""The addresses of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from customers.models import Identity
from tests import make

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket

HTMX = {"HX-Request": "true"}


@pytest.fixture
def identity(ticket: Ticket) -> Identity:
    return Identity.objects.get()


def test_an_address_is_added(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)
    url = f"/customers/{ticket.customer_id}/identities/"

    plain = client.post(url, {"kind": "phone", "address": "0901234567"})
    part = client.post(url, {"kind": "email", "address": "M@work.example", "is_verified": "on"}, headers=HTMX)

    assert plain.status_code == 302
    assert 'id="part-identities"' in part.content.decode()
    assert set(Identity.objects.values_list("address", "is_verified")) >= {
        ("+84901234567", False),
        ("m@work.example", True),
    }


@pytest.mark.parametrize("address", ["", "not a mail", "taken@mail.example"])
def test_a_wrong_or_taken_address_is_refused(client: Client, ada: User, ticket: Ticket, address: str) -> None:
    make.message(
        text="Hello", sender=make.inbound().sender.__class__("email", "taken@mail.example", "Else"),
        inbox_=ticket.inbox,
    )  # fmt: skip
    client.force_login(ada)

    answer = client.post(
        f"/customers/{ticket.customer_id}/identities/", {"kind": "email", "address": address}
    )

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Identity.objects.filter(customer=ticket.customer_id).count() == 1


def test_it_is_verified_blocked_and_tried_again(client: Client, ada: User, identity: Identity) -> None:
    Identity.objects.update(undeliverable_at=timezone.now(), is_verified=False)
    client.force_login(ada)

    for verb in ("verify", "block", "deliverable"):
        assert client.post(f"/identities/{identity.pk}/{verb}/").status_code == 302
    identity.refresh_from_db()
    assert (identity.is_verified, identity.is_blocked, identity.undeliverable_at) == (True, True, None)

    for verb in ("unverify", "unblock"):
        client.post(f"/identities/{identity.pk}/{verb}/")
    identity.refresh_from_db()
    assert (identity.is_verified, identity.is_blocked) == (False, False)


def test_one_that_was_used_stays(client: Client, ada: User, identity: Identity) -> None:
    client.force_login(ada)

    assert client.post(f"/identities/{identity.pk}/remove/").status_code == 409
    assert Identity.objects.filter(pk=identity.pk).exists()


def test_a_light_agent_changes_none(client: Client, lou: User, identity: Identity) -> None:
    client.force_login(lou)

    assert client.post(f"/identities/{identity.pk}/block/").status_code == 403
    identity.refresh_from_db()
    assert not identity.is_blocked


def test_no_other_verb_method_or_address(client: Client, ada: User, identity: Identity) -> None:
    client.force_login(ada)

    assert client.post(f"/identities/{identity.pk}/explode/").status_code == 404
    assert client.post("/identities/999/verify/").status_code == 404
    assert client.get(f"/identities/{identity.pk}/verify/").status_code == 405
