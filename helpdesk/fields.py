"""One field of a form as the design draws it: label, control, what is wrong, what to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django.forms import BoundField
    from django.forms.boundfield import BoundWidget


def field(bound: BoundField, label: str = "", *, hint: bool = True) -> SafeString:
    """Draw a bound field. The browser ties control, error and hint together by their ids."""
    text = label or bound.label
    if isinstance(bound.field.widget, forms.HiddenInput):
        return bound.as_widget()
    if isinstance(bound.field.widget, forms.CheckboxInput):
        return format_html("<div>{}{}</div>", _tick(bound, text), _below(bound, hint=hint))
    if bound.use_fieldset:
        return _group(bound, text, hint=hint)
    return format_html(
        '<div><label class="form-label" for="{}">{}</label>{}{}</div>',
        bound.id_for_label, text, _control(bound), _below(bound, hint=hint),
    )  # fmt: skip


def _control(bound: BoundField) -> SafeString:
    is_select = isinstance(bound.field.widget, forms.Select)
    attrs: dict[str, str | bool] = {"class": _classes(bound, "form-select" if is_select else "form-control")}
    if bound.field.widget.attrs.get("placeholder") == bound.label:
        attrs["placeholder"] = False  # it would only say the label again, and vanish when needed
    return bound.as_widget(attrs=attrs)


def _tick(bound: BoundField, text: object) -> SafeString:
    return format_html(
        '<label class="form-check">{}<span class="form-check-label">{}</span></label>',
        bound.as_widget(attrs={"class": _classes(bound, "form-check-input")}), text,
    )  # fmt: skip


def _group(bound: BoundField, text: object, *, hint: bool) -> SafeString:
    options = format_html_join(
        "",
        '<label class="form-check">{}<span class="form-check-label">{}</span></label>',
        ((_option(option), option.choice_label) for option in bound.subwidgets),
    )
    described = bound.aria_describedby
    return format_html(
        '<fieldset{}><legend class="form-label">{}</legend>{}{}</fieldset>',
        format_html(' aria-describedby="{}"', described) if described else "",
        text, options, _below(bound, hint=hint),
    )  # fmt: skip


def _option(option: BoundWidget) -> SafeString:
    option.data["attrs"]["class"] = "form-check-input"
    return option.tag()


def _below(bound: BoundField, *, hint: bool) -> SafeString:
    from helpdesk.templatetags.ui import icon  # that module registers this one

    wrong = format_html_join(
        "",
        '<span class="form-error">{}<span>{}</span></span>',
        ((icon("alert-circle"), e) for e in bound.errors),
    )
    parts = []
    if wrong:
        parts.append(format_html('<div id="{}_error">{}</div>', bound.id_for_label or bound.auto_id, wrong))
    if bound.help_text and hint:
        parts.append(
            format_html('<div class="form-hint" id="{}_helptext">{}</div>', bound.auto_id, bound.help_text)
        )
    return SafeString("".join(parts))


def _classes(bound: BoundField, name: str) -> str:
    own = bound.field.widget.attrs.get("class", "")
    return f"{name} {own}".strip()
