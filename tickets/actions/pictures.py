"""Pictures inside the text of a reply: they travel with the mail, not as links to us."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from tickets.actions.attach import upload
from tickets.files import INLINE_TYPES, sniff
from tickets.models import Attachment

if TYPE_CHECKING:
    from tickets.actor import Actor
    from tickets.models import Ticket

_DATA = re.compile(
    r"""(<img\b[^>]*?\bsrc=)(["'])data:image/[a-z]+;base64,([A-Za-z0-9+/=\s]+)\2""", re.IGNORECASE
)
_OURS = re.compile(r"""(<img\b[^>]*?\bsrc=)(["'])[^"']*?/attachments/(\d+)/[^"']*\2""", re.IGNORECASE)
_CID = re.compile(r"""<img\b[^>]*?\bsrc=["']cid:([^"']+)["']""", re.IGNORECASE)


def take_inline_images(html: str, *, ticket: Ticket, actor: Actor) -> tuple[str, list[int]]:
    """Return the markup with its pictures named by content id, and the ids of the files to send along.

    Pasted pictures (data: addresses) are stored; pictures that this agent uploaded here are taken by the
    address the editor shows them under. Anything else stays as it is and is left to the cleaning.
    """
    if "<img" not in html.lower():
        return html, []
    html = _DATA.sub(lambda found: _keep_pasted(found, ticket, actor), html)
    mine = Attachment.objects.filter(ticket=ticket, uploaded_by=actor.user, message=None)
    by_id = mine.in_bulk([int(found[3]) for found in _OURS.finditer(html)])
    html = _OURS.sub(lambda found: _named(found, by_id), html)
    content_ids = [found[1] for found in _CID.finditer(html)]
    return html, list(mine.filter(content_id__in=content_ids).values_list("pk", flat=True))


def _keep_pasted(found: re.Match[str], ticket: Ticket, actor: Actor) -> str:
    try:
        content = base64.b64decode(found[3], validate=False)
    except binascii.Error:
        return found[1] + '""'
    kind = sniff(content, "picture")
    if kind not in INLINE_TYPES:
        return found[1] + '""'
    name = f"picture.{kind.removeprefix('image/')}"
    picture = upload(ticket, name=name, content=content, actor=actor, is_inline=True)
    return f'{found[1]}"cid:{picture.content_id}"'


def _named(found: re.Match[str], by_id: dict[int, Attachment]) -> str:
    picture = by_id.get(int(found[3]))
    if picture is None or picture.content_type not in INLINE_TYPES:
        return found[0]
    if not picture.content_id:
        picture.content_id, picture.is_inline = f"{picture.sha256[:32]}.{picture.pk}@picture", True
        picture.save(update_fields=["content_id", "is_inline"])
    return f'{found[1]}"cid:{picture.content_id}"'
