"""Vietnamese character sets from before Unicode, which Python does not bring.

VISCII is RFC 1456. TCVN is the national standard TCVN 5712:1993 (VN1; the TCVN3 of the ABC fonts is a part
of it). VNI is no standard but the fonts of VNI Software: a letter followed by a character that stands for
its marks. All give composed letters (NFC).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
    "ÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_TCVN_LOW = dict(zip((1, 2, 4, 5, 6, *range(0x11, 0x18)), "ÚỤỪỬỮỨỰỲỶỸÝỴ", strict=True))
_TCVN_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TONES = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_HATS = {
    **dict(zip("âáàåãä", ("", *_TONES.values()), strict=True)),
    **dict(zip("êéèúüë", ("", *_TONES.values()), strict=True)),
}
_VNI_ALONE = dict(zip("öôñæóòîÖÔÑÆÓÒÎ", "ươđỉĩịỵƯƠĐỈĨỊỴ", strict=True))
_VNI = re.compile("([aAeEoOuUyYôÔöÖ])([ùøûõïâáàåãäêéèúüëÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜË])|[öôñæóòîÖÔÑÆÓÒÎ]")
_WORD = re.compile(r"[^\W\d_]{2,12}")
# one syllable without its tone: what may begin it, its vowels, what may end it
_SYLLABLE = re.compile(
    r"(?:ngh?|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
    r"(?:[aăâeêioôơuưy]|[iu]ê|yê|uyê?|o[aăe]|u[aâôơy]|ươ|i[au]|ưa|uya|[aâeêioôơuưăy][iouy]|"
    r"[iy]êu|u[ôâ][iy]|ươ[iu]|oa[iyo]|oeo|uy[ua])(?:ch|nh|ng|[cmnpt])?",
)
_TONE_MARKS = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))


def _table(low: dict[int, str], high: str) -> str:
    return "".join(low.get(code, chr(code)) for code in range(128)) + high


_TABLES = {"viscii": _table(_VISCII_LOW, _VISCII_HIGH), "tcvn": _table(_TCVN_LOW, _TCVN_HIGH)}


def from_vni(text: str) -> str:
    """What stands in a VNI font, read as Windows-1252, as Vietnamese."""
    return unicodedata.normalize("NFC", _VNI.sub(_vni_letter, text))


def _vni_letter(found: re.Match[str]) -> str:
    if found[2] is None:
        return _VNI_ALONE[found[0]]
    base, mark = found[1], found[2].lower()
    base = _VNI_ALONE.get(base, base)
    if mark in _TONES:
        return base + _TONES[mark]
    if mark in _HATS and base in "aAeEoO":
        is_breve = mark in "êéèúüë" and base in "aA"
        return base + ("\u0306" if is_breve else "\u0302") + _HATS[mark]
    return base + found[2]


def guess(data: bytes) -> str:
    """Vietnamese from bytes without a label; '' unless nearly every word with marks is a syllable."""
    best, best_share = "", 0.0
    for codec in ("tcvn", "viscii", "vni", "cp1258"):
        text = data[:4000].decode(codec, "replace")
        share = _syllables(unicodedata.normalize("NFC", text))
        if share > best_share:
            best, best_share = codec, share
    if best_share < 0.9:
        return ""
    return unicodedata.normalize("NFC", data.decode(best, "replace"))


def _syllables(text: str) -> float:
    """The share of words with marks that can be Vietnamese; 0 where there are too few to tell."""
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    if len(words) < 3:
        return 0.0
    return sum(_is_syllable(word) for word in words) / len(words)


def _is_syllable(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    bare = unicodedata.normalize("NFC", parts.translate(_TONE_MARKS))
    tones = sum(ord(char) in _TONE_MARKS for char in parts)
    return tones <= 1 and _SYLLABLE.fullmatch(bare) is not None


def _charmap(name: str, table: str) -> codecs.CodecInfo:
    encoding = codecs.charmap_build(table)

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return codecs.charmap_encode(unicodedata.normalize("NFC", text), errors, encoding)

    def read(data: ReadableBuffer, errors: str = "strict") -> tuple[str, int]:
        text, size = codecs.charmap_decode(bytes(data), errors, table)
        return unicodedata.normalize("NFC", text), size

    return codecs.CodecInfo(encode, read, name=name)


def _vni(_text: str, _errors: str = "strict") -> tuple[bytes, int]:
    raise LookupError("VNI is only read")


def _read_vni(data: ReadableBuffer, errors: str = "strict") -> tuple[str, int]:
    raw = bytes(data)
    return from_vni(raw.decode("cp1252", errors)), len(raw)


def _find(name: str) -> codecs.CodecInfo | None:
    if name in _TABLES:
        return _charmap(name, _TABLES[name])
    return codecs.CodecInfo(_vni, _read_vni, name=name) if name == "vni" else None


codecs.register(_find)
