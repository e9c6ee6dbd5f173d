"""The design's small parts as template tags; `docs/frontend.md` shows each in use.

Plain string building, since a list of fifty rows calls them hundreds of times. Whatever depends only on its
arguments and the language is drawn once per language.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from helpdesk import people, times
from helpdesk.browsers import browser
from helpdesk.fields import field
from helpdesk.remember import per_language, per_place
from helpdesk.words import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from django.template import Context

register = template.Library()
register.simple_tag(field)
register.filter(browser)

# Glyphs that point somewhere turn round in right-to-left pages.
_DIRECTIONAL = """arrow-left arrow-right chevron-left chevron-right layout-sidebar layout-sidebar-right logout
arrow-back-up arrow-forward-up mail-forward message-forward send"""
DIRECTIONAL = frozenset(_DIRECTIONAL.split())
SOON_PERCENT = 25  # the last quarter of the time is tinted
MOOD_ICONS = {"angry": "mood-angry", "worried": "mood-sad", "happy": "mood-smile"}
PRIORITY_BARS = {"high": 3, "normal": 2, "low": 1}


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, cls: str = "") -> SafeString:
    """Draw a glyph of the sprite. Decoration only: text beside it or the button's label says the meaning."""
    classes = ["icon"]
    if name in DIRECTIONAL:
        classes.append("icon-flip")
    if name == "chevron-down":
        classes.append("icon-caret")
    if cls:
        classes.append(cls)
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        " ".join(classes), static("vendor/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
@per_language
def avatar(
    name: str = "", key: object = None, size: str = "", presence: str = "", label: str = "", lang: str = ""
) -> SafeString:
    """Draw a person as letters on a tone that `key` (their id) picks; without a name, an empty seat.

    With `label` it is an image with that name, for where no text beside it says who this is; else decoration.
    """
    if not name:
        return _seat("none", size, "user-plus", label or _("Nobody assigned"))
    letters = people.initials(str(name))
    if not letters:
        return _seat(str(people.tone(key or name)), size, "user", label)
    lang = lang or ("zh" if people.is_cjk(letters) else "")
    return format_html(
        '<span class="av" data-tone="{}"{}{}{}{}>{}</span>',
        people.tone(key or name), _attribute("data-size", size), _attribute("data-presence", presence),
        _attribute("lang", lang), _naming(label, presence), letters,
    )  # fmt: skip


def _seat(tone: str, size: str, glyph: str, label: str) -> SafeString:
    return format_html(
        '<span class="av" data-tone="{}"{}{}>{}</span>',
        tone, _attribute("data-size", size), _naming(label, ""), icon(glyph),
    )  # fmt: skip


def _naming(label: str, presence: str) -> SafeString:
    if not label:
        return mark_safe(' aria-hidden="true"')
    spoken = f"{label}, {presence_label(presence)}" if presence else label
    return format_html(' role="img" aria-label="{}" title="{}"', spoken, label)


def presence_label(presence: str) -> str:
    """Return the word for a state of presence."""
    return {
        "online": pgettext("presence", "available"),
        "away": pgettext("presence", "away"),
        "busy": pgettext("presence", "busy"),
        "offline": pgettext("presence", "offline"),
    }.get(presence, presence)


@register.simple_tag
@lru_cache(maxsize=512)
def channel_glyph(glyph: str, label: object = "") -> SafeString:
    """Draw the tile of a channel; icon and label come from its adapter."""
    return format_html(
        '<span class="ch" title="{}">{}<span class="vh">{}</span></span>', label, icon(glyph), label
    )


@register.simple_tag
@per_language
def priority(level: str) -> SafeString:
    """Draw a priority as bars; urgent has a sign of its own, so that colour alone never says it."""
    label = {
        "urgent": _("Urgent priority"), "high": _("High priority"), "normal": _("Normal priority"),
        "low": _("Low priority"),
    }.get(level, level)  # fmt: skip
    return format_html(
        '<svg class="prio" data-level="{}" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>',
        level, label, _priority_shape(level),
    )  # fmt: skip


def _priority_shape(level: str) -> SafeString:
    if level == "urgent":
        return mark_safe(
            '<rect x="1" y="1" width="14" height="14" rx="3.5"/>'
            '<rect class="cut" x="7" y="3.6" width="2" height="5.4" rx="1"/>'
            '<circle class="cut" cx="8" cy="11.4" r="1.2"/>'
        )
    lit = PRIORITY_BARS.get(level, 2)
    shapes = ((1.5, 9, 5), (6.25, 5.5, 8.5), (11, 2, 12))
    off = ' class="off"'
    bars = (
        f'<rect{"" if place < lit else off} x="{x}" y="{y}" width="3.25" height="{height}" rx="1"/>'
        for place, (x, y, height) in enumerate(shapes)
    )
    return mark_safe("".join(bars))  # noqa: S308 - numbers of ours only


@register.simple_tag
@per_language
def mood(key: str) -> SafeString:
    """Draw how the customer feels; neutral shows nothing."""
    label = {"angry": _("Mood: angry"), "worried": _("Mood: worried"), "happy": _("Mood: happy")}.get(key)
    if label is None:
        return SafeString("")
    return format_html(
        '<span class="mood" data-mood="{}" title="{}">{}<span class="vh">{}</span></span>',
        key, label, icon(MOOD_ICONS[key]), label,
    )  # fmt: skip


@register.simple_tag
@lru_cache(maxsize=256)
def ring(left: float) -> SafeString:
    """Draw the share of time left (0 to 100) as a ring, by attributes: a strict CSP forbids styles."""
    return mark_safe(  # noqa: S308 - a number of ours only
        '<svg class="ring" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        '<circle class="ring-track" cx="8" cy="8" r="6" pathLength="100"/>'
        f'<circle class="ring-left" cx="8" cy="8" r="6" pathLength="100" '
        f'stroke-dasharray="{min(100, max(0, round(left)))} 100"/></svg>'
    )


@register.simple_tag
def sla(
    due_at: datetime | None = None,
    started_at: datetime | None = None,
    state: str = "",
    target: str = "",
    met_seconds: float | None = None,
) -> SafeString:
    """Draw a promised time: ring or icon, short text, and a sentence for screen readers.

    `state` is "paused" or "met" when the clock no longer runs; else the times tell ok, soon or breached.
    `target` (first_reply, next_reply, resolution, callback) chooses the sentence.
    """
    if state == "paused":
        return sla_pill("paused", icon("player-pause"), _("Paused"), _("Clock paused"))
    if state == "met":
        return _sla_met(met_seconds)
    if due_at is None:
        return SafeString("")
    seconds = (due_at - timezone.now()).total_seconds()
    if seconds < 0:
        return SafeString(_breached(target, _shown(-seconds)) % _iso(due_at))
    left = _percent_left(seconds, started_at, due_at)
    return SafeString(_running(target, left, _shown(seconds)) % _iso(due_at))


def _shown(seconds: float) -> int:
    """Return the seconds as far as anything shows them, so that drawings can be kept."""
    whole = int(seconds)
    return whole if whole < times.MINUTE else whole - whole % times.MINUTE


@per_language
def _breached(target: str, seconds: int) -> str:
    text = pgettext("overdue", "%(time)s over") % {"time": times.duration(seconds)}
    return _clockwork("breached", icon("alert-triangle"), text, _sentence(target, seconds, late=True))


@per_language
def _running(target: str, left: int, seconds: int) -> str:
    state = "soon" if left <= SOON_PERCENT else "ok"
    return _clockwork(state, ring(left), times.duration(seconds), _sentence(target, seconds, late=False))


def _clockwork(state: str, drawing: SafeString, text: str, spoken: str) -> str:
    """Return the pill with a place for the due time, the only thing that differs from ticket to ticket."""
    pill = sla_pill(state, drawing, text, spoken).replace("%", "%%")
    return pill.replace('<span class="sla"', '<span class="sla" data-due="%s"', 1)


def _sla_met(seconds: float | None) -> SafeString:
    if seconds is None:
        return sla_pill("met", icon("check"), _("Met"), _("Target met"))
    spoken = _("Target met in %(time)s") % {"time": times.spoken_duration(seconds)}
    return sla_pill("met", icon("check"), times.duration(seconds), spoken)


def _percent_left(seconds: float, started_at: datetime | None, due_at: datetime) -> int:
    whole = (due_at - started_at).total_seconds() if started_at else 0
    return min(100, round(100 * seconds / whole)) if whole > 0 else 100


@per_language
def sla_pill(state: str, drawing: SafeString, text: str, spoken: str) -> SafeString:
    return format_html(
        '<span class="sla" data-state="{}" title="{}">{}<span aria-hidden="true">{}</span>'
        '<span class="vh">{}</span></span>',
        state, spoken, drawing, text, spoken,
    )  # fmt: skip


def _sentence(target: str, seconds: float, *, late: bool) -> str:
    """Return a whole sentence per target: glued fragments cannot be translated."""
    time = {"time": times.spoken_duration(seconds)}
    if late:
        sentences = {
            "first_reply": _("First reply %(time)s overdue"),
            "next_reply": _("Next reply %(time)s overdue"),
            "resolution": _("Resolution %(time)s overdue"),
            "callback": _("Callback %(time)s overdue"),
        }
        return sentences.get(target, _("%(time)s overdue")) % time
    sentences = {
        "first_reply": _("First reply due in %(time)s"),
        "next_reply": _("Next reply due in %(time)s"),
        "resolution": _("Resolution due in %(time)s"),
        "callback": _("Callback due in %(time)s"),
    }
    return sentences.get(target, _("Due in %(time)s")) % time


@register.simple_tag
def when(moment: datetime | None, cls: str = "") -> SafeString:
    """Tell how long ago, short, with the exact time in `title`. The page keeps it fresh (see clocks.js)."""
    if moment is None:
        return SafeString("")
    relative = conditional_escape(times.relative(moment))
    return SafeString(f"{_when_head(moment, cls)}{relative}</time>")


@per_place
def _when_head(moment: datetime, cls: str) -> SafeString:
    return format_html(
        '<time{} datetime="{}" title="{}" data-when>',
        _attribute("class", cls), _iso(moment), times.stamp(moment),
    )  # fmt: skip


@register.simple_tag
def clock(moment: datetime | None, cls: str = "") -> SafeString:
    """Tell the time of day, as a record: 21:52."""
    return _time(moment, cls, times.clock)


@register.simple_tag
def stamp(moment: datetime | None, cls: str = "") -> SafeString:
    """Tell day and time, as a record: 20 Nov 2025, 09:31."""
    return _time(moment, cls, times.stamp)


@register.simple_tag
def on_day(moment: datetime | None, cls: str = "") -> SafeString:
    """Tell the day alone, as a fact: 11 Mar 2016."""
    return _time(moment, cls, times.on_day)


@register.simple_tag
def day(moment: datetime | date | None, cls: str = "") -> SafeString:
    """Tell the day, as the heading of a timeline: Today, Yesterday, Wednesday 19 November."""
    if moment is None:
        return SafeString("")
    return format_html(
        '<time{} datetime="{}">{}</time>',
        _attribute("class", cls), moment.isoformat()[:10], times.day(moment),
    )  # fmt: skip


@register.filter
def duration(seconds: float | None) -> str:
    """Return seconds as "1 h 10 min", or nothing for none."""
    return "" if seconds is None else times.duration(seconds)


@register.simple_tag
@lru_cache(maxsize=64)
def url_if(name: str) -> str:
    """Return the address of a named page, or nothing when this installation has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag
@per_language
def page_words() -> SafeString:
    """Hand the scripts their sentences, as data that no script policy forbids."""
    return json_script(words(), "words")


@register.simple_tag
@per_language
def still(name: str) -> SafeString:
    """Draw a part that depends on nothing but the language: once, then it is remembered."""
    return mark_safe(render_to_string(name))  # noqa: S308 - our own template


# what a stencil leaves open; nobody can write it into a name of theirs
_NUMBER, _TOKEN = 10**15 + secrets.randbelow(10**15), f"token-{secrets.token_hex(16)}"


@register.simple_tag(takes_context=True)
def stencil(context: Context, name: str, number: int | None, **words: object) -> SafeString:
    """Draw a part that depends on a few words, and on one `number` and the page's token, which are filled in.

    The words must be hashable, and few: each combination is drawn once and remembered.
    """
    html = _stencil(name, get_language(), tuple(sorted(words.items())))
    token = conditional_escape(str(context.get("csrf_token") or ""))
    return mark_safe(html.replace(str(_NUMBER), str(int(number or 0))).replace(_TOKEN, token))  # noqa: S308


@lru_cache(maxsize=2048)  # the menu of each person is one
def _stencil(name: str, _language: str | None, words: tuple[tuple[str, object], ...]) -> str:
    return render_to_string(name, {**dict(words), "number": _NUMBER, "csrf_token": _TOKEN})


@register.simple_tag
def brand_mark() -> SafeString:
    """Draw the product's mark; it stands inside `.brandmark`."""
    return SafeString(
        '<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2.4" '
        'stroke-linecap="round" aria-hidden="true" focusable="false"><path d="M4 3v14"/>'
        '<path d="M4 11.5c0-5.5 8-5.5 8 0V17"/>'
        '<circle cx="16" cy="4.2" r="1.7" fill="currentColor" stroke="none"/></svg>'
    )


def _time(moment: datetime | None, cls: str, text: Callable[[datetime], str]) -> SafeString:
    if moment is None:
        return SafeString("")
    return format_html(
        '<time{} datetime="{}">{}</time>', _attribute("class", cls), _iso(moment), text(moment)
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _attribute(name: str, value: str) -> SafeString:
    return SafeString(f' {name}="{conditional_escape(value)}"' if value else "")
