"""The first and the last step of every action on a ticket: take its row, alone; write what changed.

Rows are locked against change, not against being named by a foreign key: a reply that names an identity
must not wait for the mail that holds it while that mail waits for the ticket.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Identity
from helpdesk.errors import ConflictError, NotFoundError
from tickets import policies
from tickets.due import next_due
from tickets.models import Message, Ticket

if TYPE_CHECKING:
    from tickets.actor import Actor


def locked_ticket(ticket_id: int) -> Ticket:
    """Return the ticket, locked until the transaction ends. Raises NotFoundError."""
    ticket = Ticket.objects.select_for_update(no_key=True).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFoundError(_("There is no such ticket."))
    return ticket


def locked_tickets(ticket_ids: Iterable[int]) -> dict[int, Ticket]:
    """Return several tickets, locked in the order of their numbers, so that two of us never cross.

    Raises NotFoundError when one of them does not exist.
    """
    wanted = set(ticket_ids)
    rows = Ticket.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    found = {ticket.pk: ticket for ticket in rows}
    if set(found) != wanted:
        raise NotFoundError(_("There is no such ticket."))
    return found


def locked_to_work_on(ticket_id: int, actor: Actor) -> Ticket:
    """Return the locked ticket when the actor may work on it and it has not been merged away.

    Raises NotFoundError, NotAllowedError or ConflictError.
    """
    ticket = locked_ticket(ticket_id)
    policies.require_work_on(actor, ticket)
    require_here(ticket)
    return ticket


def locked_of_message(message_id: int) -> Ticket:
    """Return the locked ticket of a message. Raises NotFoundError."""
    ticket_id = Message.objects.values_list("ticket_id", flat=True).filter(pk=message_id).first()
    ticket = locked_ticket(ticket_id or 0)
    if not ticket.messages.filter(pk=message_id).exists():  # moved while we waited for the lock
        raise ConflictError(_("This message has just moved to another ticket. Look again."), code="moved")
    return ticket


def lock_identities(identity_ids: Iterable[int]) -> list[Identity]:
    """Lock addresses, before any ticket: the order in which mail comes in."""
    rows = Identity.objects.select_for_update(no_key=True).filter(pk__in=set(identity_ids))
    return list(rows.order_by("pk"))


def require_here(ticket: Ticket) -> None:
    """Raise ConflictError for a ticket that was merged away: work goes on where it went."""
    if ticket.merged_into_id is not None:
        raise ConflictError(
            _("This ticket was merged into #%(number)s. Go on there.") % {"number": ticket.merged_into_id},
            code="merged",
            into=ticket.merged_into_id,
        )


def keep(ticket: Ticket, *names: str) -> None:
    """Write the named fields of a locked ticket, with the moments that follow from them."""
    ticket.updated_at = timezone.now()
    ticket.next_due_at = next_due(ticket)
    ticket.save(update_fields=sorted({*names, "updated_at", "next_due_at"}))
