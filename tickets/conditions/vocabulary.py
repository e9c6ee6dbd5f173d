"""The words of the language: what can be asked about a ticket, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CHOICE, LEVEL, TEXT, TIME, PERSON, REFERENCE, FLAG, LABELS, ANSWER = (
    "choice", "level", "text", "time", "person", "reference", "flag", "labels", "answer",
)  # fmt: skip

_EQUAL = ("is", "is_not", "in", "not_in")
_PRESENT = ("is_set", "is_empty")
_WORDS = ("contains", "not_contains", "starts_with")
OPERATORS: dict[str, tuple[str, ...]] = {
    CHOICE: (*_EQUAL, *_PRESENT),
    LEVEL: (*_EQUAL, "greater", "less"),
    TEXT: (*_EQUAL, *_WORDS, *_PRESENT),
    TIME: ("before", "after", "within", "older_than", *_PRESENT),
    PERSON: (*_EQUAL, *_PRESENT),
    REFERENCE: (*_EQUAL, *_PRESENT),
    FLAG: ("is", "is_not"),
    LABELS: (*_EQUAL, *_PRESENT),
    ANSWER: (*_EQUAL, *_WORDS, "greater", "less", "before", "after", *_PRESENT),
}
OPERATOR_LABELS: dict[str, _StrPromise] = {
    "is": _("is"),
    "is_not": _("is not"),
    "in": _("is one of"),
    "not_in": _("is none of"),
    "contains": _("contains"),
    "not_contains": _("does not contain"),
    "starts_with": _("starts with"),
    "before": _("before"),
    "after": _("after"),
    "within": _("within"),
    "older_than": _("longer ago than"),
    "greater": _("greater than"),
    "less": _("less than"),
    "is_set": _("has a value"),
    "is_empty": _("is empty"),
    "has_changed": _("has changed"),
}
ME = "me"


@dataclass(frozen=True)
class Field:
    """Something to ask about. `path` leads there from a ticket, in the ORM's way of writing it."""

    name: str
    kind: str
    label: _StrPromise | str
    path: str = ""
    key: str = ""  # of an answer: the key inside the JSON at `path`
    is_ahead: bool = False  # a time that lies ahead: "within" means the next hours, not the last
    has_never: bool = False  # NEVER stands for no time

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]


_FIELDS = [
    Field("status", CHOICE, _("Status"), "status"),
    Field("type", CHOICE, _("Type"), "type"),
    Field("priority", LEVEL, _("Priority"), "priority"),
    Field("team", REFERENCE, _("Team"), "team_id"),
    Field("assignee", PERSON, _("Assignee"), "assignee_id"),
    Field("follower", PERSON, _("Follower")),
    Field("tags", LABELS, _("Tags")),
    Field("channel", CHOICE, _("Channel"), "channel"),
    Field("inbox", REFERENCE, _("Inbox"), "inbox_id"),
    Field("language", CHOICE, _("Language"), "language"),
    Field("subject", TEXT, _("Subject"), "subject"),
    Field("is_spam", FLAG, _("Spam"), "is_spam"),
    Field("is_reopened", FLAG, _("Was reopened")),
    Field("created_at", TIME, _("Created"), "created_at"),
    Field("updated_at", TIME, _("Updated"), "updated_at"),
    Field("last_message_at", TIME, _("Last message"), "last_message_at"),
    Field("waiting_since", TIME, _("Customer waiting since"), "waiting_since"),
    Field("due_at", TIME, _("Due"), "next_due_at", is_ahead=True, has_never=True),
    Field("snoozed_until", TIME, _("Snoozed until"), "snoozed_until", is_ahead=True),
    Field("solved_at", TIME, _("Solved"), "solved_at"),
    Field("customer", REFERENCE, _("Customer"), "customer_id"),
    Field("customer.segment", CHOICE, _("Customer’s segment"), "customer__segment"),
    Field("customer.language", CHOICE, _("Customer’s language"), "customer__language"),
    Field("customer.company", REFERENCE, _("Customer’s company"), "customer__company_id"),
    Field("customer.owner", PERSON, _("Customer’s relationship owner"), "customer__owner_id"),
    Field("last_message.kind", CHOICE, _("Last message is"), "last_message_kind"),
    Field("last_message.text", TEXT, _("Last message’s text")),
    Field("last_message.is_automatic", FLAG, _("Last message is automatic")),
]
FIELDS = {field.name: field for field in _FIELDS}
_ANSWERS = {"custom.": "custom", "customer.attributes.": "customer__attributes"}
_KEY = re.compile(r"[\w-]{1,60}\Z")


def find(name: object) -> Field | None:
    """Return a field by name; custom fields and attributes of customers are named by their key."""
    if not isinstance(name, str):
        return None
    if name in FIELDS:
        return FIELDS[name]
    for prefix, path in _ANSWERS.items():
        key = name.removeprefix(prefix)
        if key != name and _KEY.match(key):
            return Field(name, ANSWER, key, path, key=key)
    return None
