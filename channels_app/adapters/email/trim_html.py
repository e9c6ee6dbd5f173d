"""The customer's new words out of an HTML reply: the same judgement as `trim`, made on the HTML's own lines.

The document is read into lines that remember which pieces of the tree they came from; the lines are judged
as plain text (a block quotation counts as '>'); then the tree is copied twice, once with the visible pieces
and once with the others. So nothing is lost, and text and HTML of one mail fold at the same place.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree
from lxml import html as lxml_html

from . import phrases
from .html_text import is_too_deep
from .trim import label_lines

MAX_HTML = 1_500_000

_BLOCKS = frozenset(
    [
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "center",
            "dd",
            "details",
            "dir",
            "div",
            "dl",
            "dt",
        ),
        *("fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main"),
        *(
            "menu",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
            "tr",
            "ul",
        ),
    ]
)
_VOID = frozenset(
    ["img", "br", "hr", "input", "embed", "object", "video", "audio", "svg", "iframe", "canvas", "wbr"]
)
_SHOWN = frozenset(["img", "input", "embed", "object", "video", "audio", "svg", "iframe", "canvas"])
_SKIPPED = frozenset(["head", "script", "style", "title", "template", "noscript", "meta", "link", "base"])
# Containers that a client puts around the quoted mail: all inside counts as quoted.
_QUOTE_CLASS = re.compile(
    r"(?:^|\s)(?:x_)*(?:yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|zmail_quote|mailquote|quoted-mail"
    r"|hmquote|mail_quote|acompli_quote|wisestamp_quote|ntes_quote|netease_quote|zm_quote|foxmail_quote)(?:\s|$)",
    re.I,
)
_QUOTE_ID = re.compile(
    r"^(?:x_)*(?:yahoo_quoted_\w*|isReplyContent|reply-content|origbody|mailContentReply)$", re.I
)
# Lines that introduce the quoted mail, whatever language they are in.
_ATTRIBUTION_CLASS = re.compile(
    r"(?:^|\s)(?:x_)*(?:gmail_attr|moz-cite-prefix|protonmail_quote_header)(?:\s|$)", re.I
)
# Dividers: all below belongs to the quoted mail.
_DIVIDER_ID = re.compile(
    r"^(?:x_)*(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|stopSpelling|replySplit"
    r"|mailQuote|reply-intro|outlookQuote)$",
    re.I,
)
_DIVIDER_CLASS = re.compile(r"(?:^|\s)(?:x_)*(?:OutlookMessageHeader|replyHeader)(?:\s|$)", re.I)
_DIVIDER_STYLE = re.compile(
    r"border-top:\s*(?:solid\s+#(?:E1E1E1|B5C4DF)\s+1\.0pt|1\.0pt\s+solid\s+#?(?:E1E1E1|B5C4DF)"
    r"|3pt\s+solid\s+rgb\(181,\s*196,\s*223\))",
    re.I,
)
_ATTRIBUTION = "On 1 Jan 2000, somebody@example.com wrote:"
_DIVIDER = "-----Original Message-----"
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
Slot = tuple[int, str]


@dataclass(slots=True)
class _Line:
    """One visible line: its words, its depth in quotations, and the pieces of the tree it is made of."""

    depth: int
    words: list[str] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    judged_as: str = ""

    @property
    def as_text(self) -> str:
        text = self.judged_as or _SPACES.sub(" ", "".join(self.words)).strip()
        return "> " * self.depth + text if self.depth and text else text


def split_reply_html(source: str) -> tuple[str, str]:
    """The visible and the quoted HTML of a reply; ('…', '') when there is nothing to fold."""
    if not source.strip() or len(source) > MAX_HTML or is_too_deep(source):
        return source, ""
    try:
        root = lxml_html.document_fromstring(source.encode("utf-8", "replace"), parser=_parser())
    except (etree.LxmlError, ValueError):
        return source, ""
    body = root.find("body")
    if body is None:
        return source, ""
    lines = _Reader(body).lines()
    labels = label_lines([line.as_text for line in lines])
    hidden = {i for i, label in enumerate(labels) if label in ("quoted", "signature")}
    shows = any(
        lines[i].words and "".join(lines[i].words).strip() for i in range(len(lines)) if i not in hidden
    )
    folds = any("".join(lines[i].words).strip() for i in hidden)
    if not folds or not (shows or _shows_picture(body, lines, hidden)):
        return source, ""
    return _part(body, lines, lambda i: i not in hidden), _part(body, lines, lambda i: i in hidden)


def _parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


class _Reader:
    """Reads a tree into lines, without recursion."""

    def __init__(self, body: lxml_html.HtmlElement) -> None:
        self.body = body
        self.depth = 0
        self.found = [_Line(0)]
        self.number = -1
        self.numbers: list[int] = []

    def lines(self) -> list[_Line]:
        walker = etree.iterwalk(self.body, events=("start", "end"))
        for event, element in walker:
            if event == "start":
                self.number += 1
                self.numbers.append(self.number)
                self._enter(element)
                if element.tag in _SKIPPED:
                    self.number += sum(1 for _ in element.iterdescendants())
                    walker.skip_subtree()
            else:
                self._leave(element, self.numbers.pop())
        return self.found

    def _enter(self, element: lxml_html.HtmlElement) -> None:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            self._add("", (self.number, "self"))
            return
        if element.tag in _BLOCKS or _is_bold_field(element):
            self._break()
        if _is_quote(element):
            self.depth += 1
            self._break()
        self._mark(element)
        self._add("", (self.number, "self"))
        if element.tag == "hr":
            self.found[-1].judged_as = "________"
            self._break()
        self._add(element.text or "", (self.number, "text"))

    def _leave(self, element: lxml_html.HtmlElement, number: int) -> None:
        if element.tag == "br":
            self._break()
        elif element.tag in _BLOCKS:
            if _is_quote(element):
                self.depth -= 1
            self._break()
        if element is not self.body:
            self._add(element.tail or "", (number, "tail"))

    def _mark(self, element: lxml_html.HtmlElement) -> None:
        """A client's own mark tells more than words: judge such a line as what it is."""
        classes, name = element.get("class", ""), element.get("id", "")
        if (
            _DIVIDER_ID.match(name)
            or _DIVIDER_CLASS.search(classes)
            or _DIVIDER_STYLE.search(element.get("style", ""))
        ):
            if not _is_forward(element):
                self._break()
                self.found[-1].judged_as = _DIVIDER
        elif _ATTRIBUTION_CLASS.search(classes) and not _is_forward(element):
            self._break()
            self.found[-1].judged_as = _ATTRIBUTION

    def _add(self, words: str, slot: Slot) -> None:
        line = self.found[-1]
        if words.strip():
            line.words.append(words)
        elif words:
            line.words.append(" ")
        line.slots.append(slot)

    def _break(self) -> None:
        line = self.found[-1]
        if line.slots or line.judged_as:
            self.found.append(_Line(self.depth))
        line = self.found[-1]
        line.depth = self.depth


def _is_quote(element: lxml_html.HtmlElement) -> bool:
    if element.tag == "blockquote":
        return True
    if element.tag not in _BLOCKS:
        return False
    return bool(_QUOTE_CLASS.search(element.get("class", "")) or _QUOTE_ID.match(element.get("id", "")))


def _is_bold_field(element: lxml_html.HtmlElement) -> bool:
    """'<b>From:</b>' begins a line of printed headers even without a break."""
    return element.tag in ("b", "strong") and phrases.header_field((element.text or "")[:200]) is not None


def _is_forward(element: lxml_html.HtmlElement) -> bool:
    beginning = next((text for text in element.itertext() if text.strip()), "").strip()
    return phrases.is_forward_line(beginning)


def _shows_picture(body: lxml_html.HtmlElement, lines: list[_Line], hidden: set[int]) -> bool:
    shown = {number for i, line in enumerate(lines) if i not in hidden for number, _ in line.slots}
    return any(element.tag in _SHOWN for number, element in enumerate(body.iter()) if number in shown)


def _part(body: lxml_html.HtmlElement, lines: list[_Line], keep: Callable[[int], bool]) -> str:
    """A copy of the body with only the pieces of the lines to keep, and the elements around them."""
    kept = {slot for index, line in enumerate(lines) if keep(index) for slot in line.slots}
    full = {index for index, line in enumerate(lines) if keep(index) and "".join(line.words).strip()}
    words = {slot for index in full for slot in lines[index].slots}
    copied = deepcopy(body)
    elements = list(copied.iter())
    needed: set[int] = set()
    order = {element: number for number, element in enumerate(elements)}
    for number, element in enumerate(elements):
        if (number, "text") not in kept:
            element.text = None
        if (number, "tail") not in kept:
            element.tail = None
        has_self = (number, "self") in kept and element.tag in _VOID
        has_text = (number, "text") in kept and bool((element.text or "").strip())
        if has_self or has_text or ((number, "text") in words and bool(element.text)):
            _need(element, order, needed)
        if (number, "tail") in kept and (element.tail or "").strip() and element.getparent() is not None:
            _need(element.getparent(), order, needed)
    for number in range(len(elements) - 1, 0, -1):
        if number not in needed:
            elements[number].drop_tree()
    inner = "".join(etree.tostring(child, encoding="unicode", method="html") for child in copied)
    return ((copied.text or "") + inner).strip()


def _need(element: lxml_html.HtmlElement, order: dict[lxml_html.HtmlElement, int], needed: set[int]) -> None:
    """Keep an element and its ancestors."""
    while element is not None and order[element] not in needed:
        needed.add(order[element])
        element = element.getparent()
        if element is None or element not in order:
            return
