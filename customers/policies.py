"""Who may do what with customers.

Everyone who signs in may look a customer up: an agent must know who is on the line before a ticket
exists. What the customer wrote stays behind the tickets' own rule (`Ticket.objects.visible_to`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from helpdesk.errors import NotAllowedError

if TYPE_CHECKING:
    from accounts.models import User


def can_change(actor: User | None) -> bool:
    """Edit, verify, merge: everyone but light agents. None is the machine."""
    return actor is None or not actor.is_light


def require_change(actor: User | None) -> None:
    """Raise NotAllowedError for light agents."""
    if not can_change(actor):
        raise NotAllowedError(_("Light agents read and write notes. Ask a colleague to change customers."))
