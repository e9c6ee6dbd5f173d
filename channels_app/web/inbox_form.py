"""What is asked about an inbox: our own part, the channel's part, and the hours, as one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES, Team
from accounts.web.parts import Part, PartedForm, ShownPart
from accounts.web.profile import zone_choices
from channels_app import secrets
from channels_app.config_form import config_form
from channels_app.models import Inbox
from channels_app.registry import adapter_class
from channels_app.web.hours_form import hours_from, week
from helpdesk.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

OWN = (
    "name", "address", "team", "language", "signature", "is_auto_reply_on", "auto_reply_when", "auto_reply",
    "time_zone", "is_add_cc_followers",
)  # fmt: skip
FORGET = "forget"


class InboxForm(PartedForm):
    """What every inbox has, whatever its channel."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Customers see it as the sender."))
    address = forms.CharField(
        label=_("Address"), max_length=254, required=False, help_text=_("What customers write to.")
    )
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.filter(is_active=True),
        required=False,
        empty_label=_("None: routing rules decide"),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    signature = forms.CharField(
        label=_("Signature"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_add_cc_followers = forms.BooleanField(label=_("Colleagues in CC follow the ticket"), required=False)
    is_auto_reply_on = forms.BooleanField(label=_("Send an automatic reply to new tickets"), required=False)
    auto_reply_when = forms.ChoiceField(
        label=_("When"), choices=Inbox.AutoReplyWhen.choices, initial=Inbox.AutoReplyWhen.ALWAYS
    )
    auto_reply = forms.CharField(
        label=_("Its text"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    time_zone = forms.ChoiceField(label=_("Time zone of the hours"), choices=zone_choices, initial="UTC")

    parts: Sequence[Part] = (
        Part(_("The inbox"), ("name", "address", "team", "language", "is_add_cc_followers")),
        Part(_("Replies"), ("signature",)),
        Part(
            _("Automatic reply"),
            ("is_auto_reply_on", "auto_reply_when", "auto_reply"),
            _("Never sent to machines, lists and our own addresses, nor too often to one person."),
        ),
    )

    elsewhere = ("time_zone",)

    def __init__(self, *args: Any, takes_mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].required = takes_mail


class InboxForms:
    """The forms of one inbox together."""

    def __init__(self, channel: str, data: QueryDict | None, inbox: Inbox | None = None) -> None:
        adapter = adapter_class(channel)
        self.inbox, self.data = inbox, data
        initial = {name: getattr(inbox, name) for name in OWN} if inbox is not None else {}
        self.own = InboxForm(data, prefix="inbox", initial=initial, takes_mail=adapter.takes_mail)
        self.config = config_form(channel, data, inbox=inbox)
        self.stored = sorted(adapter.secret_fields & set(secrets.unseal(inbox.sealed) if inbox else {}))
        self.hours_error = ""

    @property
    def is_bound(self) -> bool:
        return self.own.is_bound

    @property
    def errors(self) -> list[object]:
        """Everything there is to mend."""
        hours = [self.hours_error] if self.hours_error else []
        return [*self.own.errors, *self.config.errors, *hours]

    def is_valid(self) -> bool:
        is_own, is_config = self.own.is_valid(), self.config.is_valid()
        return is_own and is_config

    def values(self) -> dict[str, Any]:
        """Return what `create_inbox` and `update_inbox` take."""
        data = self.data
        assert data is not None  # noqa: S101  # only after is_valid
        return {**self.own.cleaned_data, "hours": hours_from(data), "config": self.config.cleaned_data}

    def forgotten(self) -> list[str]:
        return [name for name in (self.data.getlist(FORGET) if self.data else []) if name in self.stored]

    def refuse(self, error: DomainError) -> None:
        """Put what the action refused where it belongs."""
        if error.field == "hours":
            self.hours_error = error.message
        elif error.field in self.config.fields:
            self.config.add_error(error.field, error.message)
        else:
            self.own.add_error(error.field if error.field in self.own.fields else None, error.message)

    def week(self) -> Any:
        return week(self.inbox.hours if self.inbox is not None else {}, self.data)

    def config_parts(self) -> list[ShownPart]:
        """Return the channel's own fields, in the parts that it names."""
        parts = list(getattr(self.config, "parts", ()))
        named = {name for _title, names in parts for name in names}
        rest = [name for name in self.config.fields if name not in named]
        parts += [(_("How it is connected") if not parts else "", rest)] if rest else []
        return [ShownPart(title, "", [self.config[name] for name in names]) for title, names in parts]
