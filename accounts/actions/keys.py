"""Make and revoke keys for the REST API."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import keys, policies
from accounts.models import ApiKey, User
from helpdesk.errors import DomainError, NotFoundError


@transaction.atomic
def create_key(
    user: User,
    *,
    name: str,
    scopes: list[str],
    actor: User,
    kind: str = ApiKey.Kind.PERSONAL,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key that acts as this person, within its scopes. Returns it with its text, shown only now.

    One makes personal keys for oneself; service keys, and keys for others, are made by administrators.
    """
    if kind == ApiKey.Kind.SERVICE:
        policies.require_administrator(actor)
    else:
        policies.require_self_or_administrator(actor, user)
    if not name.strip():
        raise DomainError(_("Give the key a name, so that you know it later."), field="name", code="required")
    _require_scopes(scopes)
    if expires_at is not None and expires_at <= timezone.now():
        raise DomainError(_("Choose a day in the future."), field="expires_at", code="past")
    if not user.is_active or kind not in ApiKey.Kind.values:
        raise DomainError(_("A key needs an active person and one of the kinds."), field="user", code="key")
    plain, prefix, digest = keys.generate()
    key = ApiKey.objects.create(
        user=user,
        name=name.strip()[:80],
        kind=kind,
        prefix=prefix,
        digest=digest,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return key, plain


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: User) -> ApiKey:
    """End a key now. Revoking it twice is harmless."""
    found = (
        ApiKey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user")
        .filter(pk=key.pk)
        .first()
    )
    if found is None:
        raise NotFoundError(_("There is no such key."))
    policies.require_self_or_administrator(actor, found.user)
    if found.revoked_at is None:
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
    return found


def _require_scopes(scopes: list[str]) -> None:
    unknown = sorted(set(scopes) - set(keys.SCOPES))
    if unknown:
        raise DomainError(
            _("There is no scope %(scope)s. Choose from: %(scopes)s.")
            % {"scope": unknown[0], "scopes": ", ".join(keys.SCOPES)},
            field="scopes",
            code="scope",
        )
    if not scopes:
        raise DomainError(_("Choose at least one scope."), field="scopes", code="required")
