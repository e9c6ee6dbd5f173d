"""Forms about one ticket: a dialog with scripts, a page without. One table says what each asks and does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from customers.models import Customer
from helpdesk.errors import DomainError, NotFoundError
from tickets import policies
from tickets.actions.link import link
from tickets.actions.merge import merge
from tickets.actions.properties import change_customer, change_subject, change_type, set_custom
from tickets.actions.redact import redact
from tickets.actions.snooze import snooze
from tickets.actions.spam import mark_spam
from tickets.actions.split import split
from tickets.actions.tag import tag
from tickets.models import Ticket
from tickets.web import forms
from tickets.web.http import actor_of, agents_only, queue_query, ticket_url, visible_message, visible_ticket

if TYPE_CHECKING:
    from accounts.http import AgentRequest
    from tickets.actor import Actor

Data = dict[str, Any]
OFFERED = 10  # tickets


@dataclass(frozen=True)
class Dialog:
    """What a form asks, what it starts with, what it does, and which ticket is shown afterwards."""

    title: Any
    button: Any
    form: Callable[[Ticket], type[django_forms.Form]]
    act: Callable[[Ticket, Data, Actor], int | None]
    initial: Callable[[Ticket], Data] = lambda _ticket: {}
    is_danger: bool = False


def _tags(ticket: Ticket, data: Data, actor: Actor) -> None:
    wanted = {name.strip() for name in data["tags"].split(",") if name.strip()}
    has = set(ticket.tags.values_list("name", flat=True))
    tag(ticket.pk, add=wanted - has, remove=has - wanted, actor=actor)


def _merge(ticket: Ticket, data: Data, actor: Actor) -> int:
    merge(ticket.pk, into_id=data["into"], actor=actor)
    return int(data["into"])


def _customer(ticket: Ticket, data: Data, actor: Actor) -> None:
    address = data["customer"].strip().lower()
    found = Customer.objects.filter(identities__address=address, merged_into=None).first()
    if found is None:
        raise NotFoundError(
            _("Nobody has this address. Check it, or create the customer first."), field="customer"
        )
    change_customer(ticket.pk, customer=found, actor=actor)


def _fields(ticket: Ticket, data: Data, actor: Actor) -> None:
    set_custom(ticket.pk, values=data, actor=actor)


def _here(act: Callable[[Ticket, Data, Actor], object]) -> Callable[[Ticket, Data, Actor], None]:
    """Do it, and stay at this ticket."""

    def stay(ticket: Ticket, data: Data, actor: Actor) -> None:
        act(ticket, data, actor)

    return stay


DIALOGS: dict[str, Dialog] = {
    "subject": Dialog(
        gettext_lazy("Change the subject"), gettext_lazy("Save"), lambda _t: forms.SubjectForm,
        _here(lambda t, data, actor: change_subject(t.pk, to=data["subject"], actor=actor)),
        lambda t: {"subject": t.subject},
    ),
    "type": Dialog(
        gettext_lazy("Change the type"), gettext_lazy("Save"), lambda _t: forms.TypeForm,
        _here(lambda t, data, actor: change_type(t.pk, to=data["type"], actor=actor)),
        lambda t: {"type": t.type},
    ),
    "tags": Dialog(
        gettext_lazy("Tags"), gettext_lazy("Save tags"), lambda _t: forms.TagsForm, _tags,
        lambda t: {"tags": ", ".join(t.tags.values_list("name", flat=True))},
    ),
    "fields": Dialog(gettext_lazy("Fields"), gettext_lazy("Save"), forms.custom_form, _fields),
    "customer": Dialog(
        gettext_lazy("Change the customer"), gettext_lazy("Change the customer"),
        lambda _t: forms.CustomerForm, _customer,
    ),
    "link": Dialog(
        gettext_lazy("Link to another ticket"), gettext_lazy("Link"), lambda _t: forms.LinkForm,
        _here(lambda t, data, actor: link(t.pk, other_id=data["other"], kind=data["kind"], actor=actor)),
    ),
    "merge": Dialog(
        gettext_lazy("Merge into another ticket"), gettext_lazy("Merge"), lambda _t: forms.MergeForm, _merge,
    ),
    "spam": Dialog(
        gettext_lazy("Mark as spam"), gettext_lazy("Mark as spam"), lambda _t: forms.SpamForm,
        _here(lambda t, data, actor: mark_spam(t.pk, block_sender=data["block_sender"], actor=actor)),
        is_danger=True,
    ),
    "snooze": Dialog(
        gettext_lazy("Snooze"), gettext_lazy("Snooze"), lambda _t: forms.SnoozeForm,
        _here(lambda t, data, actor: snooze(t.pk, until=data["until"], actor=actor)),
    ),
}  # fmt: skip


@agents_only
@require_http_methods(["GET", "POST"])
def ticket_form(request: AgentRequest, pk: int, name: str) -> HttpResponse:
    """Ask, and do."""
    ticket = visible_ticket(request, pk)
    dialog = DIALOGS.get(name)
    if dialog is None:
        raise NotFoundError(_("There is no such form."))
    policies.require_work_on(actor_of(request), ticket)
    return _ask(request, ticket, dialog, reverse("tickets:form", args=[pk, name]))


@agents_only
@require_http_methods(["GET", "POST"])
def split_form(request: AgentRequest, pk: int) -> HttpResponse:
    """Make a new ticket of one message."""
    message = visible_message(request, pk)
    policies.require_work_on(actor_of(request), message.ticket)

    def act(_ticket: Ticket, data: Data, actor: Actor) -> int:
        return split(pk, subject=data["subject"], actor=actor).pk

    title, button = _("Make a new ticket of this message"), _("Make a new ticket")
    dialog = Dialog(title, button, lambda _ticket: forms.SplitForm, act)
    return _ask(request, message.ticket, dialog, reverse("tickets:split", args=[pk]))


@agents_only
@require_http_methods(["GET", "POST"])
def redact_form(request: AgentRequest, pk: int) -> HttpResponse:
    """Remove a passage, or all of a message, for good."""
    message = visible_message(request, pk)
    policies.require_supervise(actor_of(request), message.ticket)

    def act(_ticket: Ticket, data: Data, actor: Actor) -> None:
        redact(pk, passage=data["passage"], actor=actor)

    title, button = _("Remove text from this message"), _("Remove for good")
    dialog = Dialog(title, button, lambda _ticket: forms.RedactForm, act, is_danger=True)
    return _ask(request, message.ticket, dialog, reverse("tickets:redact", args=[pk]))


def _ask(request: AgentRequest, ticket: Ticket, dialog: Dialog, action: str) -> HttpResponse:
    form_class = dialog.form(ticket)
    form = (
        form_class(request.POST) if request.method == "POST" else form_class(initial=dialog.initial(ticket))
    )
    _offer(request, ticket, form)
    if request.method == "POST" and _valid(form):
        try:
            shown = dialog.act(ticket, form.cleaned_data, actor_of(request))
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            return _after(request, ticket, shown)
    context = {
        "ticket": ticket, "title": dialog.title, "button": dialog.button, "form": form, "action": action,
        "is_danger": dialog.is_danger, "back_url": ticket_url(ticket.pk, queue_query(request)),
        "partial": "tickets/_form.html", "section": "inbox", "is_page": not request.htmx,
    }  # fmt: skip
    template = "tickets/_form.html" if request.htmx else "tickets/form_page.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _offer(request: AgentRequest, ticket: Ticket, form: django_forms.Form) -> None:
    """Where another ticket is asked for, offer the customer's others: nobody knows numbers by heart."""
    asked = [each.widget for each in form.fields.values() if isinstance(each, forms.TicketNumberField)]
    if not asked:
        return
    others = Ticket.objects.visible_to(request.user).filter(customer=ticket.customer_id, merged_into=None)
    offered = list(others.exclude(pk=ticket.pk).order_by("-pk").values_list("pk", "subject")[:OFFERED])
    for widget in asked:
        widget.offered = offered


def _valid(form: django_forms.Form) -> bool:
    try:
        return form.is_valid()
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False


def _after(request: AgentRequest, ticket: Ticket, shown: int | None) -> HttpResponse:
    """Show the ticket that is left; the same one refreshes itself by the poke."""
    target = shown or ticket.pk
    seen = Ticket.objects.visible_to(request.user).filter(pk=target).exists()
    url = ticket_url(target, queue_query(request)) if seen else reverse("tickets:inbox")
    if not request.htmx:
        return redirect(url)
    if target != ticket.pk or not seen:
        messages.success(request, _("Done. This is the ticket to go on with."))
        return HttpResponse(headers={"HX-Redirect": url})
    told = ("dialog:done", f"ticket:{ticket.pk}", f"panel:{ticket.pk}", f"links:{ticket.pk}")
    return HttpResponse(headers={"HX-Reswap": "none", "HX-Trigger": ", ".join(told)})
