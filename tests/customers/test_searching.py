"""Customers found by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from auditlog.models import LogEntry

from customers.actions.companies import create_company, update_company
from customers.actions.edit import add_identity, create_customer, remove_identity, update_customer
from customers.actions.merge import merge_customers, unmerge_customers
from customers.models import Customer
from tests import make

if TYPE_CHECKING:
    from accounts.models import User


def found(question: str) -> list[str]:
    return [str(each) for each in Customer.objects.matching(question)]


def test_a_customer_who_wrote_is_found_by_name_and_address(db: None) -> None:
    make.ticket()

    assert found("mia") == found("chen mia") == found("mia@mail") == ["Mia Chen"]
    assert found("ia") == found("mia chan") == found("") == []


@pytest.mark.parametrize(
    "question", ["+84 901 234 567", "0901234567", "0084 901 234 567", "(0901) 234-567", "4567", "234567"]
)
def test_a_phone_number_is_found_in_any_writing(ada: User, question: str) -> None:
    create_customer(actor=ada, name="Bảo", kind="phone", address="+84901234567")

    assert found(question) == ["Bảo"]


def test_what_changes_is_found_anew(ada: User) -> None:
    company = create_company(actor=ada, name="Quay Ltd")
    customer = create_customer(actor=ada, name="Mia", company=company)
    identity = add_identity(customer.pk, kind="email", address="m@old.example", actor=ada)
    assert found("quay") == found("m@old.example") == ["Mia"]

    update_company(company.pk, actor=ada, name="Mill Ltd")
    update_customer(customer.pk, actor=ada, name="Mai")
    remove_identity(identity.pk, actor=ada)

    assert found("mill") == found("mai") == ["Mai"]
    assert found("quay") == found("mia") == found("m@old.example") == []


def test_a_merged_customer_is_found_as_the_one_who_stays(ada: User) -> None:
    kept = create_customer(actor=ada, name="Mia Chen", address="mia@one.example")
    away = create_customer(actor=ada, name="Mia C.", address="mia@two.example")

    merge = merge_customers(kept.pk, absorbed_id=away.pk, actor=ada)
    assert found("mia@two.example") == found("mia") == ["Mia Chen"]

    unmerge_customers(merge.pk, actor=ada)
    assert found("mia@two.example") == ["Mia C."]


def test_changes_of_people_and_companies_are_audited_and_letters_are_not(ada: User) -> None:
    make.ticket()
    assert not LogEntry.objects.get_for_model(Customer).exists()

    customer = create_customer(actor=ada, name="Mia")
    update_customer(customer.pk, actor=ada, name="Mai")

    changes = LogEntry.objects.get_for_object(customer).first().changes  # type: ignore[union-attr]
    assert changes == {"name": ["Mia", "Mai"]}
