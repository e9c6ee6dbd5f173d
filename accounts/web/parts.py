"""Forms as the settings draw them: in parts, each with a heading; what a rule refuses stands at its field."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from django import forms

from helpdesk.errors import DomainError, NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.forms import BoundField
    from django.http import HttpRequest, QueryDict


class Part(NamedTuple):
    """Fields that belong together."""

    title: object
    names: Sequence[str]
    text: object = ""


class ShownPart(NamedTuple):
    """A part with its fields, ready to be drawn."""

    title: object
    text: object
    fields: list[BoundField]


class PartedForm(forms.Form):
    """A form whose fields stand in parts. Fields that no part names come last, without a heading."""

    parts: Sequence[Part] = ()
    elsewhere: Sequence[str] = ()  # fields that the page draws by itself

    def shown_parts(self) -> list[ShownPart]:
        """Return the parts with their fields, hidden ones aside."""
        named = {*self.elsewhere, *(name for part in self.parts for name in part.names)}
        rest = [name for name in self.fields if name not in named and not self[name].is_hidden]
        parts = [*self.parts, Part("", rest)] if rest else self.parts
        return [
            ShownPart(part.title, part.text, [self[name] for name in part.names if name in self.fields])
            for part in parts
        ]

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Show what an action refuses beside the field at fault. What one may not see stays not found."""
        with refusals(self):
            yield


@contextmanager
def refusals(form: forms.Form) -> Iterator[None]:
    """Turn the refusal of an action into an error of the form."""
    try:
        yield
    except (NotAllowedError, NotFoundError):
        raise
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)


def status_of(form: forms.Form) -> int:
    """Return 422 for a form with something to mend."""
    return 422 if form.is_bound and form.errors else 200


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, also when it is nothing; None when the form is only asked for."""
    return request.POST if request.method == "POST" else None
