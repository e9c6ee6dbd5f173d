"""Find or create the customer behind an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditlog.context import disable_auditlog
from django.db import transaction

from customers.addresses import as_kept
from customers.models import Customer, Identity
from customers.searching import words_of
from helpdesk import rows


@transaction.atomic(savepoint=False)
@rows.together()
def resolve_identity(
    *,
    kind: str,
    address: str,
    name: str = "",
    is_verified: bool = False,
    language: str = "",
    beside: Sequence[rows.Question[Any]] = (),
) -> Identity:
    """Return the locked identity for this address, creating its customer if new.

    The row lock is deliberate: it queues up messages from one sender, so two that arrive at the same
    instant cannot open two tickets. A row that we insert ourselves is ours until the commit. What else
    the caller wants to know under this lock is asked `beside`, which saves a wait.
    """
    address = as_kept(address)
    identity = _locked(kind, address, beside)
    if identity is None:
        customer = Customer(
            name=name[:200], language=language, search_words=words_of(name[:200], "", [address])
        )
        rows.insert(customer)
        identity = Identity(
            customer=customer, kind=kind, address=address, name=name[:200], is_verified=is_verified
        )
        if rows.insert_once(identity):
            return identity
        with disable_auditlog():  # somebody else was faster, and has committed
            customer.delete()
        identity = _locked(kind, address, beside)
        assert identity is not None  # noqa: S101  # its row is what stood in our way
    if is_verified and not identity.is_verified:
        identity.is_verified = True
        identity.save(update_fields=["is_verified"])
    return identity


def _locked(kind: str, address: str, beside: Sequence[rows.Question[Any]]) -> Identity | None:
    identity = rows.one(Identity, locked=True, kind=kind, address=address)
    new = rows.keys({Customer: 1}, unless=(Identity, {"kind": kind, "address": address}))
    rows.ask(identity, new, *beside)
    return identity.answer
