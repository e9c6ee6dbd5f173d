"""An address that does not work."""

from __future__ import annotations

from django.utils import timezone

from customers.models import Identity


def mark_undeliverable(*, kind: str, address: str, reason: str) -> int:
    """Remember that mail to this address came back. Returns how many addresses that concerned."""
    return Identity.objects.filter(kind=kind, address=address.strip().lower()).update(
        undeliverable_at=timezone.now(), undeliverable_reason=reason[:250]
    )
