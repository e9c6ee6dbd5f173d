"""The public form as people fill it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from channels_app.adapters.form import parse_topics
from tickets.models import CustomField

MAX_FILES = 10


class Files(forms.FileField):
    """Any number of files, within limits."""

    widget = type("ManyFiles", (forms.ClearableFileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = [each for each in (data if isinstance(data, (list, tuple)) else [data]) if each]
        if len(given) > MAX_FILES:
            raise forms.ValidationError(_("Add at most %(most)s files.") % {"most": MAX_FILES})
        limit = settings.ATTACHMENT_MAX_BYTES
        if sum(each.size or 0 for each in given) > limit:
            raise forms.ValidationError(
                _("These files are too large together. The limit is %(limit)s MB.")
                % {"limit": limit // (1024 * 1024)}
            )
        return [super(Files, self).clean(each, initial) for each in given]


class PublicForm(forms.Form):
    """Name, address, subject and words; a topic and further fields where the desk asks for them."""

    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    topic = forms.ChoiceField(label=_("What is it about?"))
    subject = forms.CharField(label=_("Subject"), max_length=200)
    message = forms.CharField(
        label=_("Your message"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 7})
    )
    files = Files(label=_("Files"), required=False)  # type: ignore[assignment]  # a field; forms keep it apart
    # for programs only: people do not see it, and it must stay empty
    website = forms.CharField(
        required=False, label=_("Leave this empty"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip
    token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, config: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = parse_topics(str(config.get("topics") or ""))
        self._ask_topic()
        if not config.get("takes_files", True):
            del self.fields["files"]
        self.asked = list(
            CustomField.objects.filter(is_active=True, key__in=config.get("fields_asked") or ())
        )
        for custom in self.asked:
            self.fields[f"custom_{custom.key}"] = _field(custom)
        later: list[str] = [name for name in ("message", "files", "website", "token") if name in self.fields]
        self.order_fields([name for name in self.fields if name not in later] + later)
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = kind
            if self.is_bound and name in self.errors:
                field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"wrong_{name}"}

    def _ask_topic(self) -> None:
        if not self.topics:
            del self.fields["topic"]
            return
        choices = [(str(index), label) for index, (label, _kind) in enumerate(self.topics)]
        self.fields["topic"].choices = [("", _("Choose…")), *choices]  # type: ignore[attr-defined]

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that people see, in order."""
        return [self[name] for name in self.fields if name not in ("website", "token")]

    def values(self) -> dict[str, Any]:
        """What was asked, as the adapter reads it; files apart."""
        clean = self.cleaned_data
        kind = self.topics[int(clean["topic"])][1] if self.topics else "question"
        return {
            "name": clean["name"],
            "email": clean["email"],
            "subject": clean["subject"],
            "text": clean["message"],
            "type": kind,
            "custom": dict(self._custom(kind)),
            "trap": bool(clean["website"]),
        }

    def _custom(self, kind: str) -> Iterable[tuple[str, Any]]:
        for custom in self.asked:
            value = self.cleaned_data.get(f"custom_{custom.key}")
            if value not in (None, "") and (not custom.types or kind in custom.types):
                yield custom.key, _plain(value)


def _field(custom: CustomField) -> forms.Field:
    if custom.kind == CustomField.Kind.NUMBER:
        return forms.DecimalField(label=custom.label, required=False, max_digits=18)
    if custom.kind == CustomField.Kind.DATE:
        widget = forms.DateInput(attrs={"type": "date"})
        return forms.DateField(label=custom.label, required=False, widget=widget)
    if custom.kind == CustomField.Kind.CHOICE:
        choices = [("", "—"), *((str(each), str(each)) for each in custom.choices)]
        return forms.ChoiceField(label=custom.label, required=False, choices=choices)
    if custom.kind == CustomField.Kind.CHECKBOX:
        return forms.BooleanField(label=custom.label, required=False)
    return forms.CharField(label=custom.label, required=False, max_length=500)


def _plain(value: Any) -> Any:
    """As JSON keeps it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
