"""Decide which questions tickets ask. Administrators only."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError, NotFoundError
from tickets import policies
from tickets.actor import Actor
from tickets.models import CustomField, Ticket, TicketType

MAX_CHOICES = 200


@transaction.atomic
def save_field(
    field_id: int | None = None,
    *,
    actor: Actor,
    key: str,
    label: str,
    kind: str,
    choices: Iterable[str] = (),
    types: Iterable[str] = (),
    is_required_to_solve: bool = False,
    is_active: bool = True,
    position: int = 0,
) -> CustomField:
    """Make a field, or change the one with this id.

    Key and kind of a field that tickets have answered stay as they are: ConflictError says so.
    """
    policies.require_administrator(actor)
    field = _locked(field_id) if field_id is not None else CustomField()
    key, label = key.strip().lower(), " ".join(label.split())
    _require_shape(key, label, kind, field)
    if field.pk and (field.key, field.kind) != (key, kind) and _is_answered(field):
        raise ConflictError(
            _("Tickets have answers to this field. Make a new field, and switch this one off."),
            code="answered",
            field="kind" if field.key == key else "key",
        )
    field.key, field.label, field.kind = key, label, kind
    field.choices = _choices(choices) if kind == CustomField.Kind.CHOICE else []
    field.types = _types(types)
    field.is_required_to_solve, field.is_active, field.position = is_required_to_solve, is_active, position
    field.save()
    return field


@transaction.atomic
def delete_field(field_id: int, *, actor: Actor) -> None:
    """Remove a field that no ticket has answered; others are switched off: answers keep their meaning.

    Raises ConflictError, NotFoundError.
    """
    policies.require_administrator(actor)
    field = _locked(field_id)
    if _is_answered(field):
        raise ConflictError(
            _("Tickets have answers to this field. Switch it off instead of deleting it."), code="answered"
        )
    field.delete()


def _locked(field_id: int) -> CustomField:
    field = CustomField.objects.select_for_update().filter(pk=field_id).first()
    if field is None:
        raise NotFoundError(_("There is no such field."))
    return field


def _require_shape(key: str, label: str, kind: str, field: CustomField) -> None:
    try:
        validate_slug(key)
    except ValidationError as error:
        raise DomainError(_("Use letters, digits, - and _ for the key."), code="key", field="key") from error
    if len(key) > 40 or CustomField.objects.filter(key=key).exclude(pk=field.pk).exists():
        raise DomainError(_("Choose another key: short, and not in use."), code="key", field="key")
    if not label or len(label) > 80:
        raise DomainError(_("Write a label of at most 80 characters."), code="label", field="label")
    if kind not in CustomField.Kind.values:
        raise DomainError(_("Choose a kind from the list."), code="choice", field="kind")


def _choices(choices: Iterable[str]) -> list[str]:
    cleaned = list(dict.fromkeys(text for each in choices if (text := " ".join(str(each).split()))))
    if not cleaned or len(cleaned) > MAX_CHOICES or any(len(each) > 100 for each in cleaned):
        raise DomainError(
            _("Give 1 to 200 choices of at most 100 characters."), code="choices", field="choices"
        )
    return cleaned


def _types(types: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(types))
    if set(wanted) - set(TicketType.values):
        raise DomainError(_("Choose a type from the list."), code="choice", field="types")
    return wanted


def _is_answered(field: CustomField) -> bool:
    return Ticket.objects.filter(custom__has_key=field.key).exists()
