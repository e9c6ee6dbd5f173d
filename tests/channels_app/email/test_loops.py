"""Which mails must never be answered."""

# ruff: noqa: E501 - samples of mail are kept on their own lines; wide characters count double

from __future__ import annotations

import pytest

from channels_app.adapters.email.loops import automatic_kind, has_away_subject
from channels_app.adapters.email.parse import parse_mail


def kind(headers: str) -> str:
    base = "" if "From:" in headers else "From: lan@example.vn\n"
    return automatic_kind(
        parse_mail(f"{base}{headers}\n\nhello".encode()), own_addresses=frozenset({"help@bank.example"})
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Subject: Thẻ bị khoá", ""),
        ("Auto-Submitted: no", ""),
        ("From: help@bank.example", "own"),
        ("X-Helpdesk-Mail: 1", "own"),
        ("Return-Path: <>", "bounce"),
        ("From: MAILER-DAEMON@x.example", "bounce"),
        ("From: Mail Delivery System <x@x.example>", "bounce"),
        ("X-Failed-Recipients: a@b.example", "bounce"),
        ("Auto-Submitted: auto-replied (vacation)", "auto-reply"),
        ("X-Autoreply: yes", "auto-reply"),
        ("Precedence: auto_reply", "auto-reply"),
        ("Return-Path: <>\nAuto-Submitted: auto-replied", "auto-reply"),
        ("Auto-Submitted: auto-generated", "system"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "system"),
        ("X-Loop: somebody", "system"),
        ("List-Id: <x.lists.example>", "list"),
        ("Precedence: list", "list"),
        ("Precedence: bulk", "bulk"),
        ("List-Unsubscribe: <mailto:x@y.example>", "bulk"),
        ("Feedback-ID: 1:2:3", "bulk"),
        ("From: no-reply@shop.example", "no-reply"),
        ("From: donotreply@shop.example", "no-reply"),
        ("From: noreply+abc@shop.example", "no-reply"),
        ("From: reply@shop.example", ""),
        ("From: nora@shop.example", ""),
    ],
)
def test_a_mail_is_answered_or_not(headers: str, expected: str) -> None:
    assert kind(headers) == expected


@pytest.mark.parametrize(
    "subject",
    [
        "Out of Office: card", "Automatic reply: Thẻ", "Auto: x", "Autoreply", "Re: Out of office", "Away until May 5",
        "Trả lời tự động: Thẻ của tôi", "Phản hồi tự động", "Nghỉ phép đến 5/7", "Vắng mặt",
        "自动回复: 卡", "自動回覆：卡", "不在办公室", "休假中", "Automatische Antwort: Karte", "Abwesenheitsnotiz",
        "Réponse automatique : carte", "Respuesta automática: tarjeta", "Risposta automatica: carta", "Autosvar: kort",
        "Automatisch antwoord: kaart", "Resposta automática: cartão", "Автоответ: карта", "Automatyczna odpowiedź: karta",
    ],
)  # fmt: skip
def test_an_away_note_is_known_by_its_subject(subject: str) -> None:
    assert has_away_subject(subject)
    assert kind(f"Subject: {subject}") == "auto-reply"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic payment failed",
        "Auto loan",
        "My office is closed",
        "Xin nghỉ phép? thẻ",
        "Về việc vắng mặt",
        "回复: 卡",
        "away",
    ],
)
def test_an_ordinary_subject_is_no_away_note(subject: str) -> None:
    assert not has_away_subject(subject)
