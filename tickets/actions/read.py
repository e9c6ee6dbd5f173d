"""Remember how far an agent has read: the unread dot and the "New" line."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import NotFoundError
from tickets import policies
from tickets.actor import Actor
from tickets.models import Ticket, TicketRead


@transaction.atomic
def mark_read(ticket_id: int, *, last_message_id: int, actor: Actor) -> TicketRead:
    """Remember the newest message this agent has had on the screen. Never goes back.

    Personal, so it is not a fact of the ticket and takes no lock on it.
    """
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None or actor.user is None:
        raise NotFoundError(_("There is no such ticket."))
    policies.require_see(actor, ticket)
    newest = ticket.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    seen, now = min(last_message_id, newest), timezone.now()
    row, created = TicketRead.objects.get_or_create(
        ticket=ticket, user=actor.user, defaults={"last_message_id": seen, "read_at": now}
    )
    if not created and seen > row.last_message_id:
        TicketRead.objects.filter(pk=row.pk, last_message_id__lt=seen).update(
            last_message_id=seen, read_at=now
        )
        row.refresh_from_db()
    return row
