"""The customer's mail inside one that an agent forwarded."""

# ruff: noqa: E501 - samples of mail are kept on their own lines; wide characters count double

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels_app.adapters.email.forward import Forwarded, read_forward, read_printed_date
from channels_app.adapters.email.parse import parse_mail


def forwarded(subject: str, body: str) -> Forwarded | None:
    raw = f"From: Ada <ada@bank.example>\nSubject: {subject}\nDate: Wed, 2 Jul 2025 12:00:00 +0700\n"
    return read_forward(parse_mail(f"{raw}Content-Type: text/plain; charset=utf-8\n\n{body}".encode()))


PRINTED = {
    "gmail en": "---------- Forwarded message ---------\nFrom: Lan Nguyễn <lan@example.vn>\nDate: Wed, Jul 2, 2025 at 9:30 AM\n"
    "Subject: Thẻ bị khoá\nTo: Ada <ada@bank.example>\n\n\nXin giúp.",
    "gmail vi": "---------- Forwarded message ---------\nTừ: Lan Nguyễn <lan@example.vn>\nDate: 09:30 Th 4, 2 thg 7, 2025\n"
    "Subject: Thẻ bị khoá\nTo: <ada@bank.example>\n\nXin giúp.",
    "outlook en": "________________________________\nFrom: Lan Nguyễn <lan@example.vn>\nSent: Wednesday, July 2, 2025 9:30 AM\n"
    "To: Ada <ada@bank.example>\nSubject: Thẻ bị khoá\n\nXin giúp.",
    "outlook vi": "Từ: Lan Nguyễn [mailto:lan@example.vn]\nĐã gửi: Thứ Tư, 2 Tháng 7, 2025 9:30 SA\nĐến: Ada <ada@bank.example>\n"
    "Chủ đề: Thẻ bị khoá\n\nXin giúp.",
    "outlook zh": "发件人: Lan Nguyễn <lan@example.vn>\n发送时间: 2025年7月2日 9:30\n收件人: Ada <ada@bank.example>\n主题: Thẻ bị khoá\n\n"
    "Xin giúp.",
    "outlook hant": "寄件者: Lan Nguyễn <lan@example.vn>\n寄件日期: 2025年7月2日 上午 9:30\n收件者: ada@bank.example\n"
    "主旨: Thẻ bị khoá\n\nXin giúp.",
    "apple": "Begin forwarded message:\n\n> From: Lan Nguyễn <lan@example.vn>\n> Subject: Thẻ bị khoá\n> Date: 2 July 2025 at 09:30:00 "
    "GMT+7\n> To: ada@bank.example\n>\n> Xin giúp.",
    "apple vi": "Bắt đầu thư được chuyển tiếp:\n\nTừ: Lan Nguyễn <lan@example.vn>\nChủ đề: Thẻ bị khoá\nNgày: lúc 09:30:00 GMT+7 2 tháng "
    "7, 2025\nĐến: ada@bank.example\n\nXin giúp.",
    "qq": "------------------ 转发邮件 ------------------\n发件人: \"Lan Nguyễn\" <lan@example.vn>\n发送时间: 2025年7月2日(星期三) 上午9:30\n"
    "收件人: \"ada\" <ada@bank.example>\n主题: Thẻ bị khoá\n\nXin giúp.",
    "thunderbird": "-------- Forwarded Message --------\nSubject: \tThẻ bị khoá\nDate: \tWed, 2 Jul 2025 09:30:00 +0700\nFrom: \tLan Nguyễn "
    "<lan@example.vn>\nTo: \tada@bank.example\n\nXin giúp.",
    "outlook de": "Von: Lan Nguyễn <lan@example.vn>\nGesendet: Mittwoch, 2. Juli 2025 09:30\nAn: ada@bank.example\nBetreff: Thẻ bị khoá\n\n"
    "Xin giúp.",
    "outlook fr": "De : Lan Nguyễn <lan@example.vn>\nEnvoyé : mercredi 2 juillet 2025 09:30\nÀ : ada@bank.example\nObjet : Thẻ bị khoá\n\n"
    "Xin giúp.",
}  # fmt: skip


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_a_printed_forward_is_read(printed: str) -> None:
    found = forwarded("Fwd: Thẻ bị khoá", f"Nhờ bạn xử lý.\n\n{printed}\n")
    assert found is not None
    assert (found.sender.name, found.sender.address) == ("Lan Nguyễn", "lan@example.vn")
    assert (found.subject, found.text, found.note) == ("Thẻ bị khoá", "Xin giúp.", "Nhờ bạn xử lý.")
    assert found.date is not None
    assert found.date.strftime("%Y-%m-%d %H:%M") == "2025-07-02 09:30"
    assert [box.address for box in found.to] == ["ada@bank.example"]


def test_a_mail_attached_as_a_file_is_read() -> None:
    inner = "From: Lan <lan@example.vn>\nSubject: Thẻ\nMessage-ID: <x@example.vn>\n\nXin giúp."
    raw = (
        "From: ada@bank.example\nSubject: FW: Thẻ\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nxem giúp\n"
        f"--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    )
    found = read_forward(parse_mail(raw.encode()))
    assert found is not None
    assert (found.sender.address, found.message_id, found.note) == (
        "lan@example.vn",
        "x@example.vn",
        "xem giúp",
    )


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Thẻ", "Xin giúp."),
        ("Re: Thẻ", "Cảm ơn\n\nTừ: help@bank.example\nĐã gửi: 2/7/2025\nĐến: Lan\nChủ đề: Thẻ\n\nKính chào"),
        ("Fwd: Thẻ", "---------- Forwarded message ---------\nkhông có gì"),
        ("Fwd: Thẻ", "From: somebody without an address\nSubject: x\n\ny"),
    ],
)
def test_what_is_no_forward_is_none(subject: str, body: str) -> None:
    assert forwarded(subject, body) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Vào 2 thg 7, 2025 lúc 3:05 CH", (2025, 7, 2, 15, 5)),
        ("2025年7月2日 下午3:05", (2025, 7, 2, 15, 5)),
        ("02/07/2025 15:05", (2025, 7, 2, 15, 5)),
        ("Jul 2, 2025, 12:05 AM", (2025, 7, 2, 0, 5)),
        ("2 de julio de 2025 15:05", (2025, 7, 2, 15, 5)),
    ],
)
def test_a_printed_date_is_read(value: str, expected: tuple[int, ...]) -> None:
    assert read_printed_date(value) == datetime(*expected, tzinfo=UTC)


def test_no_date_is_none() -> None:
    assert read_printed_date("hôm qua") is None
    assert read_printed_date("99/99/2025") is None
