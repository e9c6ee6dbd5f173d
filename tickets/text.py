"""Markup and plain text: cleaned on the way in, never trusted on the way out."""

from __future__ import annotations

import re
from collections import Counter

import nh3
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "figure", "figcaption", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins",
    "li", "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul", "center",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"dir", "lang", "title", "align", "valign"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "bgcolor"},
    "table": {"width", "cellpadding", "cellspacing", "border", "bgcolor"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
}
LIGHT = 15_000  # shorter markup cannot hurt
MOST_OPEN, MOST_REFERENCES = 2_000, 3_000
_TAG_START = re.compile(r"<(?=[a-zA-Z/!?])")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_ANY_TAG = re.compile(r"<[^<>]*>")
_NEVER_OPEN = {"br", "img", "hr", "col", "meta", "link", "input", "wbr", "area", "base"}
_PLAIN = ParserConfig(css=CSS_PROFILES["strict"], display_links=False)


def clean_html(html: str, *, is_foreign: bool = False) -> str:
    """Return markup that can do nothing but show itself: no script, style, form, frame or handler.

    Foreign markup keeps no address without a server: that would lead into our own pages. Markup made to
    keep us busy gives nothing; the message's text is shown instead.
    """
    if is_heavy(html):
        return ""
    return nh3.clean(
        html.replace("\x00", ""),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        link_rel="noopener noreferrer nofollow",
        url_relative="deny" if is_foreign else "pass_through",
    )


def is_heavy(html: str) -> bool:
    """Whether cleaning would take time with the square of what stays open, or of one text's references."""
    if len(html) < LIGHT:
        return False
    texts = _TAG_START.split(html)
    if any(text.count("&") + text.count("\xa0") + text.count("<") > MOST_REFERENCES for text in texts):
        return True
    opened: Counter[str] = Counter()
    total = 0
    for found in _TAG.finditer(html):
        name = found[2].lower()
        if not found[1] and name not in _NEVER_OPEN:
            opened[name] += 1
            total += 1
            if total > MOST_OPEN:
                return True
        elif found[1] and opened[name]:
            opened[name] -= 1
            total -= 1
    return False


def html_to_text(html: str) -> str:
    """Return the text a reader sees."""
    if is_heavy(html):
        return _ANY_TAG.sub(" ", html)
    text = get_text(
        nh3.clean(html.replace("\x00", ""), clean_content_tags={"script", "style", "title"}), _PLAIN
    )
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
