"""The first step of every action on a customer: take the row, alone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.models import Customer, Identity
from helpdesk.errors import ConflictError, NotFoundError


def locked_customer(customer_id: int) -> Customer:
    """Return the customer, locked. Raises NotFoundError, and ConflictError for one merged away."""
    customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise NotFoundError(_("There is no such customer."))
    if customer.merged_into_id is not None:
        raise ConflictError(
            _("This customer was merged into another one. Go on there."),
            code="merged",
            into=customer.merged_into_id,
        )
    return customer


def locked_identity(identity_id: int) -> Identity:
    """Return the address, locked. Raises NotFoundError."""
    identity = Identity.objects.select_for_update().filter(pk=identity_id).first()
    if identity is None:
        raise NotFoundError(_("There is no such address."))
    return identity
