"""Customers: list, page, changing in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import Company, Customer
from tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket

HTMX = {"HX-Request": "true"}


def page(client: Client, ticket: Ticket) -> str:
    return client.get(f"/customers/{ticket.customer_id}/").content.decode()


def test_a_stranger_is_asked_to_sign_in(client: Client, ticket: Ticket) -> None:
    assert client.get(f"/customers/{ticket.customer_id}/").status_code == 302
    assert client.get("/customers/").status_code == 302


def test_the_page_shows_who_it_is_and_what_was_said(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)

    shown = page(client, ticket)

    assert "Mia Chen" in shown
    assert "mia@mail.example" in shown
    assert "My card is blocked" in shown
    assert "Blocked card" in shown


def test_what_another_team_may_not_see_stays_hidden(client: Client, ben: User, ticket: Ticket) -> None:
    client.force_login(ben)

    shown = page(client, ticket)

    assert "Mia Chen" in shown
    assert "My card is blocked" not in shown
    assert "Blocked card" not in shown


def test_a_light_agent_reads_and_changes_nothing(client: Client, lou: User, ticket: Ticket) -> None:
    client.force_login(lou)

    assert "Change the facts" not in page(client, ticket)
    for path in ("change/notes/", "merge/"):
        assert client.get(f"/customers/{ticket.customer_id}/{path}").status_code == 403
    changed = client.post(f"/customers/{ticket.customer_id}/change/notes/", {"notes": "x"})
    assert changed.status_code == 403
    assert Customer.objects.get().notes == ""


def test_nobody_is_not_found(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.get("/customers/999/").status_code == 404
    assert client.get("/customers/999/change/facts/").status_code == 404
    assert client.get("/customers/999/merge/").status_code == 404


def test_facts_are_changed_on_a_page_without_scripts(client: Client, ada: User, ticket: Ticket) -> None:
    company = Company.objects.create(name="Acme")
    client.force_login(ada)
    url = f"/customers/{ticket.customer_id}/change/facts/"
    facts = {"name": "Mia C.", "segment": "corporate", "company": "acme", "owner": ada.pk, "language": "vi"}

    assert "<h1" in client.get(url).content.decode()
    answer = client.post(url, facts)

    customer = Customer.objects.get()
    assert answer["Location"] == f"/customers/{ticket.customer_id}/"
    assert (customer.name, customer.segment, customer.language) == ("Mia C.", "corporate", "vi")
    assert (customer.company, customer.owner) == (company, ada)


def test_an_unknown_company_is_said_at_its_field(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)

    answer = client.post(
        f"/customers/{ticket.customer_id}/change/facts/",
        {"name": "M", "segment": "corporate", "company": "Nobody Ltd"},
        headers=HTMX,
    )

    assert answer.status_code == 422
    assert "There is no company of this name" in answer.content.decode()
    assert Customer.objects.get().name == "Mia Chen"


def test_notes_come_back_as_their_part(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)

    answer = client.post(
        f"/customers/{ticket.customer_id}/change/notes/", {"notes": "Call <b>after</b> six"}, headers=HTMX
    )

    assert 'id="part-notes"' in answer.content.decode()
    assert "Call &lt;b&gt;after&lt;/b&gt; six" in answer.content.decode()


def test_attributes_are_added_changed_and_taken_away(client: Client, ada: User, ticket: Ticket) -> None:
    Customer.objects.update(attributes={"branch": "Hanoi", "old": "x"})
    client.force_login(ada)

    client.post(
        f"/customers/{ticket.customer_id}/change/attributes/",
        {"name": ["branch", "", "tier"], "value": ["Hue", "x", "gold"]},
    )

    assert Customer.objects.get().attributes == {"branch": "Hue", "tier": "gold"}


def test_there_is_no_other_part(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)

    assert client.get(f"/customers/{ticket.customer_id}/change/else/").status_code == 404
    assert client.delete(f"/customers/{ticket.customer_id}/change/facts/").status_code == 405


def test_the_list_is_searched_and_filtered(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)

    assert "Mia Chen" in client.get("/customers/").content.decode()
    assert "Mia Chen" in client.get("/customers/?q=mia chen").content.decode()
    assert "Mia Chen" in client.get("/customers/?q=mia@mail.ex").content.decode()
    assert "Nothing matches" in client.get("/customers/?q=nobody").content.decode()
    assert "Nothing matches" in client.get("/customers/?segment=corporate").content.decode()
    assert "Nothing matches" in client.get("/customers/?owner=me").content.decode()


def test_a_customer_is_added_with_an_address(client: Client, ada: User) -> None:
    client.force_login(ada)
    values = {"kind": "phone", "address": "+84 90 123 4567", "name": "Bao", "segment": "individual"}

    answer = client.post("/customers/new/", values)

    customer = Customer.objects.get()
    assert answer["Location"] == f"/customers/{customer.pk}/"
    assert customer.identities.get().address == "+84901234567"
    again = client.post("/customers/new/", values)
    assert again.status_code == 422
    assert "belongs to another customer" in again.content.decode()
    assert Customer.objects.count() == 1


def test_tickets_and_messages_go_on(client: Client, ada: User, ticket: Ticket) -> None:
    team = make.team("Support")
    for number in range(25):
        make.ticket(inbox_=ticket.inbox, text=f"Question {number}", subject=f"Subject {number}", team=team)
    client.force_login(ada)

    first = client.get(f"/customers/{ticket.customer_id}/")
    older = client.get(first.context["said_more"], headers=HTMX)
    tickets = client.get(first.context["tickets_more"], headers=HTMX)

    both = [entry.id for entry, _url in [*first.context["said"], *older.context["said"]]]
    assert len(both) == len(set(both)) == 26
    assert both == sorted(both, reverse=True)
    assert len(tickets.context["tickets"]) == 10
    assert client.get(f"/customers/{ticket.customer_id}/timeline/?before=x").status_code == 400
    assert "<h1" in client.get(first.context["said_more"]).content.decode()
    assert "<h1" in client.get(first.context["tickets_more"]).content.decode()


@pytest.mark.parametrize(("path", "most"), [("/customers/", 6), ("/customers/{pk}/", 14)])
def test_a_page_costs_the_same_however_much_there_is(
    client: Client,
    ada: User,
    ticket: Ticket,
    path: str,
    most: int,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    for number in range(12):
        make.ticket(inbox_=ticket.inbox, text=f"Question {number}", team=make.team("Support"))
    client.force_login(ada)

    with django_assert_max_num_queries(most):
        assert client.get(path.format(pk=ticket.customer_id)).status_code == 200
