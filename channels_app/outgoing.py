"""Calls to addresses that users typed in: never to our own network.

The name is resolved once, every address it has must be public, and the connection goes to that very
address, so a name that changes its mind in between leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter

TIMEOUT_SECONDS = (5, 15)  # to connect, between two bytes
MAX_ANSWER = 64 * 1024
MAX_SECONDS = 20
# IPv6 addresses that a gateway turns into the IPv4 address in their last four bytes
_TRANSLATED = [ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")]


class ForbiddenAddressError(Exception):
    """The address is not one that we may call."""


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
    """Post and return the status. Raises ForbiddenAddressError, or requests' own errors."""
    return ask(url, body=body, headers=headers)[0]


def ask(url: str, *, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Post and return the status and the beginning of the answer. Raises as `post` does."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ForbiddenAddressError("only http and https addresses can be called")
    address = public_address(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    with requests.Session() as session:
        session.trust_env = False
        session.mount(f"{parts.scheme}://", _Pinned(parts.hostname, address))
        answer = session.post(
            url, data=body, headers=dict(headers), timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        )
        try:
            return answer.status_code, _beginning(answer)
        finally:
            answer.close()


def _beginning(answer: requests.Response) -> bytes:
    """What fits, and what comes in time: an answer that drips for hours would hold the worker."""
    out, deadline = b"", time.monotonic() + MAX_SECONDS
    for piece in answer.iter_content(8_192):
        out += piece
        if len(out) >= MAX_ANSWER or time.monotonic() > deadline:
            break
    return out[:MAX_ANSWER]


def public_address(host: str, port: int) -> str:
    """Return an address of the host to connect to. Raises ForbiddenAddressError for private ones."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise requests.ConnectionError(f"no such host: {host}") from error
    addresses = [str(each[4][0]) for each in found]
    if host not in settings.PRIVATE_HOSTS_ALLOWED and not all(_is_public(each) for each in addresses):
        raise ForbiddenAddressError("this address is within our own network")
    return addresses[0]


def _is_public(text: str) -> bool:
    address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is None and any(address in net for net in _TRANSLATED):
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = inside or address
    return address.is_global and not address.is_multicast


class _Pinned(HTTPAdapter):
    """Connects to one address, and still checks the certificate against the name."""

    def __init__(self, host: str, address: str) -> None:
        self.host, self.address = host, address
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        shown = f"[{self.address}]" if ":" in self.address else self.address
        port = f":{parts.port}" if parts.port else ""
        request.url = parts._replace(netloc=f"{shown}{port}").geturl()
        if parts.scheme == "https":
            self.poolmanager.connection_pool_kw.update(assert_hostname=self.host, server_hostname=self.host)
        return super().send(request, *args, **kwargs)
