"""Add, change and retire the people who sign in."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.sessions import end_sessions
from accounts.checks import checked_fields, checked_password
from accounts.models import ApiKey, Presence, Role, Tab, Team, User
from accounts.presence import become
from accounts.reactions import announce, poke_people
from accounts.sign_in_links import mail_reset_url, reset_url
from helpdesk.errors import ConflictError, DomainError, NotFoundError

MAY_CHANGE = frozenset({"name", "email", "role", "language", "time_zone", "capacity", "channel_limits"})


@transaction.atomic
def create_user(
    *,
    name: str,
    email: str,
    actor: User,
    role: str = Role.AGENT,
    teams: list[Team] | None = None,
    password: str = "",
    **details: object,
) -> User:
    """Add a person. Without a password they get in by a link, and choose their own.

    `details` are the fields that `update_user` changes. Raises DomainError with the field at fault.
    """
    policies.require_administrator(actor)
    checked = checked_fields(MAY_CHANGE, {"name": name, "email": email, "role": role, **details})
    _require_free_email(str(checked["email"]))
    user = User(username=str(checked["email"]), **checked)
    if password:
        user.set_password(checked_password(password, user))
    else:
        user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    for team in teams or []:
        user.memberships.create(team=team)
    return user


@transaction.atomic
def update_user(user: User, *, actor: User, **changes: object) -> User:
    """Change name, email, role, language, time zone, capacity or limits per channel.

    Raises DomainError with the field at fault, ConflictError when nobody would be left to run the desk.
    """
    policies.require_administrator(actor)
    checked = checked_fields(MAY_CHANGE, changes)
    user, administrators = _locked(user)
    if "role" in checked and checked["role"] != Role.ADMINISTRATOR and not user.is_superuser:
        _require_another_administrator(user, administrators)
    if "email" in checked and checked["email"] != user.email:
        _change_email(user, str(checked["email"]))
    before = {name: getattr(user, name) for name in checked}
    changed = {name: value for name, value in checked.items() if before[name] != value}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        user.save(update_fields=sorted({*changed, "username"} if "email" in changed else changed))
    _announce(user, changed)
    return user


@transaction.atomic
def set_active(user: User, *, active: bool, actor: User) -> User:
    """Let a person in again, or out for good: sessions, sockets and keys end, and their tickets go back.

    Raises ConflictError for the last administrator, and for oneself.
    """
    policies.require_administrator(actor)
    user, administrators = _locked(user)
    if user.is_active == active:
        return user
    if not active:
        if actor.pk == user.pk:
            raise ConflictError(_("You cannot switch off your own account. Ask a colleague."), code="self")
        _require_another_administrator(user, administrators)
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        _leave(user)
    return user


def invitation_link(user: User, *, actor: User) -> str:
    """Return a link by which somebody new chooses their first password: to hand over, once, for a few days.

    Whoever signed in before gets theirs by `mail_reset_link`: in other hands it would open their account.
    """
    policies.require_administrator(actor)
    _require_active(user)
    if not user.is_new:
        raise ConflictError(
            _("%(name)s has a password. Have a link for a new one mailed to them.") % {"name": user.name},
            code="has_password",
        )
    return reset_url(user)


def mail_reset_link(user: User, *, actor: User) -> None:
    """Mail this person a link by which they choose a password; nobody else gets to see it.

    Raises DomainError when the mail server does not take it.
    """
    policies.require_administrator(actor)
    _require_active(user)
    mail_reset_url(user)


def _require_active(user: User) -> None:
    if not user.is_active:
        raise ConflictError(_("This account is switched off. Switch it on first."), code="inactive")


def _leave(user: User) -> None:
    end_sessions(user)
    ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    Tab.objects.filter(user=user).delete()
    presence = Presence.objects.select_for_update(no_key=True).filter(user=user).first()
    if presence is not None:
        become(presence, Presence.State.OFFLINE)
    announce("person.deactivated", user.pk)


def _announce(user: User, changed: dict[str, object]) -> None:
    if "role" in changed:
        poke_people([user.pk], "membership")
        announce("person.role_changed", user.pk)
    if {"capacity", "channel_limits"} & changed.keys():
        announce("person.capacity_changed", user.pk)


def _locked(user: User) -> tuple[User, set[int]]:
    """Lock the person together with everyone who runs the desk, so that the last two cannot both leave."""
    runs = Q(role=Role.ADMINISTRATOR) | Q(is_superuser=True)
    rows = list(
        User.objects.select_for_update(no_key=True)
        .filter((runs & Q(is_active=True)) | Q(pk=user.pk))
        .order_by("pk")
    )
    found = next((row for row in rows if row.pk == user.pk), None)
    if found is None:
        raise NotFoundError(_("There is no such person."))
    return found, {row.pk for row in rows if row.is_active and row.is_administrator}


def _require_another_administrator(user: User, administrators: set[int]) -> None:
    if administrators == {user.pk}:
        raise ConflictError(
            _("This is the last administrator. Make somebody else one first."), code="last_administrator"
        )


def _change_email(user: User, email: str) -> None:
    _require_free_email(email, besides=user)
    user.username = email
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)


def _require_free_email(email: str, besides: User | None = None) -> None:
    taken = User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email))
    if besides is not None:
        taken = taken.exclude(pk=besides.pk)
    if taken.exists():
        raise DomainError(_("Somebody has this email address already."), field="email", code="taken")
