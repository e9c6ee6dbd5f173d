"""What holds for every verb: who may, what is a fact, and that a ticket merged away is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.utils import timezone

from accounts.models import User
from helpdesk.errors import ConflictError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions import properties
from tickets.actions.assign import assign, release, take
from tickets.actions.draft import save_draft
from tickets.actions.follow import follow, unfollow
from tickets.actions.link import link
from tickets.actions.merge import merge
from tickets.actions.read import mark_read
from tickets.actions.reply import reply
from tickets.actions.snooze import snooze, wake
from tickets.actions.spam import mark_spam, unmark_spam
from tickets.actions.status import change_status
from tickets.actions.tag import tag
from tickets.actions.team import move_team
from tickets.actor import Actor
from tickets.models import CustomField, Event, Ticket, TicketLink

pytestmark = pytest.mark.django_db

LATER = timezone.now() + timedelta(days=3)


class Verb(NamedTuple):
    """How a verb is called, what makes ready for it, and the fact that it records."""

    do: Callable[[Ticket, Actor], object]
    fact: str
    first: Callable[[Ticket, Actor], object] | None = None


def _other_team(ticket: Ticket, actor: Actor) -> object:
    return move_team(ticket.pk, team=make.team("Cards"), actor=actor)


def _link(ticket: Ticket, actor: Actor) -> object:
    other = Ticket.objects.exclude(pk=ticket.pk).first() or make.ticket(inbox_=ticket.inbox, subject="Other")
    return link(ticket.pk, other_id=other.pk, kind=TicketLink.Kind.RELATED, actor=actor)


def _new_customer(ticket: Ticket, actor: Actor) -> object:
    from customers.models import Customer

    customer = Customer.objects.get_or_create(name="Lee")[0]
    return properties.change_customer(ticket.pk, customer=customer, actor=actor)


def _custom(ticket: Ticket, actor: Actor) -> object:
    CustomField.objects.get_or_create(key="branch", defaults={"label": "Branch", "kind": "text"})
    return properties.set_custom(ticket.pk, values={"branch": "Hue"}, actor=actor)


VERBS = {
    "take": Verb(lambda t, a: take(t.pk, actor=a), "ticket.assigned"),
    "release": Verb(lambda t, a: release(t.pk, actor=a), "ticket.released", lambda t, a: take(t.pk, actor=a)),
    "team": Verb(_other_team, "ticket.team_changed"),
    "status": Verb(lambda t, a: change_status(t.pk, to="pending", actor=a), "ticket.status_changed"),
    "priority": Verb(lambda t, a: properties.change_priority(t.pk, to=4, actor=a), "ticket.priority_changed"),
    "type": Verb(lambda t, a: properties.change_type(t.pk, to="complaint", actor=a), "ticket.type_changed"),
    "subject": Verb(
        lambda t, a: properties.change_subject(t.pk, to="Lost card", actor=a), "ticket.subject_changed"
    ),
    "customer": Verb(_new_customer, "ticket.customer_changed"),
    "due": Verb(lambda t, a: properties.set_due(t.pk, due_at=LATER, actor=a), "ticket.due_changed"),
    "custom": Verb(_custom, "ticket.custom_changed"),
    "tag": Verb(lambda t, a: tag(t.pk, add=["Card"], actor=a), "ticket.tagged"),
    "snooze": Verb(lambda t, a: snooze(t.pk, until=LATER, actor=a), "ticket.snoozed"),
    "wake": Verb(
        lambda t, a: wake(t.pk, actor=a), "ticket.woken", lambda t, a: snooze(t.pk, until=LATER, actor=a)
    ),
    "spam": Verb(lambda t, a: mark_spam(t.pk, actor=a), "ticket.marked_spam"),
    "unspam": Verb(
        lambda t, a: unmark_spam(t.pk, actor=a), "ticket.unmarked_spam", lambda t, a: mark_spam(t.pk, actor=a)
    ),
    "link": Verb(_link, "ticket.linked"),
    "reply": Verb(lambda t, a: reply(t.pk, actor=a, body="Hello", client_id="c1"), "message.queued"),
}
FOR_ALL = {
    "follow": Verb(lambda t, a: follow(t.pk, actor=a), "ticket.followed"),
    "unfollow": Verb(
        lambda t, a: unfollow(t.pk, actor=a), "ticket.unfollowed", lambda t, a: follow(t.pk, actor=a)
    ),
}
EVERY = pytest.mark.parametrize("verb", [*VERBS.values(), *FOR_ALL.values()], ids=[*VERBS, *FOR_ALL])
WORK = pytest.mark.parametrize("verb", list(VERBS.values()), ids=list(VERBS))


def _facts(ticket: Ticket, kind: str) -> int:
    return Event.objects.filter(ticket=ticket, kind=kind).count()


@EVERY
def test_twice_is_one_fact_by_who_did_it(verb: Verb, ticket: Ticket, eve: User) -> None:
    actor = make.actor(eve)
    if verb.first:
        verb.first(ticket, actor)

    verb.do(ticket, actor)
    verb.do(ticket, actor)

    fact = ticket.events.get(kind=verb.fact)
    assert (fact.actor, fact.actor_kind, fact.actor_name) == (eve, "agent", "Eve")


@EVERY
def test_another_team_finds_nothing(verb: Verb, ticket: Ticket, ada: User, ben: User) -> None:
    if verb.first:
        verb.first(ticket, make.actor(ada))
    facts = _facts(ticket, verb.fact)

    with pytest.raises(NotFoundError):
        verb.do(ticket, make.actor(ben))

    assert _facts(ticket, verb.fact) == facts


@WORK
def test_light_agents_may_not(verb: Verb, ticket: Ticket, ada: User, lou: User) -> None:
    if verb.first:
        verb.first(ticket, make.actor(ada))

    with pytest.raises(NotAllowedError):
        verb.do(ticket, make.actor(lou))

    assert _facts(ticket, verb.fact) == 0


@WORK
def test_a_ticket_that_was_merged_away_is_left_alone(verb: Verb, ticket: Ticket, ada: User) -> None:
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    merge(ticket.pk, into_id=other.pk, actor=make.actor(ada))

    with pytest.raises(ConflictError, match=f"merged into #{other.pk}"):
        verb.do(ticket, make.actor(ada))


@pytest.mark.parametrize("verb", list(FOR_ALL.values()), ids=list(FOR_ALL))
def test_light_agents_decide_for_themselves(verb: Verb, ticket: Ticket, lou: User) -> None:
    if verb.first:
        verb.first(ticket, make.actor(lou))

    verb.do(ticket, make.actor(lou))

    assert _facts(ticket, verb.fact) == 1


def test_no_such_ticket(ada: User) -> None:
    actor = make.actor(ada)
    with pytest.raises(NotFoundError):
        take(4711, actor=actor)
    with pytest.raises(NotFoundError):
        assign(4711, to=ada, actor=actor)
    with pytest.raises(NotFoundError):
        mark_read(4711, last_message_id=1, actor=actor)
    with pytest.raises(NotFoundError):
        save_draft(4711, mode="note", body="x", version=0, actor=actor)
    with pytest.raises(NotFoundError):
        mark_spam(4711, actor=actor, block_sender=True)
