"""Two customers become one, and two again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels_app.contract import Sender
from customers.models import Customer, CustomerMerge
from tests import make

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket


@pytest.fixture
def other(ticket: Ticket) -> Customer:
    written = make.ticket(
        inbox_=ticket.inbox, sender=Sender("email", "mia.c@work.example", "Mia C"), team=make.team("Support")
    )
    return written.customer


def test_the_other_is_found_shown_and_merged(
    client: Client, ada: User, ticket: Ticket, other: Customer
) -> None:
    client.force_login(ada)
    start = f"/customers/{ticket.customer_id}/merge/"

    assert "mia.c@work.example" in client.get(f"{start}?q=work.example").content.decode()
    preview = client.get(f"{start}{other.pk}/").content.decode()
    assert "Keep Mia Chen" in preview
    answer = client.post(f"{start}{other.pk}/", {"keep": str(ticket.customer_id)})

    assert answer["Location"] == f"/customers/{ticket.customer_id}/"
    other.refresh_from_db()
    assert other.merged_into_id == ticket.customer_id
    assert client.get(f"/customers/{other.pk}/")["Location"] == f"/customers/{ticket.customer_id}/"


def test_the_other_one_may_stay(client: Client, ada: User, ticket: Ticket, other: Customer) -> None:
    client.force_login(ada)

    client.post(f"/customers/{ticket.customer_id}/merge/{other.pk}/", {"keep": str(other.pk)})

    assert Customer.objects.get(pk=ticket.customer_id).merged_into_id == other.pk


def test_it_is_undone_from_the_page(client: Client, ada: User, ticket: Ticket, other: Customer) -> None:
    client.force_login(ada)
    client.post(f"/customers/{ticket.customer_id}/merge/{other.pk}/", {"keep": str(ticket.customer_id)})
    merge = CustomerMerge.objects.get()
    assert (
        f"/customers/merges/{merge.pk}/undo/" in client.get(f"/customers/{merge.kept_id}/").content.decode()
    )

    client.post(f"/customers/merges/{merge.pk}/undo/")

    other.refresh_from_db()
    assert other.merged_into_id is None
    assert other.tickets.count() == 1


def test_never_with_oneself_or_nobody(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)
    start = f"/customers/{ticket.customer_id}/merge/"

    assert client.post(f"{start}{ticket.customer_id}/").status_code == 409
    assert client.get(f"{start}999/").status_code == 404
    assert client.post("/customers/merges/999/undo/").status_code == 404


def test_a_light_agent_merges_nobody(client: Client, lou: User, ticket: Ticket, other: Customer) -> None:
    client.force_login(lou)

    assert client.post(f"/customers/{ticket.customer_id}/merge/{other.pk}/").status_code == 403
    assert not CustomerMerge.objects.exists()
