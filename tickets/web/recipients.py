"""Above the text of a reply: to whom, by which inbox, with copies to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from helpdesk.compiled import compiled
from helpdesk.errors import ConflictError
from tickets.models import Conversation
from tickets.recipients import envelope, identities_for, inboxes_for, kept_copies, last_envelope, typed
from tickets.web import channels
from tickets.web.http import actor_of, agents_only, number, ticket_url, visible_ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from accounts.http import AgentRequest
    from channels_app.models import Inbox
    from customers.models import Identity
    from tickets.models import Ticket
    from tickets.recipients import Pair
    from tickets.web.entries import Drawn


class Wanted(NamedTuple):
    """What a draft, a form or an address says about it; nothing where nobody has chosen."""

    conversation: int | None = None
    inbox: int | None = None
    identity: int | None = None
    cc: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wanted:
        """Read a form. Copies that are still those we proposed were not chosen by anybody."""
        cc = given.get("cc")
        if cc is not None and cc.strip() == given.get("cc_kept", "").strip():
            cc = None
        conversation, inbox, identity = (
            number(given.get(name)) for name in ("conversation", "inbox", "identity")
        )
        return cls(conversation, inbox, identity, cc)


class Choice(NamedTuple):
    """One entry of a select."""

    pk: int
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Recipients:
    """What `tickets/_recipients.html` prints."""

    conversation: int | None
    inbox: int
    identity: int
    label: str
    icon: str
    has_html: bool
    has_cc: bool
    signature: str
    cc: str
    cc_kept: str  # what we proposed
    identities: list[Choice] = field(default_factory=list)
    inboxes: list[Choice] = field(default_factory=list)


def of(
    request: AgentRequest, ticket: Ticket, wanted: Wanted, entries: Iterable[Drawn] | None = None
) -> Recipients | None:
    """Return whom a reply goes to: as wanted, or who wrote last. `entries` spare a look at the messages.

    None when there is nobody to write to.
    """
    begun = _begun(ticket)
    chosen = _chosen(request, ticket, begun, wanted)
    return _drawn(request, chosen, begun, wanted, entries) if chosen else None


def _begun(ticket: Ticket) -> list[Conversation]:
    """The conversations of a ticket, the one last written in first."""
    return _conversations(ticket.pk)


@compiled(is_planned_once=True)
def _conversations(ticket_id: int) -> QuerySet[Conversation]:
    found = Conversation.objects.filter(ticket_id=ticket_id).select_related("inbox", "identity")
    return found.order_by("-last_message_at", "-pk")


def _chosen(
    request: AgentRequest, ticket: Ticket, begun: list[Conversation], wanted: Wanted
) -> Conversation | None:
    """The conversation wanted; unsaved when it is to be begun."""
    if wanted.inbox and wanted.identity:
        for each in begun:
            if (each.inbox_id, each.identity_id) == (wanted.inbox, wanted.identity):
                return each
        inbox = _able(request).get(wanted.inbox)
        identity = identities_for(ticket).filter(pk=wanted.identity).first()
        if inbox and identity and inbox.adapter.identity_kind == identity.kind:
            return Conversation(ticket=ticket, inbox=inbox, identity=identity, channel=inbox.channel)
    if begun:
        return next((each for each in begun if each.pk == wanted.conversation), begun[0])
    return _first(request, ticket)


def _first(request: AgentRequest, ticket: Ticket) -> Conversation | None:
    """Where to write about what came by no channel of ours, a call that was noted down for one."""
    able = list(_able(request).values())
    for identity in identities_for(ticket).order_by("-is_verified", "pk"):
        for inbox in able:
            if inbox.adapter.identity_kind == identity.kind:
                return Conversation(ticket=ticket, inbox=inbox, identity=identity, channel=inbox.channel)
    return None


def _able(request: AgentRequest) -> dict[int, Inbox]:
    """The inboxes that may begin a conversation: a form only takes in."""
    return {each.pk: each for each in inboxes_for(actor_of(request)) if not each.adapter.has_page}


def _drawn(
    request: AgentRequest,
    chosen: Conversation,
    begun: list[Conversation],
    wanted: Wanted,
    entries: Iterable[Drawn] | None,
) -> Recipients:
    look = channels.look(chosen.channel)
    said_in = chosen if chosen.pk else (begun[0] if begun else None)
    kept = ""
    if look.has_subject and said_in is not None:
        kept = typed(kept_copies(chosen.identity, _envelope(said_in, entries)))
    names = {"address": chosen.identity.address, "inbox": chosen.inbox.name}
    return Recipients(
        conversation=chosen.pk,
        inbox=chosen.inbox_id,
        identity=chosen.identity_id,
        label=_("%(address)s via %(inbox)s") % names,
        icon=look.icon,
        has_html=look.has_html,
        has_cc=look.has_subject,
        signature=chosen.inbox.signature or request.user.signature,
        cc=kept if wanted.cc is None else wanted.cc,
        cc_kept=kept,
    )


def _envelope(conversation: Conversation, entries: Iterable[Drawn] | None) -> list[Pair]:
    """Of the message last said there; the page has it, as a rule."""
    for drawn in reversed(list(entries or ())):
        said = drawn.of
        if said is None or said.conversation_id != conversation.pk or said.kind == "note":
            continue
        if not said.is_automatic:
            return envelope(said.to, said.cc)
    return last_envelope(conversation)


@agents_only
@require_GET
def recipients(request: AgentRequest, pk: int) -> HttpResponse:
    """All addresses and inboxes to choose from; for htmx the part above the text, else a page."""
    ticket = visible_ticket(request, pk)
    begun = _begun(ticket)
    identities, inboxes = _choices(request, ticket, begun)
    wanted = _fitting(Wanted.of(request.GET), identities, inboxes)
    chosen = _chosen(request, ticket, begun, wanted)
    if chosen is None:
        raise ConflictError(_("The customer has no address for your inboxes."), code="no_address")
    shown = _drawn(request, chosen, begun, wanted, None)
    context = {"ticket": ticket, "recipients": shown, "is_refetched": True}
    if "closed" in request.GET:
        return render(request, "tickets/_recipients.html", context)
    shown.identities.extend(Choice(each.pk, _address(each), each.pk == shown.identity) for each in identities)
    able = [each for each in inboxes if each.adapter.identity_kind == chosen.identity.kind]
    shown.inboxes.extend(Choice(each.pk, _inbox(each), each.pk == shown.inbox) for each in able)
    if request.htmx:
        return render(request, "tickets/_recipients.html", context)
    context |= {
        "title": _("To whom, by which inbox"), "partial": "tickets/_recipients_page.html",
        "action": ticket_url(pk), "section": "inbox", "is_page": True,
    }  # fmt: skip
    return render(request, "tickets/form_page.html", context)


def _choices(
    request: AgentRequest, ticket: Ticket, begun: list[Conversation]
) -> tuple[list[Identity], list[Inbox]]:
    """Addresses and inboxes, first those of the conversations there are."""
    identities = {each.identity_id: each.identity for each in begun}
    identities |= {each.pk: each for each in identities_for(ticket) if each.pk not in identities}
    inboxes = {each.inbox_id: each.inbox for each in begun} | _able(request)
    kinds = {each.adapter.identity_kind for each in inboxes.values()}
    return [each for each in identities.values() if each.kind in kinds], list(inboxes.values())


def _fitting(wanted: Wanted, identities: list[Identity], inboxes: list[Inbox]) -> Wanted:
    """An address of another kind than the inbox's takes the first inbox that can write to it."""
    kind = next((each.kind for each in identities if each.pk == wanted.identity), "")
    able = [each.pk for each in inboxes if each.adapter.identity_kind == kind]
    return wanted._replace(inbox=able[0]) if able and wanted.inbox not in able else wanted


def _address(identity: Identity) -> str:
    if identity.is_blocked:
        return _("%(address)s (blocked)") % {"address": identity.address}
    if identity.undeliverable_at is not None:
        return _("%(address)s (does not work)") % {"address": identity.address}
    return identity.address


def _inbox(inbox: Inbox) -> str:
    if not inbox.address:
        return inbox.name
    return _("%(name)s (%(address)s)") % {"name": inbox.name, "address": inbox.address}
