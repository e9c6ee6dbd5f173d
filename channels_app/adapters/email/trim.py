"""The customer's new words out of a reply; the rest is folded away, never thrown away.

`split_reply` cuts the lines of a text into segments. Every line ends up in exactly one segment, so the
segments joined give the text back. Work is linear: each line is looked at a bounded number of times.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from . import phrases

MAX_LINES = 20_000
_QUOTED = re.compile(r"^\s{0,3}(?:[A-Za-z]{0,2}>|[|](?: |$))")
_RULE = re.compile(r"^\s{0,4}(?:[-_~#=*+–—]{2,}|[ᐧ]|[-_=*~][-_=*~ ]{4,})\s*$")
_SIGNATURE_RULE = re.compile(r"^(?:--|—|––|_{2,}|={5,})\s*$")
_LOW = 25  # a signature has few lines
_MOST_CUTS = 50  # more answers between quotations than that are not looked for


class Segment(NamedTuple):
    """Some lines and what they are: reply, quoted, signature or forwarded."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text cut into what to show and what to fold."""

    segments: tuple[Segment, ...]

    def _joined(self, *kinds: str) -> str:
        return "\n".join(part.text for part in self.segments if part.kind in kinds).strip("\n")

    @property
    def reply(self) -> str:
        """The customer's new words."""
        lines = self._joined("reply").split("\n")
        while lines and not lines[0].strip():
            lines.pop(0)
        return "\n".join(lines).rstrip()

    @property
    def quoted(self) -> str:
        """What was quoted from earlier mails, with the lines that introduce it."""
        return self._joined("quoted")

    @property
    def signature(self) -> str:
        return self._joined("signature")

    @property
    def forwarded(self) -> str:
        """A forwarded mail below the words, with the line that introduces it."""
        return self._joined("forwarded")

    @property
    def visible(self) -> str:
        """What a reader should see unfolded: the reply, and a forwarded mail in its place."""
        return self._joined("reply", "forwarded").strip()

    @property
    def full_text(self) -> str:
        """Everything, in order."""
        return "\n".join(part.text for part in self.segments)


def split_reply(text: str) -> Trimmed:
    """Cut a plain text into reply, quoted text, signature and forwarded mail."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    rest = ["\n".join(lines[MAX_LINES:])] if len(lines) > MAX_LINES else []
    lines = _split_shared_lines(lines[:MAX_LINES])
    kinds = _Labeller(lines).kinds()
    segments: list[Segment] = []
    run: list[str] = []
    for index, line in enumerate(lines):
        run.append(line)
        if index + 1 == len(lines) or kinds[index + 1] != kinds[index]:
            segments.append(Segment(kinds[index], "\n".join(run)))
            run = []
    segments += [Segment("quoted", part) for part in rest]
    return Trimmed(tuple(segments))


def label_lines(lines: list[str]) -> list[str]:
    """The kind of each line; for callers that have lines of their own, such as those of an HTML body."""
    labels = _Labeller(lines[:MAX_LINES]).kinds() if lines else []
    return labels + ["quoted"] * (len(lines) - len(labels))


def _split_shared_lines(lines: list[str]) -> list[str]:
    """Put an attribution that follows words on the same line on a line of its own."""
    out: list[str] = []
    for line in lines:
        match = phrases.SHARED_LINE.search(line) if line.endswith("wrote:") and len(line) < 1_000 else None
        if match and match.start() > 0 and line[: match.start()].strip(" >-*"):
            out += [line[: match.start()], line[match.start() :]]
        else:
            out.append(line)
    return out


class _Labeller:
    """Gives each line its kind."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.is_quoted = [bool(_QUOTED.match(line)) for line in lines]
        self.is_blank = [not line.strip() for line in lines]
        self.next_text = self._next_text()
        self.labels = ["reply"] * len(lines)
        self.is_cut = False  # everything from some line to the end is labelled

    def kinds(self) -> list[str]:
        self._label_cuts()
        if not self.is_cut:
            self._label_trailing_quotes()
        self._label_signature()
        if not self._has("reply") and not self._has("forwarded"):
            self._show_something()
        return self.labels

    # cuts: the line where somebody else's words begin

    def _label_cuts(self) -> None:
        attributions = 0
        index = 0
        while index < len(self.lines):
            if self.is_blank[index] or self.labels[index] != "reply":
                index += 1
                continue
            kind, last = self._cut_at(index)
            if not kind:
                index += 1
                continue
            first = self._with_rule_above(index)
            self.is_cut = True
            if kind == "forwarded":
                self._label(first, len(self.lines), "forwarded")
                return
            if kind == "block" or attributions > _MOST_CUTS or self._all_below_is_quoted(first, last):
                self._label(first, len(self.lines), "quoted")
                return
            self.is_cut = False
            attributions += 1
            self._label(index, last + 1, "quoted")
            self._fold_single_quote(last + 1, attributions)
            index = last + 1

    def _cut_at(self, index: int) -> tuple[str, int]:
        """What begins at this line, and where its introduction ends."""
        line = self.lines[index]
        if phrases.is_forward_line(line):
            return "forwarded", index
        if phrases.is_original_line(line) or phrases.is_reply_above_line(line):
            return "block", index
        if phrases.header_field(line) and self._is_header_block(index):
            return "block", index
        last = self._attribution_end(index)
        return ("attribution", last) if last >= 0 else ("", index)

    def _is_header_block(self, index: int) -> bool:
        """Printed headers: a sender and one more, or date, recipient and subject together."""
        kinds: list[str] = []
        misses = 0
        for line in self.lines[index : index + 14]:
            found = phrases.header_field(line)
            if found:
                kinds.append(found[0])
                misses = 0
            elif not line.strip(" >*") and kinds and "from" in kinds and len(set(kinds)) >= 2:
                break
            else:
                misses += 1
                if misses > 2:
                    break
        seen = set(kinds)
        if kinds[0] == "cc" or self.is_quoted[index]:
            return False
        return ("from" in seen and len(seen & {"date", "to", "subject", "cc"}) >= 1 and len(kinds) >= 2) or (
            seen >= {"date", "to", "subject"}
        )

    def _attribution_end(self, index: int) -> int:
        """The last line of an attribution that begins here, or -1; the nearest beginning counts."""
        window: list[str] = []
        for last in range(index, min(index + 7, len(self.lines))):
            line = self.lines[last]
            if self.is_blank[last]:
                follows = self.next_text[last]
                if len(window) > 1 or follows < 0 or not self.lines[follows].lstrip().startswith("<"):
                    return -1
                continue
            is_open = bool(window) and window[-1].rstrip().endswith("<")  # an address broken over lines
            if (
                last > index
                and phrases.starts_dated(line)
                and not is_open
                and not line.lstrip().startswith("<")
            ):
                return -1
            window.append(line)
            quote = self._quote_follows(last)
            if phrases.may_end_attribution(line, quote_follows=quote) and phrases.is_attribution(
                " ".join(part.strip() for part in window), quote_follows=quote
            ):
                return last
            if not (phrases.starts_dated(window[0]) or "<" in window[0] or '"' in window[0]):
                return -1
        return -1

    def _quote_follows(self, last: int) -> bool:
        follows = self.next_text[last]
        return follows >= 0 and self.is_quoted[follows]

    def _all_below_is_quoted(self, first: int, last: int) -> bool:
        """Below an attribution: nothing of the customer's own, or unmarked text of somebody else."""
        below = self.next_text[last]
        if below < 0:
            return True
        if not self.is_quoted[below] and not self.is_quoted[first]:
            return self._has_reply_above(first)
        return not self._has_own_words(last + 1, glued=not self._has_reply_above(first))

    def _has_own_words(self, start: int, *, glued: bool) -> bool:
        """Words below or between quotations that are neither wrapped remains nor a signature.

        A line right below a quotation is its wrapped end; when there are no words above (`glued`), it is
        an answer written below.
        """
        after_quote = in_signature = False
        for index in range(start, len(self.lines)):
            line = self.lines[index]
            if self.is_blank[index]:
                after_quote = False
            elif self.is_quoted[index]:
                after_quote, in_signature = not glued, False
            elif _SIGNATURE_RULE.match(line) or phrases.is_sent_from(line):
                in_signature = True
            elif not (after_quote or in_signature or _is_rule(line)):
                return True
        return False

    def _fold_single_quote(self, start: int, attributions: int) -> None:
        """One attribution, one quotation, then the answer: the quotation is folded."""
        begin = self.next_text[start - 1]
        if attributions != 1 or begin < 0 or not self.is_quoted[begin]:
            return
        end = begin
        while end < len(self.lines) and (self.is_quoted[end] or self.is_blank[end]):
            end += 1
        if not any(self.is_quoted[end:]):
            self._label(start, end, "quoted")

    def _with_rule_above(self, index: int) -> int:
        """Rules and blank lines above belong to what they introduce."""
        first = index
        for above in range(index - 1, max(-1, index - 4), -1):
            if _is_rule(self.lines[above]):
                first = above
            elif not self.is_blank[above]:
                break
        return first

    # the rest

    def _label_trailing_quotes(self) -> None:
        """Quotations with nothing below them but a signature."""
        end = self._end_of("reply")
        if end < 0:
            return
        last = max((i for i in range(end + 1) if self.is_quoted[i] and self.labels[i] == "reply"), default=-1)
        if last < 0 or self._has_own_words_within(last + 1, end):
            return
        first = last
        while (
            first > 0
            and self.labels[first - 1] == "reply"
            and (self.is_quoted[first - 1] or self.is_blank[first - 1])
        ):
            first -= 1
        self._label(first, last + 1, "quoted")

    def _has_own_words_within(self, start: int, end: int) -> bool:
        own = [i for i in range(start, end + 1) if not self.is_blank[i]]
        if not own:
            return False
        return not (_SIGNATURE_RULE.match(self.lines[own[0]]) or phrases.is_sent_from(self.lines[own[0]]))

    def _label_signature(self) -> None:
        start = self._signature_start()
        if start >= 0:
            for index in range(start, len(self.lines)):
                if self.labels[index] == "reply":
                    self.labels[index] = "signature"

    def _signature_start(self) -> int:
        """The first line of a marked signature ('-- ', a rule, 'Sent from my …'), or -1."""
        own = [i for i, kind in enumerate(self.labels) if kind == "reply"]
        texts = [i for i in own if not self.is_blank[i]]
        while texts and _is_rule(self.lines[texts[-1]]):
            texts.pop()
        found = texts[-1] + 1 if texts else (own[0] if own else -1)
        start = found if texts and any(_is_rule(self.lines[i]) for i in own if i >= found) else -1
        for position, index in enumerate(reversed(texts)):
            if position >= _LOW:
                break
            line = self.lines[index]
            if _SIGNATURE_RULE.match(line) or (phrases.is_sent_from(line) and position <= 5):
                start = index
        return start if start < 0 or self._has_reply_above(start) else -1

    def _show_something(self) -> None:
        """All is quotation: show it rather than an empty message, unless it is marked as quoted."""
        if all(self.is_quoted[i] or self.is_blank[i] for i in range(len(self.lines))):
            return
        introduced = self.labels and any(phrases.is_original_line(line) for line in self.lines[:3])
        if not introduced and not any(self.is_quoted):
            self.labels = ["reply"] * len(self.lines)

    # small things

    def _next_text(self) -> list[int]:
        """For each line the next line below it with text, or -1."""
        found = [-1] * len(self.lines)
        following = -1
        for index in range(len(self.lines) - 1, -1, -1):
            found[index] = following
            if not self.is_blank[index]:
                following = index
        return found

    def _label(self, start: int, end: int, kind: str) -> None:
        self.labels[start:end] = [kind] * (end - start)

    def _has(self, kind: str) -> bool:
        return any(
            label == kind and not blank for label, blank in zip(self.labels, self.is_blank, strict=True)
        )

    def _has_reply_above(self, index: int) -> bool:
        return any(self.labels[i] == "reply" and not self.is_blank[i] for i in range(index))

    def _end_of(self, kind: str) -> int:
        return max((i for i, label in enumerate(self.labels) if label == kind), default=-1)


def _is_rule(line: str) -> bool:
    """A line that only separates: dashes, underscores, stars."""
    return len(line) <= 200 and bool(_RULE.match(line))


def find_signature(text: str, sender: str = "") -> str:
    """The unmarked signature at the end: from the sender's name or a closing line on; '' when unsure."""
    trimmed = split_reply(text)
    if trimmed.signature:
        return trimmed.signature
    lines = trimmed.reply.split("\n")
    words = [word for word in re.split(r"[\s.@_\-,<>\"]+", sender.casefold()) if len(word) > 2]
    start = -1
    for index in range(len(lines) - 1, max(0, len(lines) - 12), -1):
        line = lines[index].strip()
        if len(line) > 80:
            break
        folded = re.findall(r"\w+", line.casefold())
        is_name = bool(words) and len(folded) <= 6 and any(word in folded for word in words)
        if phrases.is_closing(line) or is_name:
            start = index
    while start > 1 and not lines[start].strip():
        start += 1
    return "\n".join(lines[start:]).strip() if start > 0 else ""
