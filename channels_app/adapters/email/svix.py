"""Signatures in the way of Standard Webhooks, as Svix makes them for others (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time

from channels_app.contract import Request

TOLERANCE_SECONDS = 300


def verify(request: Request, secret: str) -> None:
    """Raise ValueError unless one of the call's signatures is made with the secret, and just now."""
    name, at = request.headers.get("svix-id", ""), request.headers.get("svix-timestamp", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        raise ValueError("signed at another time")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
    except binascii.Error as error:
        raise ValueError("the secret is no such secret") from error
    made = hmac.new(key, f"{name}.{at}.".encode() + request.body, hashlib.sha256).digest()
    mine = b"v1," + base64.b64encode(made)
    given = request.headers.get("svix-signature", "").split()
    if not any(hmac.compare_digest(each.encode(), mine) for each in given):
        raise ValueError("wrong signature")
