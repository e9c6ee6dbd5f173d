"""Say that two tickets belong together."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError, NotFoundError
from tickets import policies
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import locked_tickets, require_here
from tickets.models import Ticket, TicketLink

MAX_DEPTH = 20


@transaction.atomic
def link(ticket_id: int, *, other_id: int, kind: str, actor: Actor) -> TicketLink:
    """Link a ticket to another: related to it, parent of it, or a duplicate of it.

    The actor must see both. A ticket has one parent, and nobody is their own ancestor. Linking twice
    returns the link there is.
    """
    if kind not in TicketLink.Kind.values:
        raise DomainError(_("Choose a kind of link from the list."), code="choice", field="kind")
    if ticket_id == other_id:
        raise ConflictError(
            _("A ticket cannot be linked to itself. Name another one."), code="self", field="other"
        )
    both = locked_tickets([ticket_id, other_id])
    ticket, other = both[ticket_id], both[other_id]
    for each in (ticket, other):
        policies.require_see(actor, each)
    policies.require_work_on(actor, ticket)
    require_here(ticket)
    require_here(other)
    if stored := _stored(ticket, other, kind):
        return stored
    if kind == TicketLink.Kind.PARENT:
        _require_tree(ticket, other)
    made = TicketLink.objects.create(source=ticket, target=other, kind=kind)
    record(ticket, "ticket.linked", actor=actor, link=made.pk, other=other.pk, link_kind=kind, role="source")
    record(other, "ticket.linked", actor=actor, link=made.pk, other=ticket.pk, link_kind=kind, role="target")
    return made


@transaction.atomic
def unlink(link_id: int, *, actor: Actor) -> None:
    """Undo a link. Raises NotFoundError when there is none that the actor may see."""
    found = TicketLink.objects.filter(pk=link_id).first()
    if found is None:
        raise NotFoundError(_("There is no such link."))
    both = locked_tickets([found.source_id, found.target_id])
    source, target = both[found.source_id], both[found.target_id]
    seen = [each for each in (source, target) if policies.can_work_on(actor, each)]
    if not seen:
        policies.require_work_on(actor, source)
    deleted, _rows = TicketLink.objects.filter(pk=link_id).delete()
    if not deleted:
        raise NotFoundError(_("There is no such link."))
    record(source, "ticket.unlinked", actor=actor, other=target.pk, link_kind=found.kind, role="source")
    record(target, "ticket.unlinked", actor=actor, other=source.pk, link_kind=found.kind, role="target")


def _stored(ticket: Ticket, other: Ticket, kind: str) -> TicketLink | None:
    same = Q(source=ticket, target=other)
    if kind == TicketLink.Kind.RELATED:  # goes both ways
        same |= Q(source=other, target=ticket)
    return TicketLink.objects.filter(same, kind=kind).first()


def _require_tree(parent: Ticket, child: Ticket) -> None:
    parents = TicketLink.objects.filter(kind=TicketLink.Kind.PARENT)
    if has := parents.filter(target=child).first():
        raise ConflictError(
            _("This ticket already has a parent, #%(number)s. Unlink it first.") % {"number": has.source_id},
            code="has_parent",
            field="other",
        )
    above: int | None = parent.pk
    for _step in range(MAX_DEPTH):
        above = parents.filter(target=above).values_list("source_id", flat=True).first()
        if above is None:
            return
        if above == child.pk:
            break
    raise ConflictError(
        _("A ticket cannot be above its own parent. Link them the other way round."),
        code="circle",
        field="other",
    )
