"""Taking text out: every occurrence of a passage, however its white space was broken."""

from __future__ import annotations

import re
from html import escape

from tickets.text import html_to_text

MARK = "████"


def pattern(passage: str) -> re.Pattern[str]:
    """Return what finds the passage in plain text: any case, any white space between its words."""
    return re.compile(r"\s+".join(re.escape(word) for word in passage.split()), re.IGNORECASE)


def redact_text(text: str, found: re.Pattern[str]) -> str:
    """Return the text with a mark for each occurrence."""
    return found.sub(MARK, text)


def redact_html(html: str, passage: str) -> str:
    """Return the markup without the passage; nothing at all when tags cut it into pieces.

    The plain text stands beside the markup, so that nothing else is lost with it.
    """
    escaped = {escape(passage, quote=False), escape(passage), passage}
    for each in escaped:
        html = pattern(each).sub(MARK, html)
    return "" if pattern(passage).search(html_to_text(html)) else html
