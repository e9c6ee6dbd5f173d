"""Fetch mail from mailboxes. A mail is flagged or moved only after its raw bytes are stored.

Where we are in a folder is kept as UIDVALIDITY and the last UID in `inbox.poll_state`, and moves on only
after the mail was stored and flagged. Cut anywhere, the next poll fetches the mail again, and
`store_call` knows it by its id: nothing is lost, nothing is doubled.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from channels_app.actions import polling
from channels_app.adapters.email import oauth
from channels_app.adapters.email.adapter import OVERSIZE_HEADER
from channels_app.adapters.email.vouch import FETCHED_FROM
from channels_app.contract import PermanentError, Request, TemporaryError
from channels_app.ingest import store_call
from channels_app.models import Inbox

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
POLL_LOCK_SECONDS = 280  # less than a task may take
MOST_AT_ONCE = 500  # a poll takes so many mails from a folder; the next one goes on from there
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
ERRORS = (OSError, imaplib.IMAP4.error, ImapToolsError)


def folders(config: Mapping[str, Any]) -> list[str]:
    """The folders to read."""
    named = [name.strip() for name in str(config.get("imap_folders") or "INBOX").split(",")]
    return [name for name in named if name]


def poll(inbox: Inbox) -> int:
    """Fetch what is new in all folders. Returns how many new mails were stored; trouble is noted."""
    config = inbox.adapter.config
    if not config.get("imap_host"):
        return 0
    stored = 0
    try:
        with connected(config, inbox_id=inbox.pk) as mailbox:
            for folder in folders(config):
                stored += poll_folder(mailbox, inbox, folder, config)
    except (*ERRORS, TemporaryError, PermanentError) as error:
        polling.note_failure(inbox, error=_words(error))
        logger.warning("mailbox not read", extra={"inbox": inbox.pk})
        return stored
    polling.note_success(inbox)
    return stored


def poll_alone(inbox: Inbox) -> int:
    """Poll, unless another worker does: two at once would only fetch everything twice."""
    lock = f"poll.{inbox.pk}"
    if not cache.add(lock, 1, timeout=POLL_LOCK_SECONDS):
        return 0
    try:
        return poll(inbox)
    finally:
        cache.delete(lock)


def check(config: Mapping[str, Any], *, inbox_id: int | None) -> None:
    """Sign in and look at each folder. Raises PermanentError with the server's words."""
    try:
        with connected(config, inbox_id=inbox_id) as mailbox:
            wanted = folders(config)
            if config.get("imap_after") == "move":
                wanted = [*wanted, str(config.get("imap_move_to"))]
            for folder in wanted:
                if not mailbox.folder.exists(folder):
                    raise PermanentError(f"There is no folder {folder!r} in this mailbox.")
    except (*ERRORS, TemporaryError) as error:  # nobody waits for a second try here
        raise PermanentError(_words(error)) from error


@contextmanager
def connected(config: Mapping[str, Any], *, inbox_id: int | None) -> Iterator[BaseMailBox]:
    """A signed-in connection, left politely where that is possible."""
    mailbox = _connect(config)
    try:
        _sign_in(mailbox, config, inbox_id)
        yield mailbox
    finally:
        try:
            mailbox.client.logout()
        except ERRORS:
            mailbox.client.shutdown()


def _sign_in(mailbox: BaseMailBox, config: Mapping[str, Any], inbox_id: int | None) -> None:
    user = str(config.get("imap_user", ""))
    if not oauth.is_used(config, "imap_token"):
        mailbox.login(user, str(config.get("imap_password", "")), initial_folder=None)
        return
    oauth.sign_in(
        config,
        inbox_id=inbox_id,
        own="imap_token",
        user=user,
        attempt=lambda dialogue: _authenticate(mailbox, dialogue),
        refused=imaplib.IMAP4.error,
    )


def _authenticate(mailbox: BaseMailBox, dialogue: oauth.Dialogue) -> None:
    try:
        mailbox.client.authenticate("XOAUTH2", lambda challenge: dialogue(challenge).encode())
    except imaplib.IMAP4.abort as error:  # the line is gone, which says nothing of the token
        raise ConnectionError(_words(error)) from error


def _connect(config: Mapping[str, Any]) -> BaseMailBox:
    host, security = str(config["imap_host"]), config.get("imap_security") or "tls"
    port = int(config.get("imap_port") or (993 if security == "tls" else 143))
    if security == "none":
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    if config.get("is_certificate_unchecked"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if security == "starttls":
        return MailBoxStartTls(host, port, timeout=TIMEOUT_SECONDS, ssl_context=context)
    return MailBox(host, port, timeout=TIMEOUT_SECONDS, ssl_context=context)


def poll_folder(mailbox: BaseMailBox, inbox: Inbox, folder: str, config: Mapping[str, Any]) -> int:
    """Store what is new in one folder, one mail after the other."""
    mailbox.folder.set(folder)
    state = _position(mailbox, dict(inbox.poll_state.get("folders", {}).get(folder, {})), config)
    stored = 0
    for uid in _new_uids(mailbox, state, config)[:MOST_AT_ONCE]:
        stored += _take(mailbox, inbox, uid, config)
        _mark(mailbox, uid, config)
        state["uid"] = max(state["uid"], uid)
        polling.note_position(inbox, folder=folder, state=state)
    if state != inbox.poll_state.get("folders", {}).get(folder):
        polling.note_position(inbox, folder=folder, state=state)
    return stored


def _position(mailbox: BaseMailBox, state: dict[str, int], config: Mapping[str, Any]) -> dict[str, int]:
    """Where we are: the last UID taken, and `start`, above which everything is ours.

    Mail that was there before we first looked (or before the server numbered anew) counts only while it
    is unread. Mail that is moved away leaves nothing old behind, so there everything counts.
    """
    validity = _number(mailbox, "UIDVALIDITY")
    if state.get("validity") == validity:
        return state
    start = 0 if config.get("imap_after") == "move" else max(_number(mailbox, "UIDNEXT") - 1, 0)
    return {"validity": validity, "uid": 0, "start": start}


def _number(mailbox: BaseMailBox, name: str) -> int:
    """A number that the server said when the folder was opened."""
    data = cast("list[bytes] | None", mailbox.client.untagged_responses.get(name))  # numbers are no literals
    return int(data[-1]) if data and data[-1] else 0


def _new_uids(mailbox: BaseMailBox, state: Mapping[str, int], config: Mapping[str, Any]) -> list[int]:
    """UIDs above the last one, in order."""
    last, start = state["uid"], state["start"]
    found: set[int] = set()
    if last < start:
        unread = "UNFLAGGED" if config.get("imap_after") == "flag" else "UNSEEN"
        found |= _search(mailbox, "UID", f"{last + 1}:{start}", unread)
    above = max(last, start)
    found |= {uid for uid in _search(mailbox, "UID", f"{above + 1}:*") if uid > above}
    return sorted(found)  # "N:*" always names the last mail, even when its number is lower


def _search(mailbox: BaseMailBox, *criteria: str) -> set[int]:
    kind, data = mailbox.client.uid("SEARCH", *criteria)
    if kind != "OK":
        raise imaplib.IMAP4.error("the server refused to search")
    return {int(each) for each in (data[0] or b"").split()}


def _take(mailbox: BaseMailBox, inbox: Inbox, uid: int, config: Mapping[str, Any]) -> int:
    size = _size(mailbox, uid)
    if size is None:  # somebody took it away meanwhile
        return 0
    headers = {FETCHED_FROM: str(config.get("imap_host", ""))}
    if size > settings.MESSAGE_MAX_BYTES:
        raw = _fetch(mailbox, uid, "(BODY.PEEK[HEADER])")
        headers[OVERSIZE_HEADER] = str(size)
    else:
        raw = _fetch(mailbox, uid, "(BODY.PEEK[])")
    if raw is None:
        return 0
    _call, is_new = store_call(inbox, request=Request(raw, headers), source="imap")
    return int(is_new)


def _size(mailbox: BaseMailBox, uid: int) -> int | None:
    _kind, data = mailbox.client.uid("FETCH", str(uid), "(RFC822.SIZE)")
    for item in data:
        line = item[0] if isinstance(item, tuple) else item
        if line and (found := _SIZE.search(line)):
            return int(found[1])
    return None


def _fetch(mailbox: BaseMailBox, uid: int, what: str) -> bytes | None:
    kind, data = mailbox.client.uid("FETCH", str(uid), what)
    if kind != "OK":
        raise imaplib.IMAP4.error("the server refused to hand over a mail")
    return next((item[1] for item in data if isinstance(item, tuple)), None)


def _mark(mailbox: BaseMailBox, uid: int, config: Mapping[str, Any]) -> None:
    after = config.get("imap_after") or "seen"
    if after == "move":
        mailbox.flag(str(uid), "\\Seen", value=True)
        mailbox.move(str(uid), str(config["imap_move_to"]))
    else:
        mailbox.flag(str(uid), "\\Flagged" if after == "flag" else "\\Seen", value=True)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:450] or type(error).__name__
