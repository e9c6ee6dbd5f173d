"""Mails put together in ways that the standards do not know, or no longer."""

from __future__ import annotations

import base64
import binascii
import struct
import time

import pytest

from channels_app.adapters.email.parse import ParsedMail, parse_mail
from channels_app.adapters.email.tnef import SIGNATURE, open_tnef

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
HELLO = b"Content-Type: text/plain\r\n\r\nhello"


def mail(kind: bytes, *parts: bytes, more: bytes = b"") -> ParsedMail:
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    return parse_mail(
        b"From: lan@mail.example\r\n" + more + b"Content-Type: " + kind + b"; boundary=B\r\n\r\n" + body
    )


def names(read: ParsedMail) -> list[str]:
    return [file.filename for file in read.attachments]


def picture(*headers: bytes, kind: bytes = b"image/png") -> bytes:
    lines = (b"Content-Type: " + kind, b"Content-Transfer-Encoding: base64", *headers, b"", b"")
    return b"\r\n".join(lines) + base64.b64encode(PNG)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (rb'attachment; filename="C:\Users\lan\x.pdf"', "x.pdf"),
        (rb'attachment; filename="\\srv\share\x.pdf"', "x.pdf"),
        (rb'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        (b'filename="x.pdf"', "x.pdf"),
        (b'attachment filename="x.pdf"', "x.pdf"),
        (b'attachment; filename="Th%E1%BA%BB.pdf"', "Thẻ.pdf"),
        (b"attachment; filename=\"UTF-8''Th%E1%BA%BB.pdf\"", "Thẻ.pdf"),
        (b'attachment; filename="100%20.pdf"', "100%20.pdf"),
        (b"attachment; filename*0*=utf-8''Th%E1; filename*1*=%BA%BB; filename*2=.pdf", "Thẻ.pdf"),
        (b'attachment; filename="x.pdf"\r\nContent-Location: http://a.example/y.pdf', "x.pdf"),
        (b"attachment\r\nContent-Location: http://a.example/y.pdf", "y.pdf"),
    ],
)
def test_a_name_is_found_however_it_is_written(disposition: bytes, name: str) -> None:
    part = b"Content-Type: application/pdf\r\nContent-Disposition: " + disposition + b"\r\n\r\n%PDF"
    assert names(mail(b"multipart/mixed", HELLO, part)) == [name]


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        (b"cid:a%40b%2Bc", b"Content-ID: <a@b+c>"),
        (b"cid:a&amp;b@c", b"Content-ID: <a&b@c>"),
        (b"http://x.example/foo.png", b"Content-Location: http://x.example/foo.png"),
        (b"foo.png", b'Content-Disposition: inline; filename="foo.png"'),
    ],
)
def test_a_picture_in_the_text_is_known_however_it_is_named(source: bytes, headers: bytes) -> None:
    page = b"Content-Type: text/html\r\n\r\n<p>hi<img src='" + source + b"'>"
    read = mail(b"multipart/related", page, picture(headers))

    (file,) = read.attachments
    assert file.is_inline
    assert file.content_id
    assert "cid:" in read.html


def test_a_picture_sent_as_bytes_is_one_by_its_name() -> None:
    page = b"Content-Type: text/html\r\n\r\n<img src='cid:x1'>"
    file = picture(b"Content-ID: <x1>", kind=b"application/octet-stream; name=foo.PNG")
    assert mail(b"multipart/related", page, file).attachments[0].is_inline


def test_parts_without_the_header_that_announces_them_are_found() -> None:
    raw = (
        b"From: a@b.example\r\n\r\n--xx\r\n"
        + HELLO
        + b"\r\n--xx\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1,2"
    )
    assert (parse_mail(raw + b"\r\n--xx--\r\n").text, names(parse_mail(raw + b"\r\n--xx--\r\n"))) == (
        "hello",
        ["a.csv"],
    )
    assert names(parse_mail(raw)) == [], "never closed: somebody's words"


def test_a_multipart_encoded_as_a_whole_is_opened() -> None:
    body = (
        b"--B\r\n" + HELLO + b"\r\n--B\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--B--\r\n"
    )
    raw = b"Content-Type: multipart/mixed; boundary=B\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    read = parse_mail(raw + base64.encodebytes(body))
    assert (read.text, names(read)) == ("hello", ["a.pdf"])


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        (b"base64", b"aGVsbG8=\r\nd29ybGQ=\r\n", "helloworld"),
        (b"base64", base64.urlsafe_b64encode("thẻ ÿÿ>>??~~".encode()), "thẻ ÿÿ>>??~~"),
        (b"base-64", b"aGVsbG8=", "hello"),
        (b"quotedprintable", b"=C3=A9", "é"),
        (b"quoted-printable (old)", b"=C3=A9 =ZZ =3", "é =ZZ =3"),
    ],
)
def test_a_transfer_encoding_is_undone_as_meant(encoding: bytes, body: bytes, text: str) -> None:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    assert parse_mail(head + encoding + b"\r\n\r\n" + body).text.strip() == text


def test_marked_text_is_shown_as_words() -> None:
    enriched = b"Content-Type: text/enriched\r\n\r\n<bold>hello</bold> <color><param>red</param>you</color>"
    assert parse_mail(enriched).text == "hello you"
    assert parse_mail(b"Content-Type: text/markdown\r\n\r\n# hello").text == "# hello"


UU = "begin 644 a.txt\r\n" + binascii.b2a_uu(b"hello world " * 3).decode().replace("\n", "\r\n")
ZEROS = "begin 600 a.txt\n" + "M\n" * 3 + "\nend\n"


@pytest.mark.parametrize(
    ("block", "content"),
    [
        (UU + "`\r\nend\r\n", b"hello world " * 3),
        (ZEROS, bytes(135)),
        ("begin-base64 644 a.txt\naGVsbG8gd29ybGQ=\n====\n", b"hello world"),
    ],
)
def test_a_file_within_the_text_is_taken_out(block: str, content: bytes) -> None:
    read = parse_mail(b"Subject: x\r\n\r\nbefore\r\n" + block.encode() + b"after")

    assert read.text == "before\nafter"
    assert [(file.filename, file.content) for file in read.attachments] == [("a.txt", content)]


def test_a_file_at_the_end_of_the_text_needs_no_end_of_its_own() -> None:
    read = parse_mail(b"Subject: x\r\n\r\nbefore\r\n" + UU.encode())
    assert (read.text, read.attachments[0].content) == ("before\n", b"hello world " * 3)


def test_words_that_begin_like_such_a_file_stay() -> None:
    text = "begin 644 reasons\nWe like it.\nend"
    assert parse_mail(b"Subject: x\r\n\r\n" + text.encode()).text == text


def test_a_yenc_file_is_taken_out() -> None:
    content = bytes(range(256))
    coded = b"".join(
        b"=" + bytes(((byte + 106) % 256,))
        if (byte + 42) % 256 in (0, 10, 13, 61)
        else bytes(((byte + 42) % 256,))
        for byte in content
    )
    block = b"=ybegin line=128 size=256 name=my file.bin\r\n" + coded + b"\r\n=yend size=256\r\n"
    read = parse_mail(b"Subject: x\r\n\r\nbefore\r\n" + block + b"after")

    assert read.text == "before\nafter"
    assert [(file.filename, file.content) for file in read.attachments] == [("my file.bin", content)]


def attribute(level: int, tag: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*items: tuple[int, int, bytes]) -> bytes:
    out = struct.pack("<I", len(items))
    for kind, name, value in items:
        out += struct.pack("<HH", kind, name)
        if name >= 0x8000:
            out += bytes(16) + struct.pack("<II", 0, 7)
        if kind in (0x1E, 0x1F, 0x102, 0x0D):
            out += struct.pack("<II", 1, len(value))
        out += value + bytes(-len(value) % 4)
    return out


def winmail() -> bytes:
    return b"".join(
        (
            SIGNATURE,
            b"\x01\x00",
            attribute(1, 0x00069007, struct.pack("<II", 1258, 0)),
            attribute(1, 0x00069003, properties((3, 0x8001, bytes(4)),
                                                (0x1F, 0x1000, "thẻ\0".encode("utf-16-le")))),
            attribute(2, 0x00069002, bytes(14)),
            attribute(2, 0x00018010, b"BANGKE~1.PDF\0"),
            attribute(2, 0x0006800F, b"%PDF-1"),
            attribute(2, 0x00069005, properties((0x1F, 0x3707, "bảng kê.pdf\0".encode("utf-16-le")),
                                                (0x1E, 0x370E, b"application/pdf\0"))),
            attribute(2, 0x00069002, bytes(14)),
            attribute(2, 0x00018010, b"..\\second.txt\0"),
            attribute(2, 0x0006800F, b"two"),
        )
    )  # fmt: skip


def test_a_winmail_dat_is_opened() -> None:
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    read = mail(b"multipart/mixed", HELLO, part + base64.encodebytes(winmail()))

    assert [(file.filename, file.content_type, file.content) for file in read.attachments] == [
        ("bảng kê.pdf", "application/pdf", b"%PDF-1"),
        ("second.txt", "application/octet-stream", b"two"),
    ]


def test_the_words_of_a_winmail_dat_are_shown_where_there_are_no_others() -> None:
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert mail(b"multipart/mixed", part + base64.encodebytes(winmail())).text == "thẻ"


def test_a_winmail_dat_that_holds_nothing_stays_a_file() -> None:
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nno such thing"
    assert names(mail(b"multipart/mixed", HELLO, part)) == ["winmail.dat"]


def test_a_broken_winmail_dat_never_raises() -> None:
    whole = winmail()
    for cut in range(len(whole)):
        assert open_tnef(whole[:cut]) is None or cut >= len(SIGNATURE)
    for at in range(len(whole)):
        open_tnef(whole[:at] + b"\xff" + whole[at + 1 :])


@pytest.mark.parametrize(
    "hostile",
    [
        b"=ybegin line=1 name=x\n" * 50_000,
        b"begin-base64 644 x\n" * 50_000,
        b"begin 644 x\n" * 80_000 + b"\n====",
        b"begin 644 x\n" + b"\n" * 1_000_000,
        b"--a\r\nContent-x:\r\n" * 60_000,
        b"A" * 1_000_000 + b"\xc3\xa9\xff",
        b"\xe9" * 1_000_000,
        b"a\xe9" * 500_000,
        b"<meta " * 170_000 + b"\xff",
        b"=" * 1_000_000,
    ],
)
@pytest.mark.parametrize("kind", [b"text/plain", b"text/html", b"text/enriched", b"application/ms-tnef"])
@pytest.mark.parametrize("encoding", [b"8bit", b"base64"])
def test_a_megabyte_meant_to_hang_us_is_read(hostile: bytes, kind: bytes, encoding: bytes) -> None:
    began = time.monotonic()
    parse_mail(
        b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + hostile
    )
    assert time.monotonic() - began < 20
