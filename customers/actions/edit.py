"""What agents write down about customers and their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import policies
from customers.addresses import normal_address
from customers.locking import locked_customer, locked_identity
from customers.models import Customer, Identity
from customers.searching import refresh
from helpdesk.errors import ConflictError, DomainError

if TYPE_CHECKING:
    from accounts.models import User

FIELDS = frozenset(
    {"name", "title", "company", "segment", "owner", "language", "time_zone", "notes", "attributes"}
)
MAX_ATTRIBUTES = 50


@transaction.atomic
def create_customer(*, actor: User | None, address: str = "", kind: str = "email", **values: Any) -> Customer:
    """Write down a new customer, with an address if one is known.

    Raises ConflictError when the address belongs to somebody, naming the customer in `context`.
    """
    policies.require_change(actor)
    values = _checked(values)
    if not str(values.get("name", "")).strip() and not address:
        raise DomainError(_("Enter a name or an address."), field="name")
    customer = Customer.objects.create(**values)
    if address:
        add_identity(customer.pk, kind=kind, address=address, actor=actor)
    else:
        refresh(customer.pk)
    return customer


@transaction.atomic
def update_customer(customer_id: int, *, actor: User | None, **values: Any) -> Customer:
    """Change what is given; the rest stays. Raises NotFoundError, DomainError."""
    policies.require_change(actor)
    customer = locked_customer(customer_id)
    values = _checked(values)
    changed = [name for name, value in values.items() if getattr(customer, name) != value]
    for name in changed:
        setattr(customer, name, values[name])
    if changed:
        customer.save(update_fields=changed)
        refresh(customer.pk)
    return customer


@transaction.atomic
def add_identity(
    customer_id: int, *, kind: str, address: str, actor: User | None, is_verified: bool = False
) -> Identity:
    """Add an address to a customer. Adding it twice returns the one there is.

    An address that is somebody else's is refused: an address typed in never merges two customers.
    """
    policies.require_change(actor)
    customer = locked_customer(customer_id)
    address = normal_address(kind, address)
    try:
        with transaction.atomic():
            identity = Identity.objects.create(
                customer=customer, kind=kind, address=address, is_verified=is_verified
            )
            refresh(customer.pk)
            return identity
    except IntegrityError:
        stored = Identity.objects.get(kind=kind, address=address)
    if stored.customer_id != customer.pk:
        raise ConflictError(
            _("This address belongs to another customer. Merge the two if they are the same person."),
            code="address_taken",
            field="address",
            customer=stored.customer_id,
        )
    return stored


@transaction.atomic
def remove_identity(identity_id: int, *, actor: User | None) -> None:
    """Take an address away that nobody ever wrote from. Raises ConflictError for one in use."""
    policies.require_change(actor)
    identity = locked_identity(identity_id)
    if identity.conversations.exists() or identity.messages.exists():
        raise ConflictError(
            _("This address has conversations, so it stays. Split the customer instead."), code="in_use"
        )
    identity.delete()
    refresh(identity.customer_id)


@transaction.atomic
def set_verified(identity_id: int, *, is_verified: bool, actor: User | None) -> Identity:
    """Say that an address was proved to be the customer's, or that it was not."""
    policies.require_change(actor)
    identity = locked_identity(identity_id)
    if identity.is_verified != is_verified:
        identity.is_verified = is_verified
        identity.save(update_fields=["is_verified"])
    return identity


@transaction.atomic
def clear_undeliverable(identity_id: int, *, actor: User | None) -> Identity:
    """Try an address again that mail came back from."""
    policies.require_change(actor)
    identity = locked_identity(identity_id)
    identity.undeliverable_at, identity.undeliverable_reason = None, ""
    identity.save(update_fields=["undeliverable_at", "undeliverable_reason"])
    return identity


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - FIELDS
    if unknown:
        raise DomainError(_("This cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
    attributes = values.get("attributes")
    if attributes is not None and len(attributes) > MAX_ATTRIBUTES:
        raise DomainError(
            _("A customer has at most %(most)s attributes.") % {"most": MAX_ATTRIBUTES}, field="attributes"
        )
    return values
