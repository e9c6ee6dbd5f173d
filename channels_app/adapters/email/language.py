"""The language a customer wrote in, or nothing when the words are too few to tell."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.85
SURE_WHEN_SHORT = 0.97
SHORT = 40  # letters
TOO_SHORT = 12
ENOUGH = 600
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_ONLY_VIETNAMESE = re.compile(r"[đơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỵỷỹ]", re.IGNORECASE)
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d\W_]+")
_SIMPLIFIED = frozenset(
    "们国这来对时会过发个为说样还经动现点应开关无从当请问谢银账户转险电话邮单业务网页号码认证办产东车见长"
)
_TRADITIONAL = frozenset(
    "們國這來對時會過發個為說樣還經動現點應開關無從當請問謝銀賬帳戶轉險電話郵單業務網頁號碼認證辦產東車見長"
)


def guess(text: str) -> str:
    """Return a language code ("en", "vi", "zh-hans", "zh-hant", "fr", …) or an empty text."""
    text = text[:ENOUGH]
    if han := len(_HAN.findall(text)):
        if _KANA_OR_HANGUL.search(text):
            return _classified(text, floor=SURE)
        letters = len(_NOISE.sub("", text))
        if han >= 2 and han * 4 >= letters:  # one Chinese letter says about as much as four of ours
            return _script(text)
    letters = len(_NOISE.sub("", text))
    if letters >= 4 and len(_ONLY_VIETNAMESE.findall(text)) * 20 >= letters:
        return "vi"
    if letters < TOO_SHORT:
        return ""
    return _classified(text, floor=SURE_WHEN_SHORT if letters < SHORT else SURE)


def _script(text: str) -> str:
    simplified = sum(letter in _SIMPLIFIED for letter in text)
    traditional = sum(letter in _TRADITIONAL for letter in text)
    return "zh-hant" if traditional > simplified else "zh-hans"


def _classified(text: str, *, floor: float) -> str:
    code, probability = _identifier().classify(_NOISE.sub(" ", text))
    if probability < floor:
        return ""
    return _script(text) if code == "zh" else str(code)


@cache
def _identifier() -> LanguageIdentifier:
    """Loaded once per process, at first use: it takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
