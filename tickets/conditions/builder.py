"""What a page needs to let people build conditions by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from customers.models import Company, Customer
from tickets.conditions import vocabulary as words
from tickets.models import CustomField, Message, Priority, Status, Tag, Ticket, TicketType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_CHOICES = 500


@dataclass(frozen=True)
class Choice:
    value: object
    label: str


@dataclass(frozen=True)
class FieldChoice:
    """One field of the builder: what it is called, how it may be asked, and with what."""

    name: str
    label: str
    kind: str  # choice, level, text, time, person, reference, flag, labels, answer
    operators: tuple[Choice, ...]
    choices: tuple[Choice, ...] = ()
    input: str = "text"  # of an answer: text, number, date, choice, checkbox


def fields(*, with_me: bool = True) -> list[FieldChoice]:
    """Return every field with its operators and choices, labels in the reader's language.

    Without `with_me` nobody is offered as "Me": for rules, which nobody looks at.
    """
    system = [_field(field) for field in words.FIELDS.values() if field.name != "customer"]
    if not with_me:
        system = [_without_me(each) for each in system]
    return system + [_custom(each) for each in CustomField.objects.filter(is_active=True)]


def _field(field: words.Field) -> FieldChoice:
    load = _CHOICES.get(field.name)
    return FieldChoice(
        field.name, str(field.label), field.kind, _operators(field), tuple(load() if load else ())
    )


def _without_me(field: FieldChoice) -> FieldChoice:
    return replace(field, choices=tuple(each for each in field.choices if each.value != words.ME))


def _custom(custom: CustomField) -> FieldChoice:
    field = words.find(f"custom.{custom.key}")
    assert field is not None  # noqa: S101  # a key is a slug, and slugs are known names
    shown = replace(_field(field), label=custom.label, input=custom.kind)
    wanted = _ANSWER_OPERATORS[custom.kind]
    return replace(
        shown,
        operators=tuple(each for each in shown.operators if each.value in wanted),
        choices=tuple(Choice(each, str(each)) for each in custom.choices),
    )


_ANSWER_OPERATORS: dict[str, set[str]] = {
    "text": {"is", "is_not", "contains", "not_contains", "starts_with", "is_set", "is_empty"},
    "number": {"is", "is_not", "greater", "less", "is_set", "is_empty"},
    "date": {"is", "before", "after", "is_set", "is_empty"},
    "choice": {"is", "is_not", "in", "not_in", "is_set", "is_empty"},
    "checkbox": {"is", "is_not"},
}


def _operators(field: words.Field) -> tuple[Choice, ...]:
    return tuple(Choice(op, str(words.OPERATOR_LABELS[op])) for op in field.operators)


def _labels(pairs: Iterable[tuple[object, object]]) -> list[Choice]:
    return [Choice(value, str(label)) for value, label in pairs]


def _people() -> list[Choice]:
    active = User.objects.filter(is_active=True)[:MAX_CHOICES]
    return [Choice(words.ME, _("Me")), *(Choice(each.pk, str(each)) for each in active)]


def _inboxes() -> list[Choice]:
    return _labels(_inbox().objects.values_list("pk", "name")[:MAX_CHOICES])


def _channels() -> list[Choice]:
    return _labels(_inbox()._meta.get_field("channel").flatchoices)


def _inbox() -> Any:
    """The model of the room beyond, which this one may not import."""
    return Ticket._meta.get_field("inbox").related_model


def _languages() -> list[Choice]:
    return _labels(settings.LANGUAGES)


_CHOICES: dict[str, Callable[[], list[Choice]]] = {
    "status": lambda: _labels(Status.choices),
    "type": lambda: _labels(TicketType.choices),
    "priority": lambda: [Choice(each.slug, str(each.label)) for each in Priority],
    "team": lambda: _labels(Team.objects.values_list("pk", "name")),
    "assignee": _people,
    "follower": _people,
    "tags": lambda: _labels(Tag.objects.values_list("name", "name")[:MAX_CHOICES]),
    "channel": _channels,
    "inbox": _inboxes,
    "language": _languages,
    "customer.segment": lambda: _labels(Customer._meta.get_field("segment").flatchoices),
    "customer.language": _languages,
    "customer.company": lambda: _labels(Company.objects.values_list("pk", "name")[:MAX_CHOICES]),
    "customer.owner": _people,
    "last_message.kind": lambda: _labels(Message.Kind.choices),
    "is_spam": lambda: _labels([(True, gettext_lazy("Yes")), (False, gettext_lazy("No"))]),
}
