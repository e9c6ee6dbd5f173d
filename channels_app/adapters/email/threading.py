"""Which conversation a mail belongs to: cleaned subjects, and ids that only we can have made.

Whoever knows a ticket number must not be able to write into that ticket. So the Message-IDs and the
plus-addresses that we hand out carry a keyed hash (HMAC-SHA-256, cut to 96 bits, compared in constant time).
"""

# ruff: noqa: E501 - tables of words; wide characters count double

import hashlib
import hmac
import re
from base64 import b32encode
from typing import NamedTuple

_TAG_BYTES = 12  # 96 bits, 20 characters of base32

_PREFIX = re.compile(
    r"^\s*(?:(?:re|r|fw|fwd|aw|antw|antwort|wg|sv|vs|vb|vl|vá|tr|rv|rif|i|res|enc|odp|pd|ha|ynt|ilt|bls|doorst|ref|ptl"
    r"|отв|ответ|пер|на|re\.|trả lời|tl|phúc đáp|chuyển tiếp|ct|回复|回覆|答复|答覆|回信|转发|轉寄|轉發|转寄|轉送|返信|転送|회신|전달)"
    r"(?:\s?[\[(]?\d{1,3}[\])]?)?\s?[:：])\s*",
    re.I,
)  # fmt: skip
_SUBJECT_TAG = re.compile(r"\[\s?#\s?(\d{1,18})\s?\]")
_OTHER_TAG = re.compile(
    r"^\s*\[(?:external|extern|ext|spam|suspected spam|caution|bên ngoài|外部|外部邮件)\]\s*", re.I
)
_SPACES = re.compile(r"\s+")
_MESSAGE_ID = re.compile(r"^m(\d{1,18})\.t(\d{1,18})\.([a-z2-7]{20})@([^@\s<>]{1,253})$", re.I)
_PLUS = re.compile(r"^(.{1,200})\+t(\d{1,18})\.([a-z2-7]{20})@([^@\s<>]{1,253})$", re.I)


class SignedId(NamedTuple):
    """What a Message-ID of ours says."""

    message_pk: int
    ticket_pk: int


def clean_subject(subject: str) -> str:
    """The subject without 'Re:', 'Trả lời:', '转发：', our tag and marks of gateways; for comparing and showing."""
    text = _SPACES.sub(" ", _SUBJECT_TAG.sub(" ", subject[:2_000])).strip()
    for _ in range(50):
        shorter = _OTHER_TAG.sub("", _PREFIX.sub("", text, count=1), count=1)
        if shorter == text:
            break
        text = shorter
    return text.strip()


def same_subject(one: str, other: str) -> bool:
    """Do two subjects name the same thing? Empty ones never do."""
    first = clean_subject(one).casefold()
    return bool(first) and first == clean_subject(other).casefold()


def is_forward_subject(subject: str) -> bool:
    return bool(_FORWARD.match(subject.strip()))


_FORWARD = re.compile(
    r"^(?:\[[^\[\]]{1,40}\]\s*)?(?:fw|fwd|wg|tr|rv|vb|vs|i|enc|doorst|pd|ilt|пер|vl|vidarebefordrat|továbbítás"
    r"|chuyển tiếp|ct|转发|轉寄|轉發|转寄|轉送|転送|전달)\s?[:：]",
    re.I,
)


def signed_message_id(secret: str, message_pk: int, ticket_pk: int, domain: str) -> str:
    """The Message-ID for a mail of ours, without angle brackets."""
    return (
        f"m{message_pk}.t{ticket_pk}.{_sign(secret, 'mid', message_pk, ticket_pk, domain)}@{domain.lower()}"
    )


def read_message_id(secret: str, message_id: str) -> SignedId | None:
    """What a Message-ID says, when its signature is ours."""
    match = _MESSAGE_ID.match(message_id.strip().strip("<>"))
    if not match:
        return None
    message_pk, ticket_pk, domain = int(match[1]), int(match[2]), match[4]
    expected = _sign(secret, "mid", message_pk, ticket_pk, domain)
    return SignedId(message_pk, ticket_pk) if hmac.compare_digest(expected, match[3].lower()) else None


def plus_address(secret: str, address: str, ticket_pk: int) -> str:
    """'support@bank.example' -> 'support+t123.SIGNATURE@bank.example', for Reply-To."""
    local, _, domain = address.partition("@") if address.count("@") == 1 else address.rpartition("@")
    signature = _sign(secret, "plus", ticket_pk, local, domain)
    return f"{local}+t{ticket_pk}.{signature}@{domain}"


def read_plus_address(secret: str, address: str) -> int | None:
    """The ticket of a plus-address, when its signature is ours."""
    match = _PLUS.match(address.strip())
    if not match:
        return None
    ticket_pk = int(match[2])
    expected = _sign(secret, "plus", ticket_pk, match[1], match[4])
    return ticket_pk if hmac.compare_digest(expected, match[3].lower()) else None


def base_address(address: str) -> str:
    """An address without our plus part: which inbox it is."""
    match = _PLUS.match(address.strip())
    return f"{match[1]}@{match[4]}" if match else address.strip()


def subject_tag(number: int) -> str:
    """'[#123]', the tag that our subjects carry."""
    return f"[#{number}]"


def read_subject_tag(subject: str) -> int | None:
    """The number of the first tag; it proves nothing, so a known participant must have written."""
    match = _SUBJECT_TAG.search(subject[:2_000])
    return int(match[1]) if match else None


def with_subject_tag(subject: str, number: int) -> str:
    """The subject of an answer: 'Re: …' with exactly one tag of ours."""
    cleaned = clean_subject(subject)
    return f"Re: {cleaned} {subject_tag(number)}" if cleaned else f"Re: {subject_tag(number)}"


def _sign(secret: str, *parts: object) -> str:
    message = "\0".join(str(part).lower() for part in ("helpdesk-mail", *parts))
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()[:_TAG_BYTES]
    return b32encode(digest).decode("ascii").rstrip("=").lower()
