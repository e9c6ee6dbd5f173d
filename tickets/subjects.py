"""Subjects compared as people do: without the prefixes that mail programs add."""

from __future__ import annotations

import re
import unicodedata

_PREFIX = re.compile(
    r"^\s*(?:(?:re|fw|fwd|aw|wg|sv|vs|vb|rv|tr|r|i|enc|res|odp|pd|ynt|ilt|antw|doorst|"
    r"trả lời|tra loi|chuyển tiếp|chuyen tiep|回复|答复|回覆|答覆|转发|轉寄|轉發)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*[:：]|\[#\d+\])\s*",
    re.IGNORECASE,
)


def clean_subject(subject: str) -> str:
    """Return the subject folded for comparison: no Re:, Fwd:, [#123]; one space; no case."""
    text = unicodedata.normalize("NFKC", subject)
    while (shorter := _PREFIX.sub("", text, count=1)) != text:
        text = shorter
    return " ".join(text.replace("\u200b", "").casefold().split())
