"""The entries of a timeline, drawn before the template runs: a page of thirty must cost next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, escape, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.templatetags.ui import avatar as draw_avatar
from helpdesk.templatetags.ui import clock as draw_clock
from helpdesk.templatetags.ui import day as draw_day
from helpdesk.templatetags.ui import icon as draw_icon
from helpdesk.templatetags.ui import stencil as draw_stencil

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.http import AgentRequest
    from tickets.web.entries import Drawn, File

_NO_TOKEN = Context()  # the menu of a message holds links, no forms
# The mark-up of an entry: text with places. The template engine takes four times as long for thirty.
_LI = (
    '<li class="entry" data-dir="{direction}"{marks} id="{id}" data-v="{version}"{state}>{avatar}'
    '<article class="msg" aria-label="{label}"><header class="msg-head">'
    '<b dir="auto"{author_lang}>{author}</b>{via}{time}{menu}</header>{body}{foot}</article></li>'
)
_LINE = '<p class="event">{icon}<span>{text} {time}</span></p>'
_FRAME = (
    '<iframe class="mail-frame" src="{url}" sandbox="allow-same-origin allow-popups'
    ' allow-popups-to-escape-sandbox" title="{title}" loading="lazy" data-frame></iframe>'
)
_IMAGES = (
    '<p class="mail-images">{icon}<span>{text}</span>'
    '<a class="linklike" href="{url}" target="_blank" rel="noopener" data-show-images>{show}</a></p>'
)
_QUOTED = '<details class="quoted"><summary>{title}</summary><div dir="auto">{text}</div></details>'
_PICTURE = (
    '<a class="file file-image" href="{url}" target="_blank" rel="noopener"><img src="{thumb}" alt="{name}"'
    ' loading="lazy"><span class="truncate">{name}</span><small>{size}</small></a>'
)
_FILE = (
    '<a class="file" href="{url}" download>{icon}<span class="truncate" dir="auto">{name}</span>'
    "<small>{size}</small></a>"
)


def html_of(request: AgentRequest, entries: Iterable[Drawn]) -> SafeString:
    """Return the lines of a timeline as mark-up."""
    return SafeString("\n".join([_KINDS[entry.kind](request, entry) for entry in entries]))


def _day(_request: AgentRequest, entry: Drawn) -> str:
    return f'<li class="day" id="{escape(entry.id)}">{draw_day(entry.at)}</li>'


def _new(_request: AgentRequest, _entry: Drawn) -> str:
    return (
        f'<li class="unread-line" id="unread-line">{escape(_("New"))}'
        f'<span class="vh"> {escape(_("messages"))}</span></li>'
    )


def _events(_request: AgentRequest, entry: Drawn) -> str:
    of = entry.of
    lines = "".join(
        _LINE.format(icon=draw_icon(line.icon), text=escape(line.text), time=draw_clock(line.created_at))
        for line in (of.lines if of else ())
    )
    if of and of.folded:
        title = f"{draw_icon('history')}<span>{escape(of.folded)}</span>"
        lines = f'<details class="event-fold"><summary class="event">{title}</summary>{lines}</details>'
    return f'<li class="event-group" id="{escape(entry.id)}" data-v="{escape(entry.version)}">{lines}</li>'


def _note(_request: AgentRequest, entry: Drawn) -> str:
    inner = _removed() if _is_removed(entry) else conditional_escape(entry.body)
    return _LI.format(
        direction="in",
        marks=' data-kind="wide"',
        state=_flags(entry),
        avatar=draw_avatar(entry.of.author if entry.of else "", entry.author_key),
        label=escape(_("Internal note by %(name)s") % {"name": entry.author}),
        author_lang="",
        via=_via("lock", _("Internal note")),
        body=f'<div class="note" dir="auto"{_lang(entry)}>{inner}{_files(entry.files)}</div>',
        foot="",
        **_common(entry),
    )


def _message(request: AgentRequest, entry: Drawn) -> str:
    of, look = entry.of, entry.look
    label = _("Reply by %(name)s") if entry.is_ours else _("Message from %(name)s")
    via = _via(look.icon, look.label) if look else ""
    if of and of.is_automatic:
        via += _via("robot", _("Automatic"))
    wide = ' data-kind="wide"' if entry.is_wide else ""
    state = f' data-state="{escape(entry.state)}"' if entry.state else ""
    return _LI.format(
        direction="out" if entry.is_ours else "in",
        marks=f'{wide} data-channel="{escape(of.channel if of else "")}"',
        state=f"{state}{_flags(entry)}",
        avatar="" if entry.is_ours else draw_avatar(entry.author, entry.author_key),
        label=escape(label % {"name": entry.author}),
        author_lang="" if entry.is_ours else _lang(entry),
        via=via,
        body=f'<div class="bubble">{_said(entry)}{_files(entry.files)}</div>',
        foot=_foot(request, entry),
        **_common(entry),
    )


_KINDS = {"day": _day, "new": _new, "events": _events, "note": _note, "message": _message}


def _common(entry: Drawn) -> dict[str, str]:
    number = entry.of.id if entry.of else 0
    menu = {"can_split": entry.can_split, "can_redact": entry.can_redact}
    return {
        "id": escape(entry.id),
        "version": escape(entry.version),
        "author": escape(entry.author),
        "time": draw_clock(entry.at),
        "menu": draw_stencil(_NO_TOKEN, "tickets/_message_menu.html", number, **menu)
        if any(menu.values())
        else "",
    }


def _said(entry: Drawn) -> str:
    """The envelope, the text or the mail's own mark-up in a frame, and what is folded away."""
    of = entry.of
    if _is_removed(entry):
        return _removed()
    parts = [_mail_head(entry.mail_head), _frame(entry) if entry.frame_url else _text(entry)]
    if of and (of.quoted or of.signature):
        folded = "".join(linebreaks(text, autoescape=True) for text in (of.signature, of.quoted) if text)
        parts.append(_QUOTED.format(title=escape(_("Quoted text and signature")), text=folded))
    return "".join(parts)


def _text(entry: Drawn) -> str:
    return f'<div class="msg-text" dir="auto"{_lang(entry)}>{conditional_escape(entry.body)}</div>'


def _frame(entry: Drawn) -> str:
    title = escape(_("Mail from %(name)s") % {"name": entry.author})
    frame = _FRAME.format(url=escape(entry.frame_url), title=title)
    if not entry.images_url:
        return frame
    return frame + _IMAGES.format(
        icon=draw_icon("photo"),
        text=escape(_("Images from elsewhere are not loaded.")),
        url=escape(entry.images_url),
        show=escape(_("Show images")),
    )


def _mail_head(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    lines = "".join(f'<dt>{escape(label)}</dt><dd dir="auto">{escape(value)}</dd>' for label, value in pairs)
    return f'<dl class="mail-head">{lines}</dl>'


def _files(files: list[File]) -> str:
    return f'<div class="files">{"".join([_file(each) for each in files])}</div>' if files else ""


def _file(each: File) -> str:
    url, name, size = escape(each.url), escape(each.name), escape(each.size)
    if each.thumb_url:
        return _PICTURE.format(url=url, thumb=escape(each.thumb_url), name=name, size=size)
    return _FILE.format(url=url, icon=draw_icon(each.icon), name=name, size=size)


def _foot(request: AgentRequest, entry: Drawn) -> str:
    """What became of a reply; with a form of its own only while something can be done about it."""
    delivery = entry.delivery
    if delivery is None:
        return ""
    forms = ""
    if delivery.cancel_url or delivery.retry_url:
        words = {"entry": entry, "csrf_token": get_token(request)}
        forms = render_to_string("tickets/_delivery_forms.html", words)
    goes = f' data-goes="{escape(delivery.at)}"' if delivery.at else ""
    return (
        f'<footer class="msg-foot"><span class="delivery" data-state="{escape(delivery.state)}"{goes}>'
        f"{draw_icon(delivery.icon)}<span>{escape(delivery.text)}</span></span>{forms}</footer>"
    )


def _is_removed(entry: Drawn) -> bool:
    return entry.of is not None and entry.of.is_redacted and not entry.of.body


def _removed() -> str:
    return f'<p class="redacted">{draw_icon("eye-off")}{escape(_("Removed"))}</p>'


def _via(glyph: str, label: object) -> str:
    return f'<span class="via">{draw_icon(glyph)}{escape(label)}</span>'


def _lang(entry: Drawn) -> str:
    return f' lang="{escape(entry.lang)}"' if entry.lang else ""


def _flags(entry: Drawn) -> str:
    return " data-follows" if entry.follows else ""
