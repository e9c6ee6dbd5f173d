"""What an agent has seen of what they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import live
from helpdesk.errors import NotAllowedError
from tickets.models import Notification

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from tickets.actor import Actor


@transaction.atomic
def mark_notifications_read(
    user: User, *, actor: Actor, ids: Iterable[int] | None = None, ticket_id: int | None = None
) -> int:
    """Mark notifications as read: these, those of a ticket, or all. Returns how many were unread.

    Raises NotAllowedError for somebody else's.
    """
    if not actor.is_machine and (actor.user is None or actor.user.pk != user.pk):
        raise NotAllowedError(_("These notifications are somebody else’s."))
    unread = Notification.objects.filter(user=user, read_at=None)
    if ids is not None:
        unread = unread.filter(pk__in=list(ids))
    if ticket_id is not None:
        unread = unread.filter(ticket_id=ticket_id)
    number = unread.update(read_at=timezone.now())
    if number:
        transaction.on_commit(lambda: live.poke({f"user:{user.pk}"}, {"notification"}))
    return number
