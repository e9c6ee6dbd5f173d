"""Whether a mail is from the address in its From: anyone may write that line.

A server that checked it says so in `Authentication-Results` (RFC 8601). Only the topmost such header counts,
and only from a server that the inbox trusts; what it says must be about the very domain in From. Anything
that is hard to read proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .parse import ParsedMail

FETCHED_FROM = "x-helpdesk-imap-host"  # written by the poller: whose mailbox a mail was fetched from
STAMPED = "authentication-results"
MAX_STAMP = 4_000
MAX_HEAD = 32_000
# Servers that stamp every mail under a name that is not their own domain's.
_NAMES_OF = {"imap.gmail.com": "mx.google.com", "imap.googlemail.com": "mx.google.com"}
_TRACE = re.compile(rb"^(authentication-results|received)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.I | re.M)
_BY_LMTP = re.compile(rb"\swith\s+(?:UTF8)?LMTPS?A?\s", re.I)
_RESULT = re.compile(r"\s*([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)(.*)", re.I | re.S)
_PROPERTY = re.compile(r"\b([a-z]+)\s*\.\s*([a-z0-9_-]+)\s*=\s*(\"[^\"]*\"|[^\s\"]+)", re.I)
_VOUCHING = {
    ("dmarc", "header.from"), ("dkim", "header.d"), ("dkim", "header.i"), ("spf", "smtp.mailfrom"),
}  # fmt: skip


class Result(NamedTuple):
    """What one method found: "dkim", "pass", and about whom."""

    method: str
    value: str
    about: Mapping[str, str]


def is_vouched(raw: bytes, mail: ParsedMail, *, trusted: str, fetched_from: str) -> bool:
    """Return whether a server that we trust says that the mail is from who stands in From.

    `trusted` names servers as the inbox does, with commas between. Without any, a mail that was fetched by
    IMAP may be vouched for by the server it was fetched from.
    """
    address = mail.from_.address.lower()
    stamps = mail.headers.get(STAMPED, [])
    if not stamps or len(mail.headers.get("from", [])) != 1 or len(mail.from_all) != 1 or "@" not in address:
        return False
    server, results = read_stamp(stamps[0])
    names = [name for name in trusted.lower().replace(",", " ").split() if name]
    is_trusted = server in names if names else _is_of(server, fetched_from.lower(), raw)
    if not is_trusted or any(result[:2] == ("dmarc", "fail") for result in results):
        return False
    return any(_proves(result, address) for result in results)


def _is_of(server: str, host: str, raw: bytes) -> bool:
    """Whether the server whose mailbox we read has stamped this, and nobody before it.

    One that names itself otherwise is known by its name. From others a header counts when it stands above
    every trace of the way there: only the last server can write that high.
    """
    if not server or not host:
        return False
    if host in _NAMES_OF:
        return server == _NAMES_OF[host]
    domain = host.partition(".")[2] if host.count(".") > 1 else host
    return (server in (host, domain) or server.endswith(f".{domain}")) and _stands_on_top(raw)


def _stands_on_top(raw: bytes) -> bool:
    """Whether the header stands above every trace of the way from outside. LMTP is a way within the house."""
    for name, value in _TRACE.findall(raw[:MAX_HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]):
        if name.lower() != b"received":
            return True
        if not _BY_LMTP.search(value):
            return False
    return False


def _proves(result: Result, address: str) -> bool:
    if result.value != "pass":
        return False
    if result.method == "auth":  # it was handed in by somebody who signed in as the sender
        return result.about.get("smtp.auth", "") == address
    domain = address.rpartition("@")[2]
    return any(
        _is_aligned(domain, value.rpartition("@")[2], is_exact=result.method == "dmarc")
        for name, value in result.about.items()
        if (result.method, name) in _VOUCHING
    )


def _is_aligned(domain: str, other: str, *, is_exact: bool) -> bool:
    """A domain speaks for itself and, in DKIM and SPF, for those below it; never for those above."""
    return other == domain or (not is_exact and "." in other and domain.endswith(f".{other}"))


def read_stamp(value: str) -> tuple[str, list[Result]]:
    """Return which server wrote the header, and what it found. What cannot be read surely is nothing."""
    pieces = list(_pieces(value[:MAX_STAMP])) if len(value) <= MAX_STAMP else []
    if not pieces:
        return "", []
    server = pieces[0].split()[0].lower() if pieces[0].split() else ""
    found = [match for piece in pieces[1:] if (match := _RESULT.fullmatch(piece))]
    results = [
        Result(match[1].lower(), match[2].lower(), {
            f"{kind}.{name}".lower(): value.strip('"').lower()
            for kind, name, value in _PROPERTY.findall(match[3])
        })
        for match in found
    ]  # fmt: skip
    return ("", []) if "=" in server else (server, results)


def _pieces(value: str) -> Iterator[str]:
    """The parts between semicolons, without comments.

    A sender's address may be quoted in there. A quotation mark in a comment, or a bracket that fits nothing,
    could be words of the sender's that pass for the server's: then there are no parts at all.
    """
    kept: list[str] = []
    depth, is_quoted = 0, False
    for char in value:
        if char == "\\" or (depth and char == '"'):
            return
        if char == '"':
            is_quoted = not is_quoted
        elif not is_quoted and char in "()":
            depth += 1 if char == "(" else -1
            if depth < 0:
                return
            kept.append(" ")
            continue
        if not depth:
            kept.append("\0" if char == ";" and not is_quoted else char)
    if depth == 0 and not is_quoted:
        yield from "".join(kept).split("\0")
