"""Names of attachments that are safe to store, to show and to offer for download."""

import re
import unicodedata
from urllib.parse import unquote_to_bytes

MAX_LENGTH = 200

_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/ms-tnef": ".dat",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/directory": ".vcf",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
# C0/C1 controls, format characters that reorder or hide (bidi overrides and isolates, zero width, BOM)
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def safe_filename(name: str) -> str:
    """The last path part, without hidden characters, at most 200 long with its extension kept; may be ''."""
    name = _SPACE.sub(" ", name.strip("\0"))
    name = _HIDDEN.sub("", unicodedata.normalize("NFC", name))
    name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    return _shorten(name.strip(" .\"'"))


def readable_name(name: str) -> str:
    """A name that was percent-encoded without saying so as RFC 2231 asks, where that gives letters."""
    if "%" not in name or not name.isascii():
        return name
    encoded = re.sub(r"^utf-?8'[^']{0,20}'", "", name, flags=re.IGNORECASE)
    try:
        decoded = unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return name
    return name if decoded.isascii() and encoded == name else decoded


def name_for(content_type: str, title: str = "") -> str:
    """A name for a part that brings none: after its title (description, subject) or its type."""
    extension = _EXTENSIONS.get(content_type, "")
    stem = safe_filename(title.replace("/", "-").replace("\\", "-"))
    if not stem:
        stem = {"text": "document", "image": "image", "audio": "audio", "video": "video"}.get(
            content_type.partition("/")[0], "file"
        )
        stem = "message" if extension == ".eml" else "invite" if extension == ".ics" else stem
    return _shorten(stem if stem.lower().endswith(extension or "\0") else stem + extension)


def _shorten(name: str) -> str:
    if len(name) <= MAX_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or len(extension) > 20:
        return name[:MAX_LENGTH].rstrip()
    return stem[: MAX_LENGTH - len(extension) - 1].rstrip(" .") + dot + extension
