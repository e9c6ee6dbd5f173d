"""Find or create the customer behind an address."""

from __future__ import annotations

from django.db import transaction

from customers.models import Customer, Identity


@transaction.atomic
def resolve_identity(
    *, kind: str, address: str, name: str = "", is_verified: bool = False, language: str = ""
) -> Identity:
    """Return the locked identity for this address, creating its customer if new.

    The row lock is deliberate: it queues up messages from one sender, so two that arrive at the same
    instant cannot open two tickets.
    """
    address = address.strip().lower()[:254]
    identity = _locked(kind, address)
    if identity is None:
        customer = Customer.objects.create(name=name[:200], language=language)
        _, created = Identity.objects.get_or_create(
            kind=kind,
            address=address,
            defaults={"customer": customer, "name": name[:200], "is_verified": is_verified},
        )
        if not created:
            customer.delete()
        identity = _locked(kind, address)
        assert identity is not None  # noqa: S101  # just made, or made by the one we waited for
    if is_verified and not identity.is_verified:
        identity.is_verified = True
        identity.save(update_fields=["is_verified"])
    return identity


def _locked(kind: str, address: str) -> Identity | None:
    return (
        Identity.objects.select_for_update(of=("self",))
        .select_related("customer")
        .filter(kind=kind, address=address)
        .first()
    )
