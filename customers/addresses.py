"""Addresses in the one form in which they are compared and stored."""

from __future__ import annotations

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError

PHONE_KINDS = frozenset({"phone", "sms", "whatsapp"})
HOME_REGION = "VN"  # how a number without a country code is read


def as_kept(address: str) -> str:
    """Return the address of a sender as identities keep it: whatever it is, somebody wrote from it."""
    return address.strip().lower()[:254]


def normal_address(kind: str, address: str) -> str:
    """Return the address as it is stored. Raises DomainError, naming the field, for one that cannot be."""
    address = address.strip().lower()[:255]
    if kind == "email":
        _require_email(address)
    elif kind in PHONE_KINDS:
        address = _e164(address)
    if not address or len(address) > 254:
        raise DomainError(_("Enter an address of at most 254 characters."), field="address")
    return address


def _require_email(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise DomainError(
            _("Enter a whole mail address, such as name@company.example."), field="address"
        ) from error


def _e164(address: str) -> str:
    try:
        number = phonenumbers.parse(address, HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise DomainError(
            _("Enter a phone number with its country code, such as +84 90 123 4567."), field="address"
        ) from error
    if not phonenumbers.is_possible_number(number):
        raise DomainError(_("This phone number is too short or too long. Check it."), field="address")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
