"""Tell agents what they should know: a subscriber of facts. Never of their own acts.

The bell shows every notification. A kind can be muted in `User.notifications` ({"message": false}), or only
one of its ways ({"message.browser": false, "message.email": false}); what is still unread when its reader is
away goes out by mail, see `tickets.awaymail`.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.models import User
from helpdesk import live
from tickets import policies
from tickets.models import Event, Notification, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

ASSIGNED, MESSAGE, MENTIONED, FAILED, WOKEN, REOPENED = (
    "assigned", "message", "mentioned", "failed", "woken", "reopened",
)  # fmt: skip
_ALONG = 8  # facts that may come along with one message
WAYS = {"browser": "browser", "email": "email_when_away"}  # each with the switch for all kinds at once
KINDS = (ASSIGNED, MESSAGE, MENTIONED, FAILED, WOKEN, REOPENED)


def on_event(event: Event) -> None:
    """Make notifications for those concerned by a fact. Twice makes none twice."""
    rule = _RULES.get(event.kind)
    if rule is None:
        return
    kind, user_ids = rule(event)
    others = {each for each in user_ids if each is not None and each != event.actor_id}
    if not others:
        return
    concerned = User.objects.filter(pk__in=others, is_active=True)
    people = [each for each in concerned if each.notifications.get(kind, True)]
    people = [each for each in people if policies.can_see(each, event.ticket)]
    told = set(Notification.objects.filter(event=event).values_list("user_id", flat=True))
    new = [Notification(user=each, ticket=event.ticket, event=event, kind=kind) for each in people]
    Notification.objects.bulk_create(
        [each for each in new if each.user_id not in told], ignore_conflicts=True
    )
    if topics := {f"user:{each.user_id}" for each in new if each.user_id not in told}:
        live.poke(topics, {"notification"})


def unwanted(person: User, way: str) -> set[str]:
    """Return the kinds that a person is not told of in a way: "browser" or "email"."""
    told = person.notifications
    if not told.get(WAYS[way], True):
        return set(KINDS)
    return {kind for kind in KINDS if not told.get(f"{kind}.{way}", True)}


def sentence(notification: Notification) -> str:
    """Return what a notification says, in the reader's language."""
    event = notification.event
    person = event.actor_name if event.actor_kind == "agent" else ""
    return _sentences(person)[notification.kind] % {"name": person}


def _sentences(person: str) -> dict[str, str]:
    return {
        ASSIGNED: _("%(name)s gave you this ticket") if person else _("You were given this ticket"),
        MESSAGE: _("The customer wrote"),
        MENTIONED: _("%(name)s mentioned you"),
        FAILED: _("A reply was not delivered"),
        WOKEN: _("Back from snooze"),
        REOPENED: _("%(name)s reopened this ticket") if person else _("Reopened: the customer wrote again"),
    }


def _assigned(event: Event) -> tuple[str, set[int | None]]:
    return ASSIGNED, {event.data.get("assignee")}


def _received(event: Event) -> tuple[str, set[int | None]]:
    """What reopened the ticket is told as such, once; what opened it is news to nobody who has it."""
    if event.data.get("automatic"):
        return MESSAGE, set()
    along = _along(event)
    if "ticket.opened" in along:
        return MESSAGE, set()
    return (REOPENED if "ticket.reopened" in along else MESSAGE), _watchers(event.ticket)


def _along(event: Event) -> set[str]:
    """The customer's facts of the same moment: written down with it, or read where that was not done yet."""
    if "along" in event.data:
        return {str(event.data["along"])}
    before = Event.objects.filter(ticket=event.ticket_id, pk__lt=event.pk).order_by("-pk")
    facts = before.values_list("kind", "actor_kind")[:_ALONG]
    return {kind for kind, who in takewhile(lambda fact: fact[0] != event.kind, facts) if who == "customer"}


def _reopened(event: Event) -> tuple[str, set[int | None]]:
    by_customer = event.actor_kind == "customer"  # the message itself tells it
    return REOPENED, set() if by_customer else _watchers(event.ticket)


def _mentioned(event: Event) -> tuple[str, set[int | None]]:
    return MENTIONED, {each for each in event.data.get("mentions") or [] if isinstance(each, int)}


def _failed(event: Event) -> tuple[str, set[int | None]]:
    author = event.message.author_id if event.message else None
    return FAILED, {author or event.ticket.assignee_id}


def _woken(event: Event) -> tuple[str, set[int | None]]:
    """Time has come: for the owner, or for who laid it aside. A message that woke it tells itself."""
    if event.data.get("because") == "message":
        return WOKEN, set()
    if event.ticket.assignee_id is not None:
        return WOKEN, {event.ticket.assignee_id}
    snoozed = Event.objects.filter(ticket=event.ticket_id, kind="ticket.snoozed", pk__lt=event.pk)
    return WOKEN, {snoozed.order_by("-pk").values_list("actor_id", flat=True).first()}


def _watchers(ticket: Ticket) -> set[int | None]:
    followers = Ticket.followers.through.objects.filter(ticket_id=ticket.pk)
    return {ticket.assignee_id, *followers.values_list("user_id", flat=True)}


_RULES: dict[str, Callable[[Event], tuple[str, set[int | None]]]] = {
    "ticket.assigned": _assigned,
    "message.received": _received,
    "ticket.reopened": _reopened,
    "note.added": _mentioned,
    "message.failed": _failed,
    "ticket.woken": _woken,
}
