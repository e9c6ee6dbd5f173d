"""The shape of what is written down about customers and companies. Rules stand in the actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import LANGUAGES, User
from accounts.web.parts import Part, PartedForm
from accounts.web.profile import zone_choices
from customers.models import Company, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPANIES_OFFERED = 200
EMPTY_ROWS = 3


def _zones() -> list[tuple[str, str]]:
    return [("", "–"), *zone_choices()]


class CompanyName(forms.CharField):
    """A company by its name, with those that are there on offer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)
        self.widget.attrs.update({"list": "companies", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        name = super().clean(value)
        if not name:
            return None
        company = Company.objects.filter(name__iexact=name).order_by("pk").first()
        if company is None:
            raise forms.ValidationError(_("There is no company of this name. Add it under Companies first."))
        return company


def company_names() -> list[str]:
    """Return what the browser offers for a company's name."""
    return list(Company.objects.values_list("name", flat=True)[:COMPANIES_OFFERED])


class FactsForm(PartedForm):
    """Who a customer is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    title = forms.CharField(label=gettext_lazy("Form of address"), max_length=40, required=False)
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), choices=Segment.choices)
    company = CompanyName(label=gettext_lazy("Company"), required=False)
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Relationship owner"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        empty_label="–",
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("", "–"), *LANGUAGES], required=False
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=_zones, required=False)


class NotesForm(PartedForm):
    """What colleagues should know."""

    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Only agents see this."),
    )


class NewCustomerForm(FactsForm):
    """A customer who has not written yet."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of address"),
        choices=[("email", gettext_lazy("Email")), ("phone", gettext_lazy("Phone"))],
        initial="email",
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=254, required=False)

    parts: Sequence[Part] = (
        Part(gettext_lazy("How to reach them"), ("kind", "address")),
        Part(
            gettext_lazy("Who it is"),
            ("name", "title", "segment", "company", "owner", "language", "time_zone"),
        ),
    )


class IdentityForm(forms.Form):
    """One more address of a customer."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("email", gettext_lazy("Email")), ("phone", gettext_lazy("Phone"))],
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=254)
    is_verified = forms.BooleanField(label=gettext_lazy("I have checked that it is theirs"), required=False)


class CompanyForm(PartedForm):
    """An organisation."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    domains = forms.CharField(
        label=gettext_lazy("Mail domains"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Separate them by commas: company.example, company.vn"),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Relationship owner"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        empty_label="–",
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_domains(self) -> list[str]:
        words = self.cleaned_data["domains"].replace(",", " ").split()
        if any("." not in word for word in words):
            raise forms.ValidationError(_("Write whole domains, such as company.example."))
        return words


def attribute_rows(attributes: dict[str, object]) -> list[tuple[str, object]]:
    """Return what is there, and some empty rows for more."""
    return [*sorted(attributes.items()), *[("", "")] * EMPTY_ROWS]


def attributes_from(names: list[str], values: list[str]) -> dict[str, str]:
    """Return the attributes of a posted form; a row without a name is left out."""
    pairs = zip(names, values, strict=False)
    return {name.strip()[:60]: value.strip()[:500] for name, value in pairs if name.strip()}
