"""The fourth column: who the customer is, and what else belongs to this ticket."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from customers.models import Identity
from helpdesk import times
from helpdesk.compiled import compiled
from tickets import policies
from tickets.models import CustomField, Message, Status, Tag, Ticket, TicketLink
from tickets.sentences import why_assigned
from tickets.web import channels
from tickets.web.http import actor_of, ticket_url

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.http import AgentRequest
    from customers.models import Customer

RECENT = 5
KIND_ICONS = {"email": "mail", "phone": "phone"}


@dataclass(frozen=True)
class IdentityLine:
    """One address of the customer."""

    address: str
    icon: str
    is_verified: bool
    is_blocked: bool
    is_undeliverable: bool


@dataclass(frozen=True)
class Panel:
    """What `tickets/_context.html` prints beside ticket and customer."""

    customer_url: str
    segment_icon: str
    local_time: str
    can_work: bool
    look: channels.Look
    attributes: list[tuple[str, str]]
    identities: list[IdentityLine]
    tags: list[str]


@dataclass(frozen=True)
class LinkLine:
    """A ticket that belongs to this one."""

    label: str
    number: int
    subject: str
    status: str
    url: str
    unlink_url: str = ""


@dataclass(frozen=True)
class RecentLine:
    """Another ticket of the same customer."""

    subject: str
    status: str
    when: str
    url: str


@dataclass(frozen=True)
class More:
    """What `tickets/_context_more.html` prints."""

    can_work: bool
    why: str
    fields: list[tuple[str, str, bool]]
    links: list[LinkLine]
    followers: list[User]
    copied: list[User]  # colleagues whom the customer copies, and who do not follow yet
    recent: list[RecentLine]
    recent_count: str


def panel(request: AgentRequest, ticket: Ticket) -> Panel:
    """Return the details column of a ticket, in two queries."""
    customer = ticket.customer
    return Panel(
        customer_url=customer_url(customer),
        segment_icon="briefcase" if customer.segment == "corporate" else "user",
        local_time=_local_time(customer.time_zone),
        can_work=policies.can_work_on(actor_of(request), ticket) and ticket.merged_into_id is None,
        look=channels.look(ticket.channel),
        attributes=[(str(key), str(value)) for key, value in sorted(customer.attributes.items())],
        identities=_identities(customer),
        tags=_tags_of(ticket.pk),
    )


def more(request: AgentRequest, ticket: Ticket) -> More:
    """Return what the column loads after the rest."""
    recent = _recent(request, ticket)
    can_work = policies.can_work_on(actor_of(request), ticket) and ticket.merged_into_id is None
    followers = list(ticket.followers.all())
    return More(
        can_work=can_work,
        why=_why(ticket),
        fields=_fields(ticket),
        links=_links(request, ticket),
        followers=followers,
        copied=_copied(ticket, followers) if can_work else [],
        recent=recent[:RECENT],
        recent_count=f"{RECENT}+" if len(recent) > RECENT else str(len(recent)),
    )


def _copied(ticket: Ticket, followers: list[User]) -> list[User]:
    """Agents among the people in CC of what the customer wrote last."""
    said = ticket.messages.filter(kind=Message.Kind.INBOUND).exclude(cc=[]).order_by("-pk")
    last = said.values_list("cc", flat=True).first()
    addresses = {str(address).lower() for _name, address in last or []}
    if not addresses:
        return []
    agents = User.objects.alias(folded=Lower("email")).filter(folded__in=addresses, is_active=True)
    return [each for each in agents if each not in followers and policies.can_see(each, ticket)]


def _why(ticket: Ticket) -> str:
    """What routing weighed, in the reader's language."""
    if not ticket.assigned_why:
        return ""
    event = ticket.events.filter(kind="ticket.assigned").order_by("pk").last()
    return why_assigned(event.data.get("why")) if event else ticket.assigned_why


def customer_url(customer: Customer) -> str:
    """Return the customer's page, when this installation has one."""
    try:
        return reverse("customers:customer", args=[customer.pk])
    except NoReverseMatch:
        return ""


def _identities(customer: Customer) -> list[IdentityLine]:
    return [
        IdentityLine(
            address=identity.address,
            icon=KIND_ICONS.get(identity.kind, "id"),
            is_verified=identity.is_verified,
            is_blocked=identity.is_blocked,
            is_undeliverable=identity.undeliverable_at is not None,
        )
        for identity in _identities_of(customer.pk)
    ]


@compiled(is_planned_once=True)
def _identities_of(customer_id: int) -> QuerySet[Identity]:
    return Identity.objects.filter(customer_id=customer_id)


@compiled(is_planned_once=True)
def _tags_of(ticket_id: int) -> QuerySet[Tag, str]:
    return Tag.objects.filter(tickets=ticket_id).values_list("name", flat=True)


def _local_time(zone: str) -> str:
    if not zone:
        return ""
    try:
        there = timezone.localtime(timezone.now(), zoneinfo.ZoneInfo(zone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return ""
    place = zone.rsplit("/", 1)[-1].replace("_", " ")
    return pgettext("time in a place", "%(time)s in %(place)s") % {"time": f"{there:%H:%M}", "place": place}


def _fields(ticket: Ticket) -> list[tuple[str, str, bool]]:
    found = [
        each
        for each in CustomField.objects.filter(is_active=True)
        if not each.types or ticket.type in each.types
    ]
    return [_field(each, ticket.custom.get(each.key)) for each in found]


def _field(asked: CustomField, value: object) -> tuple[str, str, bool]:
    if asked.kind == CustomField.Kind.CHECKBOX:
        return asked.label, _("Yes") if value else _("No"), bool(asked.is_required_to_solve and not value)
    is_missing = value in (None, "")
    if is_missing:
        return (
            asked.label,
            _("Needed to solve") if asked.is_required_to_solve else "–",
            asked.is_required_to_solve,
        )
    return asked.label, str(value), False


def _links(request: AgentRequest, ticket: Ticket) -> list[LinkLine]:
    links = TicketLink.objects.filter(Q(source=ticket) | Q(target=ticket)).select_related("source", "target")
    may = policies.can_work_on(actor_of(request), ticket)
    lines = [_link(ticket, link, may=may) for link in links if _sees_both(request.user, link)]
    follow_ups = ticket.follow_ups.visible_to(request.user)
    return lines + [_line(_("Continued by"), other) for other in follow_ups]


def _sees_both(user: User, link: TicketLink) -> bool:
    return policies.can_see(user, link.source) and policies.can_see(user, link.target)


def _link(ticket: Ticket, link: TicketLink, *, may: bool) -> LinkLine:
    outward = link.source_id == ticket.pk
    labels = {
        TicketLink.Kind.RELATED: (_("Related"), _("Related")),
        TicketLink.Kind.PARENT: (_("Child"), _("Parent")),
        TicketLink.Kind.DUPLICATE: (_("Duplicate of"), _("Duplicate")),
    }
    label = labels[TicketLink.Kind(link.kind)][0 if outward else 1]
    url = reverse("tickets:unlink", args=[link.pk]) if may else ""
    return _line(label, link.target if outward else link.source, url)


def _line(label: str, other: Ticket, unlink_url: str = "") -> LinkLine:
    return LinkLine(
        label, other.pk, other.subject or _("(no subject)"), str(Status(other.status).label),
        ticket_url(other.pk), unlink_url,
    )  # fmt: skip


def _recent(request: AgentRequest, ticket: Ticket) -> list[RecentLine]:
    others = Ticket.objects.visible_to(request.user).listed().filter(customer=ticket.customer_id)
    others = (
        others.exclude(pk=ticket.pk)
        .order_by("-last_message_at")
        .only("pk", "subject", "status", "last_message_at")
    )
    return [
        RecentLine(
            other.subject or _("(no subject)"), str(Status(other.status).label),
            times.relative(other.last_message_at), ticket_url(other.pk),
        )
        for other in others[: RECENT + 1]
    ]  # fmt: skip
