"""The organisations that customers belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers import policies
from customers.models import Company
from customers.searching import refresh_company
from helpdesk.errors import DomainError, NotFoundError

if TYPE_CHECKING:
    from accounts.models import User

FIELDS = frozenset({"name", "domains", "owner", "notes", "attributes"})


@transaction.atomic
def create_company(*, actor: User, **values: Any) -> Company:
    """Write down a new company. Raises DomainError without a name."""
    policies.require_change(actor)
    return Company.objects.create(**_checked(values, is_new=True))


@transaction.atomic
def update_company(company_id: int, *, actor: User, **values: Any) -> Company:
    """Change what is given; the rest stays. Raises NotFoundError, DomainError."""
    policies.require_change(actor)
    company = Company.objects.select_for_update().filter(pk=company_id).first()
    if company is None:
        raise NotFoundError(_("There is no such company."))
    values = _checked(values, is_new=False)
    for name, value in values.items():
        setattr(company, name, value)
    if values:
        company.save(update_fields=list(values))
    if "name" in values:
        refresh_company(company)
    return company


def _checked(values: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
    unknown = set(values) - FIELDS
    if unknown:
        raise DomainError(_("This cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
    if (is_new or "name" in values) and not str(values.get("name", "")).strip():
        raise DomainError(_("Enter a name."), field="name")
    if "domains" in values:
        values["domains"] = sorted(
            {str(each).strip().lower().lstrip("@") for each in values["domains"]} - {""}
        )
    return values
