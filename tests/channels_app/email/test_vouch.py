"""Who may say that a mail is from the address in its From."""

from __future__ import annotations

import pytest

from channels_app.adapters.email.parse import parse_mail
from channels_app.adapters.email.vouch import is_vouched, read_stamp

US = "mx.bank.example"


def vouched(
    *stamps: str, sender: str = "Ada <ada@desk.example>", trusted: str = US, host: str = "", above: str = ""
) -> bool:
    lines = [above, *(f"Authentication-Results: {stamp}" for stamp in stamps)]
    lines += ["Received: from a.example by b.example; Mon, 2 Mar 2026 09:00:00 +0000", f"From: {sender}"]
    raw = "\r\n".join([line for line in lines if line] + ["", "Hello"]).encode()
    return is_vouched(raw, parse_mail(raw), trusted=trusted, fetched_from=host)


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=desk.example",
        "dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=Desk.Example",
        "dkim=pass header.d=desk.example header.s=key1 header.b=abc",
        "dkim=pass header.i=@desk.example",
        'dkim=pass reason="2048-bit key; unprotected" header.d=desk.example',
        "spf=pass (mx: domain of ada@desk.example designates 192.0.2.1) smtp.mailfrom=ada@desk.example",
        "spf=pass smtp.mailfrom=desk.example",
        "spf=fail smtp.mailfrom=l.example; dkim=pass header.d=l.example; dkim=pass header.d=desk.example",
        "auth=pass smtp.auth=ada@desk.example",
        "dkim/1=pass header.d=desk.example",
    ],
)
def test_a_server_that_we_trust_vouches(results: str) -> None:
    assert vouched(f"{US}; {results}")
    assert vouched(f"{US} 1;\r\n\t{results}")
    assert vouched(f"{US.upper()}; {results}", trusted=f"other.example, {US}")
    assert not vouched(f"mx.thief.example; {results}")


@pytest.mark.parametrize(
    "results",
    [
        "none",
        "",
        "dmarc=fail header.from=desk.example",
        "dmarc=none header.from=desk.example",
        "dmarc=pass",
        "dmarc=pass header.from=thief.example",
        "dmarc=pass header.from=example",
        "dkim=pass header.d=thief.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=notdesk.example",
        "dkim=fail header.d=desk.example",
        "dkim=pass header.i=@desk.example.thief.example",
        "spf=softfail smtp.mailfrom=ada@desk.example",
        "spf=pass smtp.helo=desk.example",
        "auth=pass smtp.auth=mallory@desk.example",
        "x-dmarc=pass header.from=desk.example",
        "dkim=pass header.d=desk.example; dmarc=fail header.from=desk.example",
        # words of the sender's that pass for the server's
        'spf=pass (domain of "a); dmarc=pass header.from=desk.example (b"@thief.example) smtp.mailfrom=x',
        'spf=pass smtp.mailfrom="a; dmarc=pass header.from=desk.example"@thief.example',
        "spf=pass (domain of a\\); dmarc=pass header.from=desk.example",
        "spf=none (unfinished; dmarc=pass header.from=desk.example",
        "spf=none ) ; dmarc=pass header.from=desk.example",
    ],
)
def test_nothing_else_proves_anything(results: str) -> None:
    assert not vouched(f"{US}; {results}")


def test_only_the_topmost_header_counts() -> None:
    good, bad = f"{US}; dmarc=pass header.from=desk.example", f"{US}; dmarc=fail header.from=thief.example"

    assert vouched(good, bad)
    assert not vouched(bad, good)
    assert not vouched("mx.thief.example; none", good)


@pytest.mark.parametrize(
    "sender",
    [
        "ada@desk.example, mallory@thief.example",
        "ada@desk.example\r\nFrom: mallory@thief.example",
        "ada",
        "",
    ],
)
def test_who_stands_in_from_must_be_one(sender: str) -> None:
    assert not vouched(f"{US}; dmarc=pass header.from=desk.example", sender=sender)


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("imap.gmail.com", "mx.google.com"),
        ("imap.desk.example", "imap.desk.example"),
        ("imap.desk.example", "desk.example"),
        ("imap.desk.example", "mx7.in.desk.example"),
        ("desk.example", "mx.desk.example"),
    ],
)
def test_unset_the_server_of_the_mailbox_vouches(host: str, server: str) -> None:
    stamp = f"{server}; dmarc=pass header.from=desk.example"

    assert vouched(stamp, trusted="", host=host)
    assert not vouched(stamp, trusted="", host="imap.other.example")
    assert not vouched(stamp, trusted="", host="")
    assert not vouched(stamp, trusted=US, host=host), "what is named stands for all"


def test_unset_a_header_that_came_with_the_mail_is_nobodys_word() -> None:
    """A server that stamps nothing leaves the sender's own header on top, below its trace of the way."""
    stamp = "mx.desk.example; dmarc=pass header.from=desk.example"
    trace = "Received: from thief.example by mx.desk.example; Mon, 2 Mar 2026 09:00:01 +0000"

    assert not vouched(stamp, trusted="", host="imap.desk.example", above=trace)


def test_a_trace_within_the_house_is_no_way_in() -> None:
    stamp = "mx.desk.example; dmarc=pass header.from=desk.example"
    home = "Received: from mx.desk.example\r\n\tby imap.desk.example with LMTP\r\n\tid abc; Mon, 2 Mar 2026"
    way_in = "Received: from thief.example by mx.desk.example with ESMTP id x; Mon, 2 Mar 2026"

    assert vouched(stamp, trusted="", host="imap.desk.example", above=home)
    assert not vouched(stamp, trusted="", host="imap.desk.example", above=f"{home}\r\n{way_in}")
    assert not vouched(stamp, trusted="", host="imap.desk.example", above=f"{way_in}\r\n{home}")


def test_a_server_known_to_stamp_every_mail_may_do_so_below_its_traces() -> None:
    stamp = "mx.google.com; dkim=pass header.i=@desk.example header.s=a"
    trace = "Received: by 2002:a05:6402 with SMTP id x; Mon, 2 Mar 2026 09:00:01 -0800"

    assert vouched(stamp, trusted="", host="imap.gmail.com", above=trace)


def test_a_stamp_without_a_server_is_read_as_nothing() -> None:
    assert read_stamp("spf=pass smtp.mailfrom=desk.example; dkim=pass header.d=desk.example") == ("", [])
    assert read_stamp("x" * 5_000) == ("", [])
