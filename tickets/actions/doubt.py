"""Say where what came in is less sure than it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from tickets.events import record
from tickets.locking import locked_ticket

if TYPE_CHECKING:
    from accounts.models import User
    from tickets.actor import Actor
    from tickets.models import Ticket


@transaction.atomic
def doubt_forward(ticket_id: int, *, agent: User, actor: Actor) -> Ticket:
    """Note that a mail bears the agent's address and a customer's words, and nothing proves who sent it.

    Whose ticket it is, a person decides: `change_customer`.
    """
    ticket = locked_ticket(ticket_id)
    record(ticket, "ticket.forward_doubted", actor=actor, user=agent.pk, name=str(agent))
    return ticket
