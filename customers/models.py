"""People who write to us, the addresses they write from, and the companies they belong to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES
from helpdesk.search import asked, line_holds

if TYPE_CHECKING:
    from accounts.models import User


class Segment(models.TextChoices):
    """How the bank looks at a customer."""

    INDIVIDUAL = "individual", _("Individual")
    CORPORATE = "corporate", _("Corporate")


class Company(models.Model):
    """The organisation of a customer."""

    name = models.CharField(_("name"), max_length=200)
    domains = models.JSONField(_("mail domains"), default=list, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_companies",
        verbose_name=_("relationship owner"),
    )
    notes = models.TextField(_("notes"), blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(models.QuerySet["Customer"]):
    def current(self) -> CustomerQuerySet:
        """Leave out those who were merged into another."""
        return self.filter(merged_into=None)

    def visible_to(self, agent: User) -> CustomerQuerySet:
        """Everyone who signs in may look every customer up: see `customers.policies`."""
        return self if agent.is_active else self.none()

    def matching(self, question: str) -> CustomerQuerySet:
        """Customers whose name, company or addresses hold every word; a phone number in any writing.

        The newest first, by an order that no index has: so that the one of the words is used.
        """
        digits = _NOT_DIGITS.sub("", question)
        condition = line_holds(question, table="customers_customer", column="search_words")
        if len(digits) >= 6 and not _LETTERS.search(question) and len(asked(question)) > 0:
            number = digits.removeprefix("00").lstrip("0")
            condition |= line_holds(number, table="customers_customer", column="search_words")
        return self.current().filter(condition).order_by((F("pk") + 0).desc())


_NOT_DIGITS, _LETTERS = re.compile(r"\D"), re.compile(r"[^\W\d_]")


class Customer(models.Model):
    """A person who writes to us, whatever the channel."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    title = models.CharField(_("form of address"), max_length=40, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="customers"
    )
    segment = models.CharField(
        _("segment"), max_length=12, choices=Segment.choices, default=Segment.INDIVIDUAL
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_customers",
        verbose_name=_("relationship owner"),
    )
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="absorbed"
    )
    search_words = models.TextField(blank=True, default="")  # see customers.searching
    created_at = models.DateTimeField(default=timezone.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["name"], name="customer_name")]

    def __str__(self) -> str:
        return self.name or str(_("Customer %(number)s") % {"number": self.pk})


class Identity(models.Model):
    """One address of a customer: an email, a phone number, a chat account.

    `kind` is the adapter's word for it ("email", "phone", "telegram", …). Verified means that
    the channel or an agent proved that the address is the customer's; only then may two customers
    be merged automatically.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(_("kind"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_verified = models.BooleanField(_("verified"), default=False)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    undeliverable_at = models.DateTimeField(null=True, blank=True)
    undeliverable_reason = models.CharField(max_length=250, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="identity_once")]
        indexes = [models.Index(fields=["address"], name="identity_address")]

    def __str__(self) -> str:
        return self.address


class CustomerMerge(models.Model):
    """Two customers made one, with what moved, so that it can be undone."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    absorbed = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merged_by")
    moved = models.JSONField(default=dict)  # {"identities": [..], "tickets": [..], "kept_before": {..}}
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    merged_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at=None), name="customer_absorbed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.kept_id}"
