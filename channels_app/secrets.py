"""Encryption of what an inbox must keep secret: passwords, tokens, signing keys.

Fernet (AES-128-CBC with HMAC-SHA-256). Keys come from SECRETS_KEYS, newest first; without one, a key
is derived from SECRET_KEY. Old keys stay listed until `rotate` has rewritten every inbox.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from helpdesk.errors import DomainError


def seal(values: Mapping[str, str]) -> str:
    """Return the secrets as one opaque text; nothing to keep gives an empty text."""
    return _box().encrypt(json.dumps(dict(values)).encode()).decode() if values else ""


def unseal(sealed: str) -> dict[str, str]:
    """Return the secrets again. Raises DomainError when no known key fits."""
    if not sealed:
        return {}
    try:
        return json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise DomainError("The secrets of this inbox cannot be read: enter them again.") from error


def _box() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in [*settings.SECRETS_KEYS, settings.SECRET_KEY]])


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"inbox secrets " + key.encode()).digest()))
