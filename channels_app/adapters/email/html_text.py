"""HTML mail as plain text."""

import html
import re

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from .charsets import storable

MAX_RENDERED = 600_000
MAX_TAGS_OPEN = 150

_CONFIG = ParserConfig(css=CSS_PROFILES["relaxed"])
_INVISIBLE = re.compile(r"<(?:(script|style|head|title|template)\b|!--)", re.I)
_ENDS = {
    name: re.compile(rf"</{name}\s{{0,20}}>" if name else "-->", re.I)
    for name in ("script", "style", "head", "title", "template", "")
}
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|/table|hr)\b[^>]*>", re.I)
_TAG = re.compile(r"<[^<>]*>")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.I)
_MANY_BLANKS = re.compile(r"\n{3,}")
_OPENING = re.compile(r"<(/?)(?:div|span|table|tr|td|blockquote|font|b|i|ul|ol|li|p)\b", re.I)


def html_to_text(source: str) -> str:
    """Readable text of an HTML body; huge or hostile HTML gets the plain way."""
    if not source.strip():
        return ""
    if len(source) > MAX_RENDERED or is_too_deep(source):
        return _strip_tags(source)
    try:
        text = get_text(_XML_DECLARATION.sub("", source), _CONFIG)
    except Exception:  # the renderer meets whatever strangers send; any failure has the same answer
        return _strip_tags(source)
    return _tidy(text)


def text_to_html(text: str) -> str:
    """Plain text as harmless HTML, for mails that mix both."""
    return '<div class="plain">' + html.escape(text).replace("\r\n", "\n").replace("\n", "<br>\n") + "</div>"


def is_empty_html(source: str) -> bool:
    """A short HTML body that shows nothing: clients add such beside the real text."""
    if len(source) > 20_000 or "<img" in source.lower():
        return False
    return not html.unescape(_TAG.sub("", _drop_invisible(source))).strip("\ufeff\u200b \t\r\n\xa0")


def is_too_deep(source: str) -> bool:
    """Rendering recurses: nesting beyond any real mail is not rendered."""
    depth = 0
    for match in _OPENING.finditer(source):
        depth += -1 if match[1] else 1
        if depth > MAX_TAGS_OPEN * 4:
            return True
    return False


def _strip_tags(source: str) -> str:
    source = source[: 4 * MAX_RENDERED]
    return _tidy(html.unescape(_TAG.sub(" ", _BREAKS.sub("\n", _drop_invisible(source)))))


def _drop_invisible(source: str) -> str:
    """Without comments, scripts and styles; each kind that is never closed is searched once only."""
    kept: list[str] = []
    unclosed: set[str] = set()
    at = 0
    for match in _INVISIBLE.finditer(source):
        name = (match[1] or "").lower()
        if match.start() < at or name in unclosed:
            continue
        end = _ENDS[name].search(source, match.end())
        if end is None:
            unclosed.add(name)
            continue
        kept.append(source[at : match.start()])
        at = end.end()
    return " ".join([*kept, source[at:]])


def _tidy(text: str) -> str:
    text = storable(text).replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _MANY_BLANKS.sub("\n\n", text).strip("\n")
