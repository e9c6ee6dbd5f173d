from __future__ import annotations

import pytest

from accounts.models import User
from channels_app.contract import Sender
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.link import link, unlink
from tickets.models import Ticket, TicketLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(ticket: Ticket) -> Ticket:
    return make.ticket(inbox_=ticket.inbox, subject="Other")


def test_related_goes_both_ways(ticket: Ticket, other: Ticket, ada: User) -> None:
    made = link(ticket.pk, other_id=other.pk, kind="related", actor=make.actor(ada))

    assert link(other.pk, other_id=ticket.pk, kind="related", actor=make.actor(ada)) == made
    assert other.events.get(kind="ticket.linked").data["role"] == "target"


def test_a_link_is_undone_once(ticket: Ticket, other: Ticket, ada: User, lou: User, ben: User) -> None:
    made = link(ticket.pk, other_id=other.pk, kind="duplicate", actor=make.actor(ada))
    with pytest.raises(NotAllowedError):
        unlink(made.pk, actor=make.actor(lou))
    with pytest.raises(NotFoundError):
        unlink(made.pk, actor=make.actor(ben))

    unlink(made.pk, actor=make.actor(ada))

    assert not TicketLink.objects.exists()
    assert ticket.events.filter(kind="ticket.unlinked").count() == 1
    with pytest.raises(NotFoundError):
        unlink(made.pk, actor=make.actor(ada))


def test_a_family_is_a_tree(ticket: Ticket, other: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    third = make.ticket(inbox_=ticket.inbox, subject="Third")
    link(ticket.pk, other_id=other.pk, kind="parent", actor=actor)
    link(other.pk, other_id=third.pk, kind="parent", actor=actor)

    with pytest.raises(ConflictError, match="above its own parent"):
        link(third.pk, other_id=ticket.pk, kind="parent", actor=actor)
    with pytest.raises(ConflictError, match="already has a parent"):
        link(ticket.pk, other_id=third.pk, kind="parent", actor=actor)


def test_not_to_itself_nor_in_unknown_ways(ticket: Ticket, other: Ticket, ada: User) -> None:
    with pytest.raises(ConflictError):
        link(ticket.pk, other_id=ticket.pk, kind="related", actor=make.actor(ada))
    with pytest.raises(DomainError):
        link(ticket.pk, other_id=other.pk, kind="cousin", actor=make.actor(ada))


def test_not_to_what_one_may_not_see(ticket: Ticket, ada: User) -> None:
    billing = make.ticket(team=make.team("Billing"), sender=Sender("email", "lee@mail.example"))

    with pytest.raises(NotFoundError):
        link(ticket.pk, other_id=billing.pk, kind="related", actor=make.actor(ada))
