"""Who may do what with inboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from helpdesk.errors import NotAllowedError

if TYPE_CHECKING:
    from tickets.actor import Actor


def require_administrator(actor: Actor) -> None:
    """Raise NotAllowedError for everybody else: an inbox holds passwords and reads everybody's mail."""
    if not actor.is_machine and not (actor.user and actor.user.is_administrator):
        raise NotAllowedError(_("Only an administrator may set up inboxes. Ask one of yours."))
