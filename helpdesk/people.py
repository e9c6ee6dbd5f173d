"""How a person is drawn without a picture: one or two letters and one of six quiet tones."""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import lru_cache

TONES = 6

# The family names that cover nearly all Vietnamese people, folded. The family name comes first there, and
# people are called by the last words, so the letters come from those: Nguyễn Minh Châu is MC.
_VIETNAMESE = """nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh mai truong
lam dao doan luong ha cao thai ta to chau quach la phung tang luu vuong"""
VIETNAMESE_FAMILY_NAMES = frozenset(_VIETNAMESE.split())
_CHINESE_DOUBLE = """欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐
东方 東方 端木 长孙 長孫"""
CHINESE_DOUBLE_FAMILY_NAMES = frozenset(_CHINESE_DOUBLE.split())
CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]")
WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


@lru_cache(maxsize=8192)
def initials(name: str) -> str:
    """Return one or two letters that stand for a name; nothing when it holds none (a phone number)."""
    name = unicodedata.normalize("NFC", name).strip()
    if "@" in name and " " not in name:
        name = name.split("@", 1)[0]
    words: list[str] = WORD.findall(name)
    if not words:
        return ""
    if CJK.search(name):
        return _cjk_initial(words)
    if len(words) == 1:
        return words[0][0].upper()
    first, last = (words[-2], words[-1]) if _is_vietnamese(words) else (words[0], words[-1])
    return (first[0] + last[0]).upper()


def tone(key: object) -> int:
    """Return 1 to 6, always the same for the same key."""
    return zlib.crc32(str(key).encode()) % TONES + 1


def is_cjk(text: str) -> bool:
    """Tell whether the text holds Chinese, Japanese or Korean letters, which want another size."""
    return bool(CJK.search(text))


def _cjk_initial(words: list[str]) -> str:
    written = [word for word in words if CJK.search(word)]
    if len(written) > 1:  # 田中 太郎: the given name is a word of its own
        return written[-1][0]
    word = written[0]
    family = 2 if word[:2] in CHINESE_DOUBLE_FAMILY_NAMES and len(word) > 2 else 1
    return word[family] if len(word) > family else word[0]


def _is_vietnamese(words: list[str]) -> bool:
    return len(words) > 2 and _folded(words[0]) in VIETNAMESE_FAMILY_NAMES


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
