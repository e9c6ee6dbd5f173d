"""The shape of what the workspace's forms ask. Rules stand in the actions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tickets.models import CustomField, Priority, Ticket, TicketLink, TicketType
from tickets.web.times import local_moment

_NUMBER = re.compile(r"\d+")
_MARKED = re.compile(r"/tickets/(\d+)|[#＃]\s*(\d+)")
_DIGITS = 18  # what the database holds


class TicketNumberInput(forms.TextInput):
    """A box for a number that offers some: those of `offered`, pairs of number and subject."""

    offered: Sequence[tuple[int, str]] = ()

    def render(self, name: str, value: object, attrs: Any = None, renderer: Any = None) -> SafeString:
        known = f"{name}-offered"
        box = super().render(name, value, {**(attrs or {}), "list": known, "autocomplete": "off"}, renderer)
        options = format_html_join("", '<option value="#{}">{}</option>', self.offered)
        return format_html('{}<datalist id="{}">{}</datalist>', box, known, options)


class TicketNumberField(forms.CharField):
    """A ticket by its number, as people write it: 48213, #48213 with words around it, or its address."""

    widget = TicketNumberInput

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=250, **options)

    def clean(self, value: object) -> Any:
        written = super().clean(value)
        marked = ["".join(each) for each in _MARKED.findall(written)]
        found = {int(each) for each in marked or _NUMBER.findall(written) if len(each) <= _DIGITS}
        if not found:
            raise forms.ValidationError(_("Write the number of a ticket, for example #48213."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("There is more than one number here. Write only one, for example #48213.")
            )
        return found.pop()


class SubjectForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=250)


class TypeForm(forms.Form):
    type = forms.ChoiceField(label=_("Type"), choices=TicketType.choices, widget=forms.RadioSelect)


class TagsForm(forms.Form):
    tags = forms.CharField(
        label=_("Tags"), required=False, help_text=_("Separate them by commas."), max_length=1000
    )


class MergeForm(forms.Form):
    into = TicketNumberField(
        label=_("Merge into"), help_text=_("The number of the ticket that stays. It can be undone later.")
    )


class LinkForm(forms.Form):
    other = TicketNumberField(label=_("Other ticket"))
    kind = forms.ChoiceField(
        label=_("This ticket is"), choices=TicketLink.Kind.choices, widget=forms.RadioSelect,
        initial=TicketLink.Kind.RELATED,
    )  # fmt: skip


class SpamForm(forms.Form):
    block_sender = forms.BooleanField(
        label=_("Block the sender"),
        required=False,
        help_text=_("What they send is kept in the ledger, unread."),
    )


class SnoozeForm(forms.Form):
    until = forms.CharField(label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def clean_until(self) -> Any:
        return local_moment(self.cleaned_data["until"])


class CustomerForm(forms.Form):
    customer = forms.CharField(
        label=_("Customer"),
        max_length=254,
        help_text=_("An address of the customer, as it stands in their profile."),
    )


class SplitForm(forms.Form):
    subject = forms.CharField(
        label=_("Subject of the new ticket"), max_length=250, required=False,
        help_text=_("Left empty, it keeps the subject of this one."),
    )  # fmt: skip


class RedactForm(forms.Form):
    passage = forms.CharField(
        label=_("Text to remove"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Left empty, the whole message is removed. It cannot be brought back."),
    )  # fmt: skip


class NewTicketForm(forms.Form):
    """A ticket that an agent opens by writing to a customer."""

    inbox = forms.ChoiceField(label=_("By inbox"))
    address = forms.CharField(
        label=_("To"), max_length=254, help_text=_("The customer's address in that channel."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=250)
    body = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 6}))
    type = forms.ChoiceField(label=_("Type"), choices=TicketType.choices, initial=TicketType.QUESTION)
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int, initial=2)
    client_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, inboxes: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["inbox"].choices = inboxes  # type: ignore[attr-defined]


def custom_form(ticket: Ticket) -> type[forms.Form]:
    """Return a form that asks the custom fields of this ticket's type."""
    asked = [
        each
        for each in CustomField.objects.filter(is_active=True)
        if not each.types or ticket.type in each.types
    ]
    members: dict[str, Any] = {each.key: _control(each, ticket.custom.get(each.key)) for each in asked}
    return type("CustomFieldsForm", (forms.Form,), members)


def _control(asked: CustomField, value: object) -> forms.Field:
    options: dict[str, Any] = {"label": asked.label, "required": False, "initial": value}
    if asked.is_required_to_solve:
        options["help_text"] = _("Needed to solve.")
    if asked.kind == CustomField.Kind.CHECKBOX:
        return forms.BooleanField(**options)
    if asked.kind == CustomField.Kind.CHOICE:
        return forms.ChoiceField(choices=[("", "–"), *((each, each) for each in asked.choices)], **options)
    types = {CustomField.Kind.NUMBER: "number", CustomField.Kind.DATE: "date"}
    attrs: dict[str, str] = {"type": types.get(CustomField.Kind(asked.kind), "text")}
    if attrs["type"] == "number":
        attrs["step"] = "any"
    return forms.CharField(max_length=2000, widget=forms.TextInput(attrs=attrs), **options)
