"""Put labels on a ticket, and take them off."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_to_work_on
from tickets.models import Tag, Ticket
from tickets.tags import tag_name

MAX_TAGS = 30


@transaction.atomic
def tag(ticket_id: int, *, add: Iterable[str] = (), remove: Iterable[str] = (), actor: Actor) -> Ticket:
    """Add and remove tags by name; a tag comes to be by its first use. What changes nothing is no fact."""
    ticket = locked_to_work_on(ticket_id, actor)
    has = dict(ticket.tags.values_list("name", "pk"))
    wanted = sorted({name for each in add if (name := tag_name(each))} - set(has))
    unwanted = sorted({tag_name(each) for each in remove} & set(has))
    if len(has) + len(wanted) - len(unwanted) > MAX_TAGS:
        raise DomainError(
            _("A ticket takes at most %(limit)s tags. Remove some first.") % {"limit": MAX_TAGS},
            code="too_many_tags",
            field="tags",
        )
    if not wanted and not unwanted:
        return ticket
    ticket.tags.add(*[Tag.objects.get_or_create(name=name)[0] for name in wanted])
    ticket.tags.remove(*[has[name] for name in unwanted])
    keep(ticket)
    record(ticket, "ticket.tagged", actor=actor, added=wanted, removed=unwanted)
    return ticket
