"""Make two customers one, and undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import policies
from customers.actions.edit import add_identity
from customers.addresses import normal_address
from customers.models import Customer, CustomerMerge, Identity
from customers.searching import refresh
from helpdesk.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from accounts.models import User

FILLED = ("name", "title", "company_id", "owner_id", "language", "time_zone", "notes")


@transaction.atomic
def merge_customers(kept_id: int, *, absorbed_id: int, actor: User | None) -> CustomerMerge:
    """Move the addresses and tickets of one customer to another, and fill what the other lacks.

    What moved and what was filled is kept, so that `unmerge_customers` restores it. Raises ConflictError
    for a customer with itself, or for one that was merged away already.
    """
    policies.require_change(actor)
    if kept_id == absorbed_id:
        raise ConflictError(_("A customer cannot be merged with itself. Choose another one."), code="self")
    kept, absorbed = _both(kept_id, absorbed_id)
    for customer in (kept, absorbed):
        if customer.merged_into_id is not None:
            raise ConflictError(_("This customer was merged into another one. Go on there."), code="merged")
    identities = list(absorbed.identities.values_list("pk", flat=True))
    tickets = list(absorbed.tickets.values_list("pk", flat=True))
    moved = {"identities": identities, "tickets": tickets, "filled": _fill(kept, absorbed)}
    Identity.objects.filter(pk__in=identities).update(customer=kept)
    absorbed.tickets.update(customer=kept)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    refresh(kept.pk, absorbed.pk)
    return CustomerMerge.objects.create(
        kept=kept, absorbed=absorbed, moved=moved, actor=actor, actor_name=str(actor or "")
    )


@transaction.atomic
def unmerge_customers(merge_id: int, *, actor: User | None) -> CustomerMerge:
    """Give the absorbed customer back what was theirs, with what came in since on their addresses.

    Undoing twice changes nothing. Raises ConflictError when the kept customer was itself merged away.
    """
    policies.require_change(actor)
    merge = CustomerMerge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFoundError(_("There is no such merge."))
    if merge.undone_at is not None:
        return merge
    kept, absorbed = _both(merge.kept_id, merge.absorbed_id)
    if kept.merged_into_id is not None:
        raise ConflictError(_("Undo the later merge of this customer first."), code="merged")
    identities = Identity.objects.filter(pk__in=merge.moved["identities"], customer=kept)
    theirs = list(identities.values_list("pk", flat=True))
    since = kept.tickets.filter(conversations__identity__in=theirs).values_list("pk", flat=True)
    kept.tickets.filter(pk__in={*merge.moved["tickets"], *since}).update(customer=absorbed)
    identities.update(customer=absorbed)
    _empty(kept, merge.moved["filled"])
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])
    refresh(kept.pk, absorbed.pk)
    merge.undone_at = timezone.now()
    merge.save(update_fields=["undone_at"])
    return merge


@transaction.atomic
def claim_identity(customer_id: int, *, kind: str, address: str, is_proved: bool) -> Customer:
    """A channel learned that a customer also has this address. Return the customer it now belongs to.

    Two customers become one only when both sides are proved: the claim by the channel (`is_proved`) and
    the stored address by its verification. An address that was merely typed in changes nothing.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    stored = Identity.objects.filter(kind=kind, address=normal_address(kind, address)).first()
    if stored is None:
        if is_proved:
            add_identity(customer.pk, kind=kind, address=address, actor=None, is_verified=True)
        return customer
    if stored.customer_id == customer.pk or not (is_proved and stored.is_verified):
        return customer
    return merge_customers(stored.customer_id, absorbed_id=customer.pk, actor=None).kept


def _both(first_id: int, second_id: int) -> tuple[Customer, Customer]:
    """Lock both, in the order of their ids, so that two merges at once cannot wait for each other."""
    locked = Customer.objects.select_for_update().filter(pk__in=[first_id, second_id]).order_by("pk")
    found = {customer.pk: customer for customer in locked}
    if len(found) < 2:
        raise NotFoundError(_("There is no such customer."))
    return found[first_id], found[second_id]


def _fill(kept: Customer, absorbed: Customer) -> dict[str, Any]:
    """Fill what the kept customer lacks; return what was filled."""
    filled: dict[str, Any] = {
        name: getattr(absorbed, name)
        for name in FILLED
        if not getattr(kept, name) and getattr(absorbed, name)
    }
    new = {key: value for key, value in absorbed.attributes.items() if key not in kept.attributes}
    for name, value in filled.items():
        setattr(kept, name, value)
    kept.attributes = {**kept.attributes, **new}
    kept.save(update_fields=[*FILLED, "attributes"])
    return {**filled, "attributes": new}


def _empty(kept: Customer, filled: dict[str, Any]) -> None:
    """Take back what was filled, unless somebody has changed it since."""
    for name in FILLED:
        if name in filled and getattr(kept, name) == filled[name]:
            setattr(kept, name, None if name.endswith("_id") else "")
    added = filled.get("attributes", {})
    kept.attributes = {
        key: value for key, value in kept.attributes.items() if key not in added or added[key] != value
    }
    kept.save(update_fields=[*FILLED, "attributes"])
