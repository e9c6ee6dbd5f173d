"""The shape of what is said about a person: one check per field, with the field at fault."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import LANGUAGES, Role, User
from helpdesk.errors import DomainError

CAPACITY_AT_MOST = Decimal("999.9")
SIGNATURE_AT_MOST = 5000
_KINDS = ("assigned", "message", "mentioned", "failed", "woken", "reopened")  # of tickets.notify
NOTIFICATIONS = frozenset(  # what is false is muted: a way, a kind, or a kind in one of the ways
    {
        "browser",
        "email_when_away",
        *_KINDS,
        *(f"{kind}.{way}" for kind in _KINDS for way in ("browser", "email")),
    }
)


def checked_fields(allowed: Collection[str], values: dict[str, object]) -> dict[str, object]:
    """Return the values in the form in which they are stored. Raises DomainError."""
    if unknown := values.keys() - set(allowed):
        raise TypeError(f"not to be changed: {sorted(unknown)}")
    return {name: _CHECKS[name](value) for name, value in values.items()}


def checked_password(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), field="password", code="password") from None
    return password


def _name(value: object) -> str:
    name = " ".join(str(value).split())
    if not name or len(name) > 150:
        raise DomainError(_("Give a name of at most 150 letters."), field="name", code="name")
    return name


def _email(value: object) -> str:
    email = str(value).strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise DomainError(_("This is not an email address."), field="email", code="email") from None
    if len(email) > 150:
        raise DomainError(_("This email address is too long."), field="email", code="email")
    return email


def _role(value: object) -> str:
    if value not in Role.values:
        raise DomainError(_("Choose one of the roles."), field="role", code="role")
    return str(value)


def _language(value: object) -> str:
    if value not in dict(LANGUAGES):
        raise DomainError(_("Choose one of the languages."), field="language", code="language")
    return str(value)


def _time_zone(value: object) -> str:
    if value not in _zones():
        raise DomainError(_("Choose one of the time zones."), field="time_zone", code="time_zone")
    return str(value)


def _capacity(value: object) -> Decimal:
    try:
        capacity = Decimal(str(value)).quantize(Decimal("0.1"))
    except InvalidOperation:
        capacity = Decimal(-1)
    if not 0 <= capacity <= CAPACITY_AT_MOST:
        raise DomainError(_("Give a capacity from 0 to 999."), field="capacity", code="capacity")
    return capacity


def _channel_limits(value: object) -> dict[str, int]:
    limits = value if isinstance(value, dict) else {"": -1}
    for channel, limit in limits.items():
        is_count = isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit <= 9999
        if not is_count or not isinstance(channel, str) or not channel:
            raise DomainError(
                _("Give a whole number of tickets for each channel."), field="channel_limits", code="limit"
            )
    return limits


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _theme(value: object) -> str:
    if value not in User.Theme.values:
        raise DomainError(_("Choose one of the themes."), field="theme", code="theme")
    return str(value)


def _signature(value: object) -> str:
    signature = str(value).strip()
    if len(signature) > SIGNATURE_AT_MOST:
        raise DomainError(_("Make the signature shorter."), field="signature", code="too_long")
    return signature


def _notifications(value: object) -> dict[str, bool]:
    if not isinstance(value, dict) or not value.keys() <= NOTIFICATIONS:
        raise DomainError(
            _("Choose which notifications you want."), field="notifications", code="notifications"
        )
    return {name: bool(wanted) for name, wanted in value.items()}


def _send_choice(value: object) -> str:
    if value not in ("", "pending", "solved"):
        raise DomainError(
            _("Choose what sending does to the status."), field="last_send_choice", code="send_choice"
        )
    return str(value)


_CHECKS: dict[str, Callable[[object], object]] = {
    "name": _name,
    "email": _email,
    "role": _role,
    "language": _language,
    "time_zone": _time_zone,
    "capacity": _capacity,
    "channel_limits": _channel_limits,
    "theme": _theme,
    "signature": _signature,
    "notifications": _notifications,
    "has_single_keys": bool,
    "last_send_choice": _send_choice,
}
