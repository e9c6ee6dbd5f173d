"""What bytes look like that say nothing of their character set, or something that cannot be true."""

from __future__ import annotations

import re
from itertools import pairwise

SAMPLE = 4_000
_HIGH_RUN = re.compile(rb"[\x80-\xff]{4,}")
_GB, _BIG5 = "gb18030", "big5hkscs"
CHINESE = (_GB, _BIG5)
# where everyday characters and punctuation lie, by their first byte; the second is high in GB 2312
_EVERYDAY = {_GB: (0xA1, 0xA3, 0xB0, 0xD7), _BIG5: (0xA1, 0xA3, 0xA4, 0xC6)}


def chinese(data: bytes) -> str:
    """The Chinese set that these bytes are mostly everyday characters of, or ''."""
    simple, traditional = _share(data, _GB), _share(data, _BIG5)
    if traditional >= 0.9 and traditional > simple + 0.1:
        return _BIG5
    return _GB if simple >= 0.6 else ""


def other_chinese(data: bytes, declared: str) -> str:
    """The other Chinese set where the declared one gives hardly an everyday character, else the declared."""
    other = _BIG5 if declared == _GB else _GB
    return other if _share(data, other) >= 0.9 and _share(data, declared) < 0.75 else declared


def cyrillic(data: bytes) -> str:
    """KOI8-R or Windows-1251, where words are written in the lower-case letters of one of them; or ''."""
    runs = b"".join(_HIGH_RUN.findall(data[:SAMPLE]))
    if len(runs) < 8:
        return ""
    if sum(0xC0 <= byte <= 0xDF for byte in runs) >= 0.85 * len(runs):
        return "koi8-r"
    return "cp1251" if sum(byte >= 0xE0 for byte in runs) >= 0.85 * len(runs) else ""


def _share(data: bytes, codec: str) -> float:
    """How much of the wide characters is everyday; 0 where they are few, or alone as in Latin text."""
    sample = data[:SAMPLE]
    high = sum(byte >= 0x80 for byte in sample)
    text = sample.decode(codec, "ignore")
    wide = [char for char in text if char >= "\x80"]
    beside = sum(left >= "\x80" and right >= "\x80" for left, right in pairwise(text))
    if high < 4 or not wide or high < (1.7 if codec == _GB else 1) * len(wide) or beside < 0.5 * len(wide):
        return 0.0
    return sum(_is_everyday(char, codec) for char in wide) / len(wide)


def _is_everyday(char: str, codec: str) -> bool:
    try:
        pair = char.encode(codec)
    except UnicodeEncodeError:
        return False
    first, last, second_first, second_last = _EVERYDAY[codec]
    return (
        len(pair) == 2
        and (first <= pair[0] <= last or second_first <= pair[0] <= second_last)
        and (codec == _BIG5 or pair[1] >= 0xA1)
    )
