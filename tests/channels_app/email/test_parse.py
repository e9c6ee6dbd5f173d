"""Reading mails that nobody's collection holds: broken, huge, hostile, Vietnamese and Chinese."""

from __future__ import annotations

import base64
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.adapters.email.parse import parse_mail
from tests.channels_app.email.shared import printed

HEAD = b"From: Lan <lan@example.vn>\r\nTo: help@bank.example\r\nSubject: Hi\r\n"


def mail(headers: bytes, body: bytes = b"") -> bytes:
    return HEAD + headers + b"\r\n" + body


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("windows-1258", "cp1258", "Tôi bị mất thẻ ở Hà Nội"),
        ("utf-8", "utf-8", "Tôi bị mất thẻ ở Hà Nội"),
        ("gb2312", "gb18030", "我的银行卡丢了，請幫忙"),
        ("x-gbk", "gbk", "我的银行卡丢了"),
        ("big5", "big5", "我的銀行卡不見了"),
        ("iso-2022-jp", "iso2022_jp", "カードをなくしました"),
        ("ks_c_5601-1987", "cp949", "고맙습니다."),
        ("unknown-8bit", "utf-8", "Thẻ bị khoá"),
        ("x-nonsense", "gb18030", "我的银行卡丢了，怎么办"),
        ("iso-8859-1", "utf-8", "Xin chào, thẻ bị khoá"),
        ("utf-7", "utf-7", "Grüße äöü"),
    ],
)
def test_a_body_is_read_in_its_charset(charset: str, codec: str, text: str) -> None:
    import unicodedata

    plain = unicodedata.normalize("NFD", text) if codec == "cp1258" else text
    data = _vietnamese_1258(text) if codec == "cp1258" else plain.encode(codec)
    read = parse_mail(mail(f"Content-Type: text/plain; charset={charset}\r\n".encode(), data))
    assert read.text == text


def _vietnamese_1258(text: str) -> bytes:
    """Windows-1258 keeps base letters with hat or horn composed and tone marks apart."""
    import unicodedata

    out = b""
    for char in text:
        try:
            out += char.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", char)
            tones = [mark for mark in parts[1:] if mark in "\u0300\u0301\u0303\u0309\u0323"]
            base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
            out += base.encode("cp1258") + "".join(tones).encode("cp1258")
    return out


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"=?UTF-8?B?VGjhurs=?= =?UTF-8?Q?_b=E1=BB=8B_kho=C3=A1?=", "Thẻ bị khoá"),
        (b"=?UTF-8?Q?b=E1=BB?= =?UTF-8?Q?=8B?=", "bị"),
        (b"=?utf-8?q?a?=b=?utf-8?q?c?=", "abc"),
        (b"=?gb2312?B?1qTIrw==?=", "证券"),
        ("Thẻ bị khoá".encode(), "Thẻ bị khoá"),
        ("我的银行卡丢了".encode("gb18030"), "我的银行卡丢了"),
        (b"=?x-unheard-of?Q?caf=E9?=", "café"),
        (b"=?UTF-8?B?VGjhurs", "Thẻ"),
        (b"a\r\n =?utf-8?q?b?=\r\n c", "a b c"),
        (b"\x00nul\x00", "nul"),
    ],
)
def test_a_subject_is_decoded(raw: bytes, subject: str) -> None:
    assert parse_mail(b"From: a@b.example\r\nSubject: " + raw + b"\r\n\r\nx").subject == subject


def test_the_envelope_and_the_thread_are_read() -> None:
    read = parse_mail(
        b"Delivered-To: help+t12@bank.example\r\nX-Original-To: help@bank.example\r\n"
        b"Reply-To: other@example.vn\r\nCc: Nhom: a@x.example, \"B, C\" <b@x.example>;\r\n"
        b"Message-ID: <one@x>\r\nIn-Reply-To: <zero@x>\r\nReferences: <a@x>\r\n\t<zero@x> <a@x>\r\n"
        b"Date: Wed, 2 Jul 2025 09:30:00 +0700\r\n" + mail(b"", b"chao")
    )  # fmt: skip
    assert read.delivered_to == ("help@bank.example", "help+t12@bank.example")
    assert read.reply_to[0].address == "other@example.vn"
    assert [box.address for box in read.cc] == ["a@x.example", "b@x.example"]
    assert read.cc[1].name == "B, C"
    assert (read.message_id, read.in_reply_to, read.references) == ("one@x", ("zero@x",), ("a@x", "zero@x"))
    assert read.date is not None
    assert read.date.utcoffset() == timedelta(hours=7)


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Foo 2025 99:99", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_stays_none(date: str) -> None:
    assert parse_mail(f"Date: {date}\r\n\r\nx".encode()).date is None


@pytest.mark.parametrize(
    ("declared", "stored"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\Users\\\\lan\\\\ho so.pdf"', "ho so.pdf"),
        ("filename*=UTF-8''h%C3%B3a%20%C4%91%C6%A1n.pdf", "hóa đơn.pdf"),
        ("filename*0=\"hop \"; filename*1=\"dong.pdf\"", "hop dong.pdf"),
        ('filename="=?utf-8?Q?h=C3=B3a.pdf?="', "hóa.pdf"),
        ('filename="invoice\u202efdp.exe"', "invoicefdp.exe"),
        ('filename="a\x01b\x7f.txt"', "ab.txt"),
        ('filename=".."', "file"),
        (f'filename="{"x" * 500}.xlsx"', "x" * 195 + ".xlsx"),
    ],
)  # fmt: skip
def test_a_file_name_is_safe(declared: str, stored: str) -> None:
    head = f"Content-Type: application/x-thing\r\nContent-Disposition: attachment; {declared}\r\n"
    read = parse_mail(mail(head.encode(), b"data"))
    assert [file.filename for file in read.attachments] == [stored]
    assert read.text == ""


def test_a_forwarded_message_is_named_after_its_subject() -> None:
    inner = b"Subject: =?utf-8?q?Th=E1=BA=BB?=\r\nFrom: a@b.example\r\n\r\nhello"
    body = b"--b\r\n\r\nsee\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    read = parse_mail(mail(b"Content-Type: multipart/mixed; boundary=b\r\n", body))
    assert [(file.filename, file.kind) for file in read.attachments] == [("Thẻ.eml", "message")]
    assert read.text == "see"


def test_an_html_mail_has_text_and_its_pictures_are_inline() -> None:
    body = (
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p>Xin <b>ch&agrave;o</b></p><img src='cid:p1'>"
        b"\r\n--b\r\nContent-Type: image/png; name=p.png\r\nContent-ID: <p1>\r\n\r\nPNG"
        b"\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n--b--"
    )
    read = parse_mail(mail(b"Content-Type: multipart/related; boundary=b\r\n", body))
    assert read.text.strip() == "Xin chào"
    assert [file.is_inline for file in read.attachments] == [True, False]
    assert [file.filename for file in read.regular_attachments] == ["a.pdf"]


def test_flowed_text_is_joined_but_quotes_and_signature_are_kept() -> None:
    body = b"one \r\ntwo\r\n> q1 \r\n> q2\r\n-- \r\nLan\r\n"
    read = parse_mail(mail(b"Content-Type: text/plain; format=flowed\r\n", body))
    assert read.text == "one two\n> q1 q2\n-- \nLan\n"


def test_a_uuencoded_file_leaves_the_text() -> None:
    body = b"Hello\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\n"
    read = parse_mail(mail(b"", body))
    assert [(file.filename, file.content) for file in read.attachments] == [("a.txt", b"Cat")]
    assert "begin" not in read.text
    assert read.text.startswith("Hello")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_is_read(line_end: bytes) -> None:
    raw = b"From x@y Wed Jul 2 09:30:00 2025\nFrom: x@y.example\nSubject: s\n\nbody\n".replace(
        b"\n", line_end
    )
    read = parse_mail(raw)
    assert (read.from_.address, read.subject, read.text.strip()) == ("x@y.example", "s", "body")


def test_a_signed_and_an_encrypted_mail_keep_their_parts() -> None:
    signed = b"--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nSIG\r\n--b--"
    read = parse_mail(mail(b"Content-Type: multipart/signed; boundary=b\r\n", signed))
    assert (read.text, [file.kind for file in read.attachments]) == ("hi", ["signature"])
    read = parse_mail(mail(b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n", b"x"))
    assert (read.text, [file.kind for file in read.attachments]) == ("", ["encrypted"])


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\n\n\n", b":", b"From:", b"\x00" * 50, b"no header at all\n"]
)
def test_next_to_nothing_is_a_mail_too(raw: bytes) -> None:
    assert parse_mail(raw).size == len(raw)


def test_ten_thousand_parts_are_capped_and_the_rest_is_kept() -> None:
    body = (
        b"".join(b"--b\r\nContent-Disposition: attachment\r\n\r\nx%d\r\n" % n for n in range(10_000))
        + b"--b--"
    )
    begun = time.process_time()
    read = parse_mail(mail(b"Content-Type: multipart/mixed; boundary=b\r\n", body))
    assert time.process_time() - begun < 2
    assert len(read.attachments) <= 501
    assert "too-many-parts" in read.problems
    assert read.attachments[-1].kind == "unparsed"
    assert b"x9999" in read.attachments[-1].content


def test_deep_nesting_is_capped() -> None:
    body = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(3_000)
    )
    begun = time.process_time()
    read = parse_mail(mail(b"Content-Type: multipart/mixed; boundary=b0\r\n", body + b"deep"))
    assert time.process_time() - begun < 2
    assert "too-deep" in read.problems
    assert read.attachments[-1].content.endswith(b"deep")


def test_the_same_boundary_again_and_again_does_not_hang() -> None:
    body = b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000
    begun = time.process_time()
    parse_mail(mail(b"Content-Type: multipart/mixed; boundary=b\r\n", body))
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: " + b"=?utf-8?q?a" * 100_000 + b"\r\n\r\n",
        b"To: " + b"(" * 200_000 + b"\r\n\r\n",
        b"To: " + b'"a' * 200_000 + b"\r\n\r\n",
        b"To: " + b"<a@b" * 100_000 + b"\r\n\r\n",
        b"To: " + b"a@b.c," * 100_000 + b"\r\n\r\n",
        b"Content-Type: a/b; " + b'x="' * 100_000 + b"\r\n\r\n",
        b"A: b\r\n" * 200_000 + b"\r\n",
        b"A: b\r\n" + b" c\r\n" * 200_000 + b"\r\n",
        b"References: " + b"<a@b>" * 100_000 + b"\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"x",
        b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
        b"Content-Type: text/html\r\n\r\n" + b"<!--" * 100_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 900 + b"<script>" * 100_000,
        b"\r\n" + b"begin 644 x\r\n" * 50_000 + b"end",
        b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> " * 500_000,
    ],
    ids=range(15),
)
def test_hostile_input_takes_no_time(raw: bytes) -> None:
    begun = time.process_time()
    parse_mail(raw)
    assert time.process_time() - begun < 3


def test_fifty_megabytes_are_read() -> None:
    data = base64.encodebytes(b"0123456789abcdef" * 2_300_000)
    body = b"--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n"
    body += b"Content-Transfer-Encoding: base64\r\n\r\n" + data + b"\r\n--b--"
    begun = time.process_time()
    read = parse_mail(mail(b"Content-Type: multipart/mixed; boundary=b\r\n", body))
    assert time.process_time() - begun < 10
    assert len(read.attachments[0].content) == 16 * 2_300_000


PIECES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Content-Type: ",
        b"Content-Disposition: ", b"\r\n", b"\n", b"\r", b"multipart/mixed; boundary=b", b"--b", b"--b--",
        b"text/html", b"text/plain", b"; charset=",
        b"utf-7", b"utf-16", b"hz", b"iso-2022-jp", b"gb2312", b"idna", b"=?utf-8?B?", b"?=",
        b"=?utf-7?Q?+2AA-?=",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode", b"begin 644 a",
        b"end",
        b"message/rfc822", b"<a@b.c>", b'"', b"(", b";", b"\x00", b"\x1b$B", b"filename*0*=", b"''", b"%ff",
        b"> ",
        b"\xff\xfe", b"=", b"format=flowed", b"<div>", b"Wed, 2 Jul 2025 09:30:00 +9999", b"+ADw-",
        b"\xed\xa0\x80",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(st.one_of(PIECES, st.binary(max_size=8))).map(b"".join)))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    read = parse_mail(raw)
    assert read.size == len(raw)
    for text in (
        read.subject,
        read.text,
        read.html,
        read.from_.name,
        *(file.filename for file in read.attachments),
    ):
        assert "\0" not in text
        text.encode("utf-8")


def test_the_speed_of_small_mails_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    raw = mail(
        b"Message-ID: <a@b>\r\nDate: Wed, 2 Jul 2025 09:30:00 +0700\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=b\r\nReferences: <x@y> <z@y>\r\n",
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nXin chao\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p>Xin chao</p>\r\n--b--\r\n",
    )
    begun = time.process_time()
    for _ in range(500):
        parse_mail(raw)
    rate = 500 / (time.process_time() - begun)
    with printed(capsys) as show:
        show(f"\nsmall mails parsed on one core: {rate:,.0f} per second")
    assert rate > 0
