"""Customers, identities, companies, merges."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from customers.models import Customer
from tests.api import Caller, refused
from tickets.models import Ticket


@pytest.fixture
def call(ada: User) -> Caller:
    return Caller(ada)


@pytest.fixture
def light(lou: User) -> Caller:
    return Caller(lou)


def test_write_down_find_and_change(call: Caller, ada: User) -> None:
    made = call.post("customers/", {"name": "Mia Chen", "address": "Mia@Mail.example", "language": "zh-hant"})
    assert made.status_code == 201
    assert [each["address"] for each in made.json()["identities"]] == ["mia@mail.example"]
    pk = made.json()["id"]

    changes = {"owner": ada.pk, "segment": "corporate", "attributes": {"tier": "gold"}, "notes": "VIP"}
    assert call.patch(f"customers/{pk}/", changes).json() | changes == call.get(f"customers/{pk}/").json()
    words = [{"q": "mia ch"}, {"q": "mia@mail"}, {"address": "mia@mail.example"}]
    for query in [*words, {"segment": "corporate"}, {"owner": ada.pk}]:
        assert [each["id"] for each in call.get("customers/", **query).json()["results"]] == [pk], query
    assert call.get("customers/", q="nobody").json()["results"] == []
    assert call.get("customers/", company="1").json()["results"] == []


def test_customers_take_the_same_few_queries(call: Caller, django_assert_max_num_queries: Any) -> None:
    call.get("me/")
    for number in range(30):
        call.post("customers/", {"name": f"C{number}", "address": f"c{number}@mail.example"})
    with django_assert_max_num_queries(3):
        assert len(call.get("customers/").json()["results"]) == 25


def test_bad_shapes_of_customers(call: Caller, light: Caller, ticket: Ticket) -> None:
    path = f"customers/{ticket.customer_id}/"
    refused(call.post("customers/", {}), 400, "invalid", "name")
    refused(call.post("customers/", {"name": "x" * 201}), 400, "invalid", "name")
    refused(call.post("customers/", {"address": "mia@mail.example"}), 409, "address_taken", "address")
    assert Customer.objects.count() == 1
    refused(call.patch(path, {"segment": "king"}), 400, "invalid", "segment")
    refused(call.patch(path, {"attributes": {"a": {"b": "\x00"}}}), 400, "invalid", "attributes.a.b")
    refused(call.patch(path, {"attributes": {str(n): n for n in range(60)}}), 400, "invalid", "attributes")
    refused(call.patch(path, {"company": 10**30}), 400, "invalid", "company")
    refused(call.get("customers/", owner="x"), 400, "invalid", "owner")
    refused(call.patch("customers/999/", {}), 404, "not_found")
    refused(light.patch(path, {"name": "x"}), 403, "not_allowed")
    refused(light.post("customers/", {"name": "x"}), 403, "not_allowed")
    assert light.get(path).status_code == 200


def test_addresses(call: Caller, light: Caller, ticket: Ticket) -> None:
    path = f"customers/{ticket.customer_id}/identities/"
    made = call.post(path, {"kind": "email", "address": "mia@work.example"})
    assert made.status_code == 201
    assert len(call.get(path).json()) == 2
    one = f"identities/{made.json()['id']}/"
    changed = call.patch(one, {"is_verified": True, "is_blocked": True}).json()
    assert (changed["is_verified"], changed["is_blocked"]) == (True, True)
    assert call.delete(one + "undeliverable/").status_code == 204
    refused(light.patch(one, {"is_blocked": False}), 403, "not_allowed")
    assert call.delete(one).status_code == 204
    refused(call.delete(one), 404, "not_found")
    used = call.get(path).json()[0]["id"]
    refused(call.delete(f"identities/{used}/"), 409, "in_use")
    refused(call.post(path, {"kind": "e mail", "address": "x"}), 400, "invalid", "kind")


def test_merge_and_undo(call: Caller, light: Caller, ticket: Ticket) -> None:
    other = call.post("customers/", {"name": "Mia C."}).json()["id"]
    path = f"customers/{other}/merges/"
    refused(light.post(path, {"absorb": ticket.customer_id}), 403, "not_allowed")
    done = call.post(path, {"absorb": ticket.customer_id})
    assert done.status_code == 201
    assert [each["id"] for each in call.get("customers/").json()["results"]] == [other]
    refused(call.post(path, {"absorb": ticket.customer_id}), 409, "merged")
    refused(call.post(path, {"absorb": 999}), 404, "not_found")
    one = f"customer-merges/{done.json()['id']}/"
    assert call.delete(one).status_code == 204
    assert call.get(one).json()["undone_at"]
    ticket.refresh_from_db()
    assert ticket.customer_id != other


def test_companies(call: Caller, light: Caller) -> None:
    made = call.post("companies/", {"name": "Orchid Ltd", "domains": ["@Orchid.example"]})
    assert made.json()["domains"] == ["orchid.example"]
    pk = made.json()["id"]
    assert call.patch(f"companies/{pk}/", {"notes": "big"}).json()["notes"] == "big"
    assert call.get("companies/", q="orch").json()["results"][0]["id"] == pk
    assert call.get(f"companies/{pk}/").json()["name"] == "Orchid Ltd"
    person = call.post("customers/", {"name": "Bo", "company": pk}).json()
    assert [each["id"] for each in call.get("customers/", company=pk).json()["results"]] == [person["id"]]
    refused(light.post("companies/", {"name": "x"}), 403, "not_allowed")
    refused(call.post("companies/", {"name": " "}), 400, "invalid", "name")
    refused(call.post("companies/", {"name": "x", "domains": "x"}), 400, "invalid", "domains")


def test_scopes(ada: User, ticket: Ticket) -> None:
    reader = Caller(ada, "customers:read", "tickets:write")
    path = f"customers/{ticket.customer_id}/"
    assert reader.get(path).status_code == 200
    refused(reader.patch(path, {"name": "x"}), 403, "not_allowed")
    refused(Caller(ada, "tickets:read").get(path), 403, "not_allowed")
