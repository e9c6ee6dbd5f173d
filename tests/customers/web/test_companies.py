"""Companies and their people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import Company, Customer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket


def test_a_company_is_made_changed_and_listed(client: Client, ada: User, ticket: Ticket) -> None:
    client.force_login(ada)

    client.post("/companies/new/", {"name": "Acme", "domains": "@acme.example, acme.vn", "owner": ada.pk})
    company = Company.objects.get()
    Customer.objects.update(company=company)
    client.post(f"/companies/{company.pk}/change/", {"name": "Acme Ltd", "domains": "acme.example"})

    company.refresh_from_db()
    assert (company.name, company.domains, company.owner) == ("Acme Ltd", ["acme.example"], None)
    assert "1 customer" in client.get("/companies/?q=acme").content.decode()
    assert "Mia Chen" in client.get(f"/companies/{company.pk}/").content.decode()


def test_bad_input_is_said_at_its_field(client: Client, ada: User) -> None:
    client.force_login(ada)

    answer = client.post("/companies/new/", {"name": " ", "domains": "acme"})

    assert answer.status_code == 422
    assert {"name", "domains"} == set(answer.context["form"].errors)
    assert not Company.objects.exists()


def test_a_light_agent_looks_only(client: Client, lou: User) -> None:
    company = Company.objects.create(name="Acme")
    client.force_login(lou)

    assert client.get(f"/companies/{company.pk}/").status_code == 200
    assert client.post(f"/companies/{company.pk}/change/", {"name": "X"}).status_code == 403
    assert client.get("/companies/new/").status_code == 403


def test_wrong_numbers_and_methods(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.get("/companies/999/").status_code == 404
    assert client.post("/companies/").status_code == 405


def test_the_list_costs_the_same_with_more(
    client: Client, ada: User, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for number in range(20):
        company = Company.objects.create(name=f"Company {number}", owner=ada)
        Customer.objects.create(name="A", company=company)
    client.force_login(ada)

    with django_assert_max_num_queries(5):
        client.get("/companies/")
