"""Subjects, and the ids that prove a mail belongs to a ticket."""

# ruff: noqa: E501 - samples of mail are kept on their own lines; wide characters count double

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.adapters.email import threading

SECRET = "s3cret"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Thẻ", "RE: FW: Thẻ", "Fwd: Thẻ", "Trả lời: Thẻ", "TL: Thẻ", "Chuyển tiếp: Re: Thẻ", "回复：Thẻ", "答复: Thẻ",
        "转发: Thẻ", "回覆: Thẻ", "轉寄: Thẻ", "AW: Thẻ", "Antw: Thẻ", "SV: Thẻ", "RV: Thẻ", "TR : Thẻ", "Re[2]: Thẻ",
        "Re (3): Thẻ", "Re: [#123] Thẻ", "Thẻ [#123]", "Re: Thẻ [# 123 ]", "[EXTERNAL] Re: Thẻ", "  Re:Re:Re:  Thẻ ",
    ],
)  # fmt: skip
def test_a_subject_is_cleaned(subject: str) -> None:
    assert threading.clean_subject(subject) == "Thẻ"
    assert threading.same_subject(subject, "thẻ")


@pytest.mark.parametrize("subject", ["Report: x", "Retail: x", "Thẻ: mất", "[JIRA] x", "1: x", "Tr x"])
def test_other_words_stay(subject: str) -> None:
    assert threading.clean_subject(subject) == subject


def test_empty_subjects_are_never_the_same() -> None:
    assert not threading.same_subject("Re:", "")


def test_a_message_id_says_whose_it_is() -> None:
    made = threading.signed_message_id(SECRET, 7, 42, "Bank.example")
    assert threading.read_message_id(SECRET, f"<{made}>") == (7, 42)
    assert threading.read_message_id(SECRET, made.upper()) == (7, 42)
    assert threading.read_message_id("other", made) is None


@pytest.mark.parametrize("change", [("m7", "m8"), ("t42", "t43"), ("bank.", "evil.")])
def test_a_changed_message_id_is_nobodys(change: tuple[str, str]) -> None:
    made = threading.signed_message_id(SECRET, 7, 42, "bank.example")
    assert threading.read_message_id(SECRET, made.replace(*change)) is None


def test_a_plus_address_leads_to_its_ticket_and_inbox() -> None:
    made = threading.plus_address(SECRET, "support@bank.example", 42)
    assert threading.read_plus_address(SECRET, made) == 42
    assert threading.base_address(made) == "support@bank.example"
    assert threading.read_plus_address(SECRET, made.replace("t42", "t43")) is None
    assert threading.read_plus_address(SECRET, made.replace("support", "sales")) is None
    assert threading.read_plus_address(SECRET, "support@bank.example") is None


def test_a_signature_of_one_kind_is_none_of_the_other() -> None:
    made = threading.signed_message_id(SECRET, 7, 42, "bank.example")
    signature = made.partition("@")[0].rpartition(".")[2]
    assert threading.read_plus_address(SECRET, f"support+t42.{signature}@bank.example") is None
    assert len(signature) * 5 >= 80


def test_a_subject_carries_one_tag() -> None:
    assert threading.with_subject_tag("Re: Thẻ [#9]", 42) == "Re: Thẻ [#42]"
    assert threading.read_subject_tag("AW: Thẻ [#42]") == 42
    assert threading.read_subject_tag("Thẻ #42") is None


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    threading.clean_subject(text)
    threading.read_subject_tag(text)
    assert threading.read_message_id(SECRET, text) is None
    assert threading.read_plus_address(SECRET, text) is None
