"""One name for one mail, whatever way it came: by IMAP, by SMTP, by webhook."""

from __future__ import annotations

import hashlib
import re

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_AUTHORED = re.compile(rb"^(?:from|to|date|subject):(?:[^\r\n]|\r?\n[ \t])*", re.IGNORECASE | re.MULTILINE)
_MAX_HEAD = 200_000


def mail_id(raw: bytes) -> str:
    """The Message-ID with a hash of the body; without one, a hash of what its author wrote.

    The way adds header lines and changes line ends, so neither counts. Two mails under one Message-ID
    (some programs do that) stay two.
    """
    raw = raw.lstrip(b"\r\n")
    found = _END_OF_HEAD.search(raw)
    head, body = (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")
    head = head[:_MAX_HEAD]
    digest = hashlib.sha256(body.replace(b"\r\n", b"\n").strip())
    message_id = _MESSAGE_ID.search(head)
    name = b" ".join(message_id[1].split()) if message_id else b""
    if not name:
        for line in sorted(b" ".join(each.split()) for each in _AUTHORED.findall(head)):
            digest.update(b"\0" + line)
        return f"mail:sha256:{digest.hexdigest()}"
    text = name.decode("ascii", "replace")
    if len(text) > 180:
        text = hashlib.sha256(name).hexdigest()
    return f"mail:{text}:{digest.hexdigest()[:24]}"
