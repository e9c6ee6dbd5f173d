from __future__ import annotations

import pytest

from accounts.models import User
from channels_app.contract import Sender
from customers.actions.edit import add_identity, create_customer, update_customer
from customers.actions.merge import claim_identity, merge_customers, unmerge_customers
from customers.models import Customer, Identity
from helpdesk.errors import ConflictError, NotAllowedError
from tests import make
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(db: None) -> tuple[Customer, Customer]:
    """Mia by mail, and Mia from her other address."""
    first = make.ticket().customer
    second = make.ticket(sender=Sender("email", "mia@other.example", "Mia C."), subject="Other").customer
    return first, second


def state() -> object:
    return (
        sorted(Identity.objects.values_list("pk", "customer")),
        sorted(Ticket.objects.values_list("pk", "customer")),
        sorted(Customer.objects.values_list("pk", "name", "notes", "merged_into"), key=lambda row: row[0]),
        [customer.attributes for customer in Customer.objects.order_by("pk")],
    )


def test_merging_moves_addresses_and_tickets_and_fills_what_lacks(pair, ada: User) -> None:
    kept, absorbed = pair
    update_customer(absorbed.pk, actor=ada, notes="Prefers calls", attributes={"cif": "2207"})

    merge_customers(kept.pk, absorbed_id=absorbed.pk, actor=ada)

    kept.refresh_from_db()
    assert kept.identities.count() == 2
    assert kept.tickets.count() == 2
    assert (kept.name, kept.notes, kept.attributes) == ("Mia Chen", "Prefers calls", {"cif": "2207"})


def test_undoing_restores_exactly(pair, ada: User) -> None:
    kept, absorbed = pair
    update_customer(absorbed.pk, actor=ada, notes="Prefers calls", attributes={"cif": "2207"})
    before = state()

    merge = merge_customers(kept.pk, absorbed_id=absorbed.pk, actor=ada)
    unmerge_customers(merge.pk, actor=ada)

    assert state() == before
    assert unmerge_customers(merge.pk, actor=ada).undone_at is not None  # twice is harmless


def test_what_came_since_goes_back_with_its_address(pair, ada: User) -> None:
    kept, absorbed = pair
    merge = merge_customers(kept.pk, absorbed_id=absorbed.pk, actor=ada)
    later = make.ticket(sender=Sender("email", "mia@other.example"), subject="Later")
    assert later.customer == kept

    unmerge_customers(merge.pk, actor=ada)

    later.refresh_from_db()
    assert later.customer == absorbed


def test_what_was_changed_since_stays(pair, ada: User) -> None:
    kept, absorbed = pair
    update_customer(absorbed.pk, actor=ada, notes="Prefers calls")
    merge = merge_customers(kept.pk, absorbed_id=absorbed.pk, actor=ada)
    update_customer(kept.pk, actor=ada, notes="Prefers mail")

    unmerge_customers(merge.pk, actor=ada)

    kept.refresh_from_db()
    assert kept.notes == "Prefers mail"


def test_nobody_is_merged_with_themselves_or_twice(pair, ada: User) -> None:
    kept, absorbed = pair
    with pytest.raises(ConflictError):
        merge_customers(kept.pk, absorbed_id=kept.pk, actor=ada)
    merge_customers(kept.pk, absorbed_id=absorbed.pk, actor=ada)
    with pytest.raises(ConflictError):
        merge_customers(kept.pk, absorbed_id=absorbed.pk, actor=ada)


def test_light_agents_do_not_merge(pair, lou: User) -> None:
    with pytest.raises(NotAllowedError):
        merge_customers(pair[0].pk, absorbed_id=pair[1].pk, actor=lou)


@pytest.mark.parametrize(
    ("proved", "verified", "merged"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_only_proof_on_both_sides_merges_by_itself(
    pair, *, proved: bool, verified: bool, merged: bool
) -> None:
    kept, other = pair
    Identity.objects.filter(customer=kept).update(is_verified=verified)

    owner = claim_identity(other.pk, kind="email", address="mia@mail.example", is_proved=proved)

    assert (owner == kept) is merged


def test_an_address_typed_in_never_merges(pair, ada: User) -> None:
    kept, other = pair
    with pytest.raises(ConflictError) as error:
        add_identity(other.pk, kind="email", address="MIA@mail.example", actor=ada)
    assert error.value.context == {"customer": kept.pk}


def test_phone_numbers_are_kept_in_one_form(ada: User) -> None:
    customer = create_customer(actor=ada, name="Bảo", kind="phone", address="090 123 4567")
    assert customer.identities.get().address == "+84901234567"
    same = add_identity(customer.pk, kind="phone", address="+84 90 123 4567", actor=ada)
    assert same == customer.identities.get()
