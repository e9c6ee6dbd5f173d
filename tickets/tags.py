"""How tags are spelled."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from helpdesk.errors import DomainError

MAX_LENGTH = 50


def tag_name(text: str) -> str:
    """Return the one spelling under which a tag is kept: small letters, single spaces, no commas.

    Raises DomainError when it is too long.
    """
    name = " ".join(unicodedata.normalize("NFC", text).replace(",", " ").replace("\x00", "").lower().split())
    if len(name) > MAX_LENGTH:
        raise DomainError(
            _("A tag has at most %(limit)s letters. Shorten it.") % {"limit": MAX_LENGTH},
            code="too_long",
            field="tags",
        )
    return name
