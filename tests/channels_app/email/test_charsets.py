"""Bytes of every kind as text: Vietnamese from before Unicode, and labels that lie or are missing."""

from __future__ import annotations

import pytest

from channels_app.adapters.email import vietnamese
from channels_app.adapters.email.charsets import codec_for, decode
from channels_app.adapters.email.parse import parse_mail

VIETNAMESE = (
    "Kính gửi quý ngân hàng, tôi bị mất thẻ ở Hà Nội, đề nghị khoá tài khoản và hỗ trợ sớm. "
    "Nguyễn Phước Quyền, số điện thoại cũ; người nhận tiền là ĐỖ THỊ THUỶ."
)
SIMPLIFIED = "我的银行卡丢了，请帮忙处理账单问题"
TRADITIONAL = "我的銀行卡不見了，請幫忙處理帳單問題"
RUSSIAN = "Здравствуйте, я потерял карту в Москве"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("VISCII", "viscii"),
        ("csVISCII", "viscii"),
        ("x-viet-tcvn5712", "tcvn"),
        ("TCVN", "tcvn"),
        ("tcvn-5712", "tcvn"),
        ("x-mac-cyrillic", "mac-cyrillic"),
    ],
)
def test_a_name_leads_to_its_codec(label: str, codec: str) -> None:
    assert codec_for(label) == codec


@pytest.mark.parametrize("codec", ["viscii", "tcvn"])
def test_old_vietnamese_is_read_with_and_without_its_label(codec: str) -> None:
    data = VIETNAMESE.encode(codec)

    assert decode(data, codec) == VIETNAMESE
    assert decode(data, "x-user-defined") == decode(data) == VIETNAMESE


def test_the_tables_are_those_of_the_standards() -> None:
    assert "Việt Nam".encode("viscii") == b"Vi\xaet Nam"  # RFC 1456
    assert "Việt Nam".encode("tcvn") == b"Vi\xd6t Nam"  # TCVN 5712:1993
    assert b"a\xb5 e\xb0 a\xb4".decode("tcvn") == "aà è ạ", "a mark of its own joins its letter"
    for codec in ("viscii", "tcvn"):
        letters = bytes(range(0xA1, 0x100)).decode(codec)
        assert "\ufffd" not in letters


def test_vni_fonts_are_read() -> None:
    line = "Coäng hoøa Xaõ hoäi Chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc, ngöôøi ñöôïc thaêng"
    meant = "Cộng hòa Xã hội Chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc, người được thăng"

    assert decode(line.encode("cp1252"), "x-viet-vni") == meant
    assert decode(line.encode("cp1252"), "iso-8859-1") == meant


@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus München, schöne Tage für Käufer und Verkäufer",
        "Où est la réponse déjà envoyée à côté de l'élève très occupé",
        "El niño está más allá, señor, mañana será fácil",
        "Não é possível à noite, são três órgãos e não há açúcar",
        "è più così perché la città è già là",
    ],
)
def test_western_text_is_not_taken_for_vietnamese(text: str) -> None:
    assert vietnamese.guess(text.encode("cp1252")) == ""
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("label", "really", "text"),
    [
        ("", "big5", TRADITIONAL),
        ("", "gb2312", SIMPLIFIED),
        ("gb2312", "big5", TRADITIONAL),
        ("big5", "gb2312", SIMPLIFIED),
        ("big5", "big5", TRADITIONAL),
        ("gbk", "gbk", SIMPLIFIED),
        ("utf-8", "gbk", SIMPLIFIED),
        ("koi8-r", "utf-8", VIETNAMESE),
        ("windows-1258", "utf-8", VIETNAMESE),
        ("gbk", "utf-8", VIETNAMESE),
        ("", "koi8-r", RUSSIAN),
        ("us-ascii", "cp1251", RUSSIAN),
        ("", "iso2022_jp", "カードをなくしました"),
        ("utf-8", "iso2022_kr", "고맙습니다"),
        ("iso-2022-jp-2", "iso2022_jp_2", "カード©"),
    ],
)
def test_a_label_that_cannot_be_true_is_not_believed(label: str, really: str, text: str) -> None:
    assert decode(text.encode(really), label) == text


@pytest.mark.parametrize("charset", ["iso-8859-2", "koi8-r", "big5"])
def test_markup_may_name_its_charset_inside(charset: str) -> None:
    words = {"iso-8859-2": "Zażółć gęślą jaźń", "koi8-r": "карта", "big5": "銀行"}[charset]
    page = f'<html><head><META content="text/html; charset={charset}"></head><p>{words}'.encode(charset)

    assert parse_mail(b"Content-Type: text/html\r\n\r\n" + page).text == words


def test_a_name_in_raw_big5_is_read() -> None:
    name = "帳單明細表.pdf".encode("big5")
    raw = b'Content-Type: application/pdf; name="' + name + b'"\r\n\r\n%PDF'

    assert [file.filename for file in parse_mail(raw).attachments] == ["帳單明細表.pdf"]
