"""Demo data: the service desk of Northquay Bank, which does not exist.

The one place outside actions that writes rows. Life goes through the actions, as everywhere, and is then
moved back in time; that, and the thousands of rows made for measuring, no action offers, and none should.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from helpdesk.demo import cast, customers, desk, lives, people, scenes
from helpdesk.demo.clock import Clock
from helpdesk.demo.post import PostOffice
from helpdesk.demo.scenes.stage import Stage
from helpdesk.demo.telling import Teller
from tickets import notify
from tickets.models import Event, Message, Notification, Ticket
from tickets.search import index_messages

TICKETS = 200


def has_people() -> bool:
    """The stamp: data is written in one transaction, so people are there only when all of it is."""
    return User.objects.exists()


@transaction.atomic
def seed(total: int = TICKETS) -> str:
    """Write everything, or nothing. Returns what was made, in words."""
    clock = Clock(timezone.now())
    staff = people.make()
    customers.make(staff)
    the_desk = desk.make(staff)
    post = PostOffice(customers.DEAD)
    with clock.ruling(), post.open():
        plans = lives.plans(max(total - scenes.TICKETS, total // 2), clock.end)
        ordinary = (Teller(plan, the_desk, clock).life() for plan in plans)
        clock.tell([*ordinary, *scenes.lives(Stage(the_desk, clock, post))])
        _notify(clock)
    tickets, messages = Ticket.objects.count(), Message.objects.count()
    return f"{len(staff)} people, {len(the_desk.teams)} teams, {tickets} tickets, {messages} messages."


def _notify(clock: Clock) -> None:
    """People hear of the last two days; what is older was heard long ago. All is found; nothing is routed."""
    recent = Event.objects.filter(handled_at=None, created_at__gt=clock.end - timedelta(days=2))
    for event in recent.select_related("ticket", "message").order_by("created_at", "pk"):
        notify.on_event(event)
    happened = Event.objects.filter(pk=OuterRef("event")).values("created_at")
    Notification.objects.update(created_at=Subquery(happened))
    index_messages(Message.objects.all())
    Event.objects.filter(handled_at=None).update(handled_at=clock.end)
    long_ago = Notification.objects.filter(created_at__lt=clock.end - timedelta(hours=8))
    long_ago.update(read_at=clock.end, emailed_at=clock.end)


def sign_ins() -> list[tuple[str, str, str]]:
    """Return (role, email, password) of one person of each kind, if the demo people are here."""
    known = set(User.objects.values_list("email", flat=True))
    return [
        (person.role, person.email, cast.PASSWORD) for person in cast.SHOWN_SIGN_INS if person.email in known
    ]
