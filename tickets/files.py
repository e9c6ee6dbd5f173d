"""What a file is and what it may be called: never trust what the sender says. And where it is kept."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import puremagic
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    from tickets.models import Attachment

MAX_NAME = 200
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_COMMON = [  # most of what comes, known at once; the rest is looked up, which takes longer
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
]
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def safe_name(name: str) -> str:
    """Return a name without paths, control and bidi characters, of bounded length, extension kept."""
    name = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE.sub("_", name).strip(" .") or "file"
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        name = (
            f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
            if dot and len(extension) < 20
            else name[:MAX_NAME]
        )
    return name


def extension(name: str) -> str:
    """Return the last ending of a file name in small letters, without the dot; "" when there is none."""
    return safe_name(name).rpartition(".")[2].lower() if "." in name else ""


def sniff(content: bytes, name: str) -> str:
    """Return the media type by content; by name only for plain text, which has no signature."""
    for start, media_type in _COMMON:
        if content.startswith(start):
            return media_type
    try:
        found = puremagic.from_string(content[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return found[:120]
    guessed = mimetypes.guess_type(name)[0] or ""
    if guessed.startswith("text/") and b"\x00" not in content[:4096]:
        return "text/plain"
    return "application/octet-stream"


_kept: ContextVar[list[str] | None] = ContextVar("kept_files", default=None)


def keep(path: str, content: bytes) -> str:
    """Write a file and return where it is. A half-written one is taken away again."""
    try:
        name = default_storage.save(path, ContentFile(content))
    except BaseException:
        discard([path])
        raise
    kept = _kept.get()
    if kept is not None:
        kept.append(name)
    return name


def discard(names: Iterable[str]) -> None:
    """Take files away; those that are not there do not matter."""
    for name in names:
        try:
            default_storage.delete(name)
        except OSError:
            continue


@contextmanager
def discarded_on_failure() -> Iterator[None]:
    """Files have no transaction: those kept inside this block go when the block fails."""
    kept: list[str] = []
    token = _kept.set(kept)
    try:
        yield
    except BaseException:
        discard(kept)
        raise
    finally:
        _kept.reset(token)


def file_response(attachment: Attachment, *, inline: bool = False) -> FileResponse:
    """Answer with a stored file, safely: a download, or shown in place when it is a plain picture.

    The caller has checked that the reader may see the ticket. Whatever the file claims to be, a browser
    will neither guess its type nor run anything in it.
    """
    shown = inline and attachment.content_type in INLINE_TYPES
    response = FileResponse(
        attachment.file.open("rb"),
        content_type=attachment.content_type if shown else "application/octet-stream",
    )
    response["Content-Disposition"] = content_disposition_header(not shown, attachment.name) or "attachment"
    response["Content-Length"] = str(attachment.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def forget_file(path: str | None) -> None:
    """Delete a stored file once the transaction that let go of it has committed."""
    if path:
        transaction.on_commit(lambda: discard([path]))
