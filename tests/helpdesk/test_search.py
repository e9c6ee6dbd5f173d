"""Words as they are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.search import Text, asked, fold, highlighted, line, vector, words

SAME = [
    ("Đơn Hàng", "don hang"),
    ("Nguyễn", "NGUYEN"),
    ("退款申請", "退款申请"),
    ("繁體中文", "繁体中文"),
    ("ＡＢＣ１２３", "abc123"),
    ("Straße", "strasse"),
    ("Łódź", "lodz"),
    ("한국어", "한국어"),
    ("ｶﾀｶﾅ", "カタカナ"),
]


@pytest.mark.parametrize(("written", "meant"), SAME)
def test_words_are_the_same_whatever_their_writing(written: str, meant: str) -> None:
    assert fold(written) == fold(meant)
    assert fold(unicodedata.normalize("NFD", written)) == fold(unicodedata.normalize("NFC", written))


def test_chinese_is_kept_by_characters_and_pairs() -> None:
    assert list(words("要求退款, card 12")) == ["要", "求", "退", "款", "要求", "求退", "退款", "card", "12"]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("blocked car", [("blocked", False), ("car", True)]),
        ("退", [("退", False)]),
        ("退款申请", [("退款", False), ("款申", False), ("申请", False)]),
        ("x", [("x", False)]),
        ("'); DROP TABLE --", [("drop", False), ("table", True)]),
        ("&|!():*", []),
        ("", []),
    ],
)
def test_a_question_is_its_words_and_the_last_may_be_a_beginning(
    question: str, wanted: list[tuple[str, bool]]
) -> None:
    assert [tuple(each) for each in asked(question)] == wanted


@given(st.text(max_size=200))
def test_every_word_of_a_text_can_be_asked_for(text: str) -> None:
    kept = set(words(text))
    for each in asked(text):
        assert any(word.startswith(each.word) if each.is_prefix else word == each.word for word in kept)


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=300), st.text(max_size=20))
def test_a_highlighted_text_loses_no_letter(text: str, question: str) -> None:
    flat = unicodedata.normalize("NFC", " ".join(text.split()))

    assert "".join(piece for piece, _hit in highlighted(text, question, around=500, length=500)) == flat


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Đơn hàng của tôi", "don hang", ["Đơn", "hàng"]),
        ("我要求退款申請。", "退款申请", ["退款申請"]),
        ("My card was blocked", "car", ["car"]),
        ("discard the card", "card", ["card"]),
        ("<b>card</b>", "card", ["card"]),
        ("nothing here", "card", []),
    ],
)
def test_matches_are_marked_where_they_stand(text: str, question: str, marked: list[str]) -> None:
    assert [piece for piece, hit in highlighted(text, question) if hit] == marked


def test_a_long_text_is_cut_around_the_match() -> None:
    pieces = highlighted("word " * 200 + "needle " + "word " * 200, "needle")

    assert pieces[0] == ("…", False)
    assert pieces[-1] == ("…", False)
    assert ("needle", True) in pieces
    assert sum(len(piece) for piece, _hit in pieces) < 250


def test_the_words_of_titles_and_names_weigh_more() -> None:
    text = Text(1, 1, title="Blocked card", names="Mia", body="my card is blocked")

    assert vector(text) == "'my' 'card':1A 'is' 'blocked':1A 'mia':1B"


def test_a_line_begins_and_ends_with_a_space() -> None:
    assert line("Mia Chen", "mia@mail.example") == " mia chen mail example "
    assert line("", "") == ""
