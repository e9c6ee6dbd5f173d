"""Keep the words by which a customer is found. Actions call `refresh` after what they changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from customers.models import Company, Customer
from helpdesk.search import line

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST_ENDING = 4  # digits: "3456" finds +84 90 123 3456
_DIGITS = re.compile(r"\D")
_PHONE = re.compile(r"\+?\d{6,15}\Z")


def words_of(name: str, company: str, addresses: Iterable[str]) -> str:
    """Return the words of a customer: name, company, addresses; a phone number by each of its endings."""
    texts = [name, company]
    for address in addresses:
        texts.append(address)
        if _PHONE.match(address):
            digits = _DIGITS.sub("", address)
            texts += [digits[start:] for start in range(len(digits) - SHORTEST_ENDING + 1)]
    return line(*texts)


def refresh(*customer_ids: int) -> None:
    """Write the words of these customers anew."""
    customers = Customer.objects.filter(pk__in=customer_ids).select_related("company")
    for customer in customers.prefetch_related("identities"):
        company = customer.company.name if customer.company else ""
        names = " ".join([customer.name, *(each.name for each in customer.identities.all())])
        words = words_of(names, company, [each.address for each in customer.identities.all()])
        if words != customer.search_words:
            Customer.objects.filter(pk=customer.pk).update(search_words=words)


def refresh_company(company: Company) -> None:
    """A company has another name: so have its people."""
    refresh(*company.customers.values_list("pk", flat=True))


def refresh_all(batch: int = 500) -> int:
    """Write the words of every customer anew; return how many there are."""
    number, last = 0, 0
    while ids := list(
        Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:batch]
    ):
        refresh(*ids)
        number, last = number + len(ids), ids[-1]
    return number
