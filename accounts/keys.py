"""API keys: how they look, what they may do, and whose they are.

A key is `hd_<prefix>_<secret>`: the prefix (8 characters) finds the row and may be shown; of the whole
key only the SHA-256 is kept. 256 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKey

ROOMS = ["tickets", "customers", "people", "settings"]
SCOPES = [f"{room}:{verb}" for room in ROOMS for verb in ("read", "write")]
USE_NOTED_EVERY = timedelta(minutes=1)
_PREFIX = re.compile("[0-9a-f]{8}")


def generate() -> tuple[str, str, str]:
    """Return a new key, its prefix and its digest."""
    prefix = secrets.token_hex(4)
    plain = f"hd_{prefix}_{secrets.token_urlsafe(32)}"
    return plain, prefix, digest(plain)


def digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def authenticate(plain: str) -> ApiKey | None:
    """Return the living key with its user, or None: unknown, revoked, expired, or of a person who left."""
    parts = plain.split("_", 2)
    if len(parts) != 3 or parts[0] != "hd" or not _PREFIX.fullmatch(parts[1]):
        return None
    now = timezone.now()
    living = ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
    key = living.select_related("user").filter(prefix=parts[1], user__is_active=True).first()
    if key is None or not hmac.compare_digest(key.digest, digest(plain)):
        return None
    if key.last_used_at is None or now - key.last_used_at > USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key
