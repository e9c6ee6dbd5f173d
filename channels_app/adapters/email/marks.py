"""How our own mails are known again: signed Message-IDs, plus-addresses, the loop header.

The secrets are those that seal the inboxes' passwords: the newest signs, the older ones still prove.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from . import threading
from .threading import SignedId

LOOP_HEADER = "X-Helpdesk-Loop"


def _secrets() -> list[str]:
    return [*settings.SECRETS_KEYS, settings.SECRET_KEY]


def message_id(message_pk: int, ticket_pk: int, *, domain: str) -> str:
    """The Message-ID of one reply: the same on every try, so that receivers know a second one as the same."""
    return threading.signed_message_id(_secrets()[0], message_pk, ticket_pk, domain)


def reply_address(address: str, ticket_pk: int) -> str:
    """An address that leads back to the ticket even when a mail program forgets all headers."""
    return threading.plus_address(_secrets()[0], address, ticket_pk)


def proved(message_ids: Iterable[str]) -> dict[str, SignedId]:
    """Those of the ids that we signed, with what they say."""
    found: dict[str, SignedId] = {}
    for each in message_ids:
        for secret in _secrets():
            if said := threading.read_message_id(secret, each):
                found[each] = said
                break
    return found


def proved_ticket(addresses: Iterable[str]) -> int | None:
    """The ticket of the first plus-address that we signed."""
    for address in addresses:
        if "+t" in address:
            for secret in _secrets():
                if ticket_pk := threading.read_plus_address(secret, address):
                    return ticket_pk
    return None


def loop_mark() -> str:
    """Names this installation in every mail we send, so that none of them is taken in again."""
    return _loop_mark(_secrets()[0])


def is_ours(loop_marks: Iterable[str]) -> bool:
    """Tell whether a loop header was written by this installation, under any of its secrets."""
    known = [_loop_mark(secret).encode() for secret in _secrets()]
    return any(hmac.compare_digest(given.strip().encode(), mine) for given in loop_marks for mine in known)


def _loop_mark(secret: str) -> str:
    return hmac.new(secret.encode(), b"helpdesk mail loop", hashlib.sha256).hexdigest()[:32]
