"""Markup and plain text: cleaned on the way in, never trusted on the way out."""

from __future__ import annotations

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
_PLAIN = ParserConfig(css=CSS_PROFILES["strict"], display_links=False)


def clean_html(html: str) -> str:
    """Return markup that can do nothing but show itself: no script, style, form, frame or handler."""
    return nh3.clean(
        html.replace("\x00", ""),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        link_rel="noopener noreferrer nofollow",
    )


def html_to_text(html: str) -> str:
    """Return the text a reader sees."""
    text = get_text(
        nh3.clean(html.replace("\x00", ""), clean_content_tags={"script", "style", "title"}), _PLAIN
    )
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
