"""Rows written together: the same as one by one, and every reader sees what was written before."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Identity
from helpdesk import prepared, rows

pytestmark = pytest.mark.django_db
NUMBERS: dict[type[Model], int] = {Customer: 2, Identity: 1}
HOSTILE = "O'Hara \\'; DROP TABLE customers_customer; -- %s %% {0} \u200b 王"


def write(name: str = "Ann") -> Identity:
    customer = Customer(name=name)
    rows.insert(customer)
    identity = Identity(customer=customer, kind="email", address="ann@example.com")
    rows.insert(identity)
    return identity


@pytest.mark.parametrize("numbers", [None, {Customer: 1}, NUMBERS])
def test_rows_written_together_name_each_other(numbers: dict[type[Model], int] | None) -> None:
    with rows.together(numbers):
        identity = write(HOSTILE)

    kept = Identity.objects.select_related("customer").get()
    assert (kept.pk, kept.customer_id) == (identity.pk, identity.customer_id)
    assert kept.customer.name == HOSTILE


def test_an_update_of_a_row_that_was_not_sent_yet_comes_after_it() -> None:
    with rows.together(NUMBERS):
        identity = write()
        identity.name = HOSTILE
        rows.update(identity, "name")

    assert Identity.objects.get().name == HOSTILE


def test_reading_sees_what_was_written_before() -> None:
    with rows.together(NUMBERS):
        identity = write()

        assert Identity.objects.filter(pk=identity.pk).exists()
        assert rows.first(Identity, pk=identity.pk) is not None


def test_a_savepoint_that_goes_takes_only_its_own_rows() -> None:
    with transaction.atomic(), rows.together(NUMBERS):
        write()
        with suppress(ZeroDivisionError), transaction.atomic():
            rows.insert(Customer(name="Gone"))
            raise ZeroDivisionError

    assert [customer.name for customer in Customer.objects.all()] == ["Ann"]


def test_a_block_that_fails_writes_nothing_of_what_it_kept() -> None:
    with suppress(ZeroDivisionError), transaction.atomic(), rows.together(NUMBERS):
        write()
        raise ZeroDivisionError

    assert Customer.objects.count() == 0
    rows.insert(Customer(name="Next"))  # the connection is as before
    assert Customer.objects.count() == 1


def test_what_the_database_refuses_is_raised_in_django_s_terms() -> None:
    write()
    with pytest.raises(IntegrityError), transaction.atomic(), rows.together(NUMBERS):
        write()


def test_the_outer_block_sends() -> None:
    with rows.together(NUMBERS):
        with rows.together():
            write()
        assert Identity.objects.count() == 1
    assert Identity.objects.count() == 1


def test_an_update_spares_a_row_that_has_the_value() -> None:
    identity = write()
    identity.name = "Other"
    rows.update(identity, "name", unless=("kind", "email"))

    assert Identity.objects.get().name == ""


def test_several_questions_are_answered_each_for_itself() -> None:
    identity = write()
    missing, found = rows.one(Customer, pk=0), rows.one(Identity, locked=True, address="ann@example.com")
    names = rows.Question("SELECT name FROM customers_customer WHERE name = %s", ["Ann"], list)
    with transaction.atomic():
        rows.ask(missing, found, names)

    assert missing.answer is None
    assert found.answer == identity
    assert [tuple(row) for row in names.answer] == [("Ann",)]


@pytest.mark.postgres
def test_what_no_column_can_hold_is_raised_in_django_s_terms() -> None:
    with pytest.raises(DataError), transaction.atomic(), rows.together(NUMBERS):
        rows.insert(Customer(name="a\x00b"))
    with pytest.raises(DataError):
        rows.first(Customer, name="a\x00b")

    assert Customer.objects.count() == 0


@pytest.mark.postgres
def test_together_costs_two_messages_one_for_the_keys_and_one_for_the_rows() -> None:
    with CaptureQueriesContext(connection) as captured, rows.together(NUMBERS):
        identity = write()
        identity.name = "Ann"
        rows.update(identity, "name")

    assert len(captured) == 2


@pytest.mark.parametrize("name", ["", "plain", HOSTILE, "O'Hara", "back\\slash", "100 % {0} $1 %s", "王小明"])
def test_any_text_comes_back_as_it_was_written(name: str) -> None:
    with rows.together(NUMBERS):
        identity = write(name)

    assert Customer.objects.get().name == name
    found = rows.first(Customer, name=name)
    assert found is not None
    assert found.pk == identity.customer_id


def test_only_light_rows_are_read_together() -> None:
    customers = [Customer(name="A"), Customer(name="B"), Customer(name="C")]
    rows.insert(*customers)
    keys = [customer.pk for customer in customers]

    found = rows.several(Customer, [*keys[1:], 0], at_most=("id", keys[1]))

    assert [customer.name for customer in found] == ["B"]


def test_a_key_that_was_drawn_is_known_before_the_row_is_written() -> None:
    assert rows.next_key(Customer) is None
    with rows.together(NUMBERS):
        known = rows.next_key(Customer)
        identity = write()

    assert known == (identity.customer_id if connection.vendor == "postgresql" else None)


@pytest.mark.postgres
def test_no_key_is_drawn_where_the_row_is_there() -> None:
    write()
    with rows.together():
        for address, is_there in (("ann@example.com", True), ("ben@example.com", False)):
            rows.ask(rows.keys({Customer: 1}, unless=(Identity, {"kind": "email", "address": address})))
            assert (rows.next_key(Customer) is None) is is_there


@pytest.mark.postgres
def test_what_was_kept_goes_along_with_the_next_question() -> None:
    write()
    with CaptureQueriesContext(connection) as captured, rows.together({Customer: 1}):
        rows.insert(Customer(name="Ben"))
        found = rows.first(Customer, name="Ben")

    assert found is not None
    assert len(captured) == 2  # the key; the row and the question


@pytest.mark.postgres
def test_statements_are_prepared_once_in_a_session() -> None:
    write()
    with CaptureQueriesContext(connection) as captured:
        rows.first(Customer, name="Ann")
        rows.first(Customer, name="Ben")

    first, second = (each["sql"] for each in captured)
    assert first.partition("(")[0] == second.partition("(")[0]
    assert first.startswith("EXECUTE customers_customer_")


@pytest.mark.postgres
def test_a_table_that_changes_under_a_prepared_statement_fails_one_message_only() -> None:
    rows.first(Customer, name="Ann")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")  # as a session that was reset
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows.first(Customer, name="Ann")

    assert rows.first(Customer, name="Ann") is None


@pytest.mark.postgres
def test_what_is_prepared_outlives_a_rollback() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        rows.first(Customer, name="Ann")
        raise ZeroDivisionError

    assert rows.first(Customer, name="Ann") is None


@pytest.mark.postgres
def test_the_statement_not_used_for_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters that hardly anyone asks for must not keep out what everyone does."""
    monkeypatch.setattr(prepared, "MOST_PREPARED", 3)
    session = prepared.session_of(connection)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    session.names.clear()
    write()
    before = ""
    for rare in ("notes", "segment", "language", "time_zone"):
        with CaptureQueriesContext(connection) as captured:
            rows.first(Customer, name="Ann")
        common = captured[0]["sql"].partition("(")[0]
        assert common == (before or common)
        before = common
        rows.first(Customer, **{rare: ""})

    kept = list(session.names.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        assert {name for (name,) in cursor.fetchall()} == set(kept)
    assert len(kept) == 3
    assert before.removeprefix("EXECUTE ") in kept


@pytest.mark.postgres
def test_nothing_is_prepared_behind_a_pooler(settings: Any) -> None:
    settings.DATABASE_PREPARED = False
    prepared.session_of(connection).names.clear()
    write(HOSTILE)

    assert rows.first(Customer, name=HOSTILE) is not None
    assert not prepared.session_of(connection).names
