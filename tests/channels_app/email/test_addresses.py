"""Addresses as people really have them."""

from __future__ import annotations

import re

import pytest

from channels_app.adapters.email.headers import addresses
from tests.channels_app.email.shared import DATA, needs_shared, printed, share


def listed() -> list[str]:
    path = DATA / "addresses" / "flanker" / "mailbox_valid.txt"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def reads(line: str) -> bool:
    """A line is an address, or one with a name or a comment: the address itself must come out."""
    address = line.rpartition(" <")[2].rstrip(">") if line.endswith(">") else line
    if address.startswith("(") or address.endswith(")"):
        address = re.sub(r"\s?\([^()]*\)\s?", "", address)
    elif line == address and [tuple(box) for box in addresses(f'"A, B" <{line}>, b@x.example')] != [
        ("A, B", address),
        ("", "b@x.example"),
    ]:
        return False
    return [box.address for box in addresses(line)] == [address]


@needs_shared
@pytest.mark.parametrize("line", listed())
def test_a_valid_address_is_kept_as_it_is(line: str) -> None:
    assert reads(line)


@needs_shared
def test_the_share_of_the_shared_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    failed = [address for address in listed() if not reads(address)]
    with printed(capsys) as show:
        show(share("valid addresses", len(listed()) - len(failed), len(listed()), failed))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@x.example", [("", "a@x.example")]),
        ("Lan <a@x.example>, \"B, C\" <b@x.example>", [("Lan", "a@x.example"), ("B, C", "b@x.example")]),
        ("Nhóm: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?B=C3=BC,_x?= <a@x.example>", [("Bü, x", "a@x.example")]),
        ("a@x.example (Lan)", [("Lan", "a@x.example")]),
        ("Lan a@x.example", [("Lan", "a@x.example")]),
        ("'a@x.example' <a@x.example>", [("a@x.example", "a@x.example")]),
        ("Lan <mailto:a@x.example>", [("Lan", "a@x.example")]),
        ("MAILER-DAEMON (Mail System)", [("Mail System", "MAILER-DAEMON")]),
        ("a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("\"我\" <>", [("我", "")]),
        ("", []),
        (",,;<>", []),
    ],
)  # fmt: skip
def test_a_list_is_read(value: str, expected: list[tuple[str, str]]) -> None:
    assert [tuple(box) for box in addresses(value)] == expected
