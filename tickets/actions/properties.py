"""Say what a ticket is: how urgent, of which type, about what, whose, due when, and what fields hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError
from tickets import customfields
from tickets.actor import Actor
from tickets.events import record
from tickets.locking import keep, locked_to_work_on
from tickets.models import CustomField, Priority, Ticket, TicketType

if TYPE_CHECKING:
    from customers.models import Customer

MAX_SUBJECT = 250


@transaction.atomic
def change_priority(ticket_id: int, *, to: int, actor: Actor) -> Ticket:
    """Set how urgent it is. Setting what it has is not a fact."""
    ticket = locked_to_work_on(ticket_id, actor)
    if to not in Priority.values:
        raise DomainError(_("Choose a priority from the list."), code="choice", field="priority")
    if to == ticket.priority:
        return ticket
    before, ticket.priority = ticket.priority, to
    keep(ticket, "priority")
    record(ticket, "ticket.priority_changed", actor=actor, before=before, after=to)
    return ticket


@transaction.atomic
def change_type(ticket_id: int, *, to: str, actor: Actor) -> Ticket:
    """Set what kind of work it is. Answers to fields of the former type stay, but are not asked any more."""
    ticket = locked_to_work_on(ticket_id, actor)
    if to not in TicketType.values:
        raise DomainError(_("Choose a type from the list."), code="choice", field="type")
    if to == ticket.type:
        return ticket
    before, ticket.type = ticket.type, to
    keep(ticket, "type")
    record(ticket, "ticket.type_changed", actor=actor, before=before, after=to)
    return ticket


@transaction.atomic
def change_subject(ticket_id: int, *, to: str, actor: Actor) -> Ticket:
    """Give the ticket another title. Mail already sent keeps its subject; threading does not need it."""
    ticket = locked_to_work_on(ticket_id, actor)
    subject = " ".join(to.split())
    if not subject:
        raise DomainError(_("Write a subject."), code="empty", field="subject")
    if len(subject) > MAX_SUBJECT:
        sentence = _("This subject is too long. Use at most %(limit)s characters.")
        raise DomainError(sentence % {"limit": MAX_SUBJECT}, code="too_long", field="subject")
    if subject == ticket.subject:
        return ticket
    before, ticket.subject = ticket.subject, subject
    keep(ticket, "subject")
    record(ticket, "ticket.subject_changed", actor=actor, before=before, after=subject)
    return ticket


@transaction.atomic
def change_customer(ticket_id: int, *, customer: Customer, actor: Actor) -> Ticket:
    """Say whose ticket it is. Its conversations go on with the addresses they have.

    Raises ConflictError for a customer who was merged into another.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    if customer.pk == ticket.customer_id:
        return ticket
    if customer.merged_into_id is not None:
        raise ConflictError(
            _("This customer was merged into another one. Choose that one."),
            code="customer_merged",
            field="customer",
            into=customer.merged_into_id,
        )
    before, ticket.customer = ticket.customer_id, customer
    keep(ticket, "customer")
    record(ticket, "ticket.customer_changed", actor=actor, before=before, after=customer.pk)
    return ticket


@transaction.atomic
def set_due(ticket_id: int, *, due_at: datetime | None, actor: Actor) -> Ticket:
    """Promise a time by hand, or take the promise back with None. Raises DomainError for the past."""
    ticket = locked_to_work_on(ticket_id, actor)
    if due_at == ticket.due_at:
        return ticket
    if due_at is not None and due_at <= timezone.now():
        raise DomainError(_("Choose a time in the future."), code="past", field="due_at")
    before, ticket.due_at = ticket.due_at, due_at
    keep(ticket, "due_at")
    record(ticket, "ticket.due_changed", actor=actor, before=_iso(before), after=_iso(due_at))
    return ticket


@transaction.atomic
def set_custom(ticket_id: int, *, values: Mapping[str, object], actor: Actor) -> Ticket:
    """Fill in custom fields by key; None or an empty text clears one. Others keep their answers.

    Raises DomainError naming the field when an answer does not fit.
    """
    ticket = locked_to_work_on(ticket_id, actor)
    cleaned = customfields.clean(values, ticket_type=ticket.type)
    changes = {
        key: [ticket.custom.get(key), value]
        for key, value in cleaned.items()
        if ticket.custom.get(key) != value
    }
    if not changes:
        return ticket
    merged = {**ticket.custom, **cleaned}
    ticket.custom = {key: value for key, value in merged.items() if value is not None}
    keep(ticket, "custom")
    labels = dict(CustomField.objects.filter(key__in=changes).values_list("key", "label"))
    record(ticket, "ticket.custom_changed", actor=actor, changes=changes, labels=labels)
    return ticket


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
