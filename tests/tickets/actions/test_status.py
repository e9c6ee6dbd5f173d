from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from helpdesk.errors import ConflictError, DomainError
from tests import make
from tickets.actions.reply import reply
from tickets.actions.status import change_status, close_solved
from tickets.models import CustomField, Status, Ticket
from tickets.statuses import MOVES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("before", "after"), list(product(Status.values, Status.values)))
def test_the_table_says_what_may_follow(before: str, after: str, ticket: Ticket, ada: User) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status=before)
    if before == after or after in MOVES[before]:
        assert change_status(ticket.pk, to=after, actor=make.actor(ada)).status == after
    else:
        with pytest.raises(ConflictError) as refused:
            change_status(ticket.pk, to=after, actor=make.actor(ada))
        assert refused.value.code == "status_move"


@pytest.mark.parametrize("kind", ["text", "checkbox"])
def test_fields_that_are_required_are_filled_before_it_is_solved(
    kind: str, ticket: Ticket, ada: User
) -> None:
    CustomField.objects.create(key="outcome", label="Outcome", kind=kind, is_required_to_solve=True)
    CustomField.objects.create(
        key="loss", label="Loss", kind="number", types=["complaint"], is_required_to_solve=True
    )
    actor = make.actor(ada)

    for attempt in (
        lambda: change_status(ticket.pk, to="solved", actor=actor),
        lambda: reply(ticket.pk, actor=actor, body="Done", status_after="solved"),
    ):
        with pytest.raises(DomainError, match="Outcome") as refused:
            attempt()
        assert refused.value.field == "outcome"
    Ticket.objects.filter(pk=ticket.pk).update(custom={"outcome": "Card sent"})
    assert change_status(ticket.pk, to="solved", actor=actor).solved_at is not None


def test_reopening_is_a_fact_of_its_own(ticket: Ticket, ada: User) -> None:
    change_status(ticket.pk, to="solved", actor=make.actor(ada))

    reopened = change_status(ticket.pk, to="open", actor=make.actor(ada))

    assert reopened.solved_at is None
    assert ticket.events.filter(kind="ticket.reopened").count() == 1


def test_what_was_solved_long_ago_is_closed(ticket: Ticket, ada: User) -> None:
    change_status(ticket.pk, to="solved", actor=make.actor(ada))
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert close_solved() == 0

    with time_machine.travel(timezone.now() + timedelta(days=14, seconds=1)):
        assert (close_solved(), close_solved()) == (1, 0)

    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED
    assert ticket.closed_at is not None
    assert ticket.events.last().data == {"before": "solved", "after": "closed", "because": "time"}
