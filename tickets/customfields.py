"""Answers to custom fields, checked by kind: what comes back can be stored as JSON and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from helpdesk.errors import DomainError
from tickets.models import CustomField

MAX_TEXT = 2000
_YES = {"true", "1", "on", "yes"}
_NO = {"false", "0", "off", "no"}


def clean(values: Mapping[str, object], *, ticket_type: str) -> dict[str, object]:
    """Return the answers as they are stored; None where one was cleared.

    Raises DomainError, with the field's key, for the first answer that does not fit.
    """
    fields = {field.key: field for field in CustomField.objects.filter(key__in=list(values), is_active=True)}
    for key in values:
        if key not in fields:
            raise DomainError(
                _("There is no field “%(key)s”.") % {"key": key}, code="unknown_field", field=key
            )
    return {key: clean_value(fields[key], value, ticket_type=ticket_type) for key, value in values.items()}


def clean_value(field: CustomField, value: object, *, ticket_type: str) -> object:
    """Return one answer as it is stored. Raises DomainError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if field.types and ticket_type not in field.types:
        _refuse(field, _("“%(field)s” is not asked for this type of ticket."), code="not_asked")
    return _CLEANERS[field.kind](field, value)


def _text(field: CustomField, value: object) -> str:
    text = str(value).replace("\x00", "").strip()
    if not isinstance(value, str | int | float) or len(text) > MAX_TEXT:
        _refuse(field, _("“%(field)s” takes a text of at most 2,000 characters."))
    return text


def _number(field: CustomField, value: object) -> int | float:
    try:
        number = Decimal(str(value).strip().replace(" ", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= 10**15:
        _refuse(field, _("“%(field)s” takes a number, such as 12 or 3.5."))
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomField, value: object) -> str:
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        _refuse(field, _("“%(field)s” takes a date, such as 2026-03-31."))
        raise


def _choice(field: CustomField, value: object) -> str:
    if value not in field.choices:
        _refuse(field, _("Choose “%(field)s” from the list."), code="choice")
    return str(value)


def _checkbox(field: CustomField, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        _refuse(field, _("“%(field)s” is either ticked or not."))
    return word in _YES


def _refuse(field: CustomField, sentence: str, *, code: str = "value") -> None:
    raise DomainError(sentence % {"field": field.label}, code=code, field=field.key)


_CLEANERS: dict[str, Callable[[CustomField, object], object]] = {
    CustomField.Kind.TEXT: _text,
    CustomField.Kind.NUMBER: _number,
    CustomField.Kind.DATE: _date,
    CustomField.Kind.CHOICE: _choice,
    CustomField.Kind.CHECKBOX: _checkbox,
}
