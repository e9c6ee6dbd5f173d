"""Everything that was said with one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpdesk.errors import DomainError
from tests import make
from tickets.actions.note import add_note
from tickets.actions.reply import cancel_reply, reply
from tickets.customer_timeline import customer_timeline
from tickets.models import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User


def test_messages_of_all_channels_come_in_one_line_newest_first(ada: User) -> None:
    team = make.team("Support")
    first = make.ticket(inbox_=make.inbox(team=team), text="By the app")
    make.ticket(inbox_=make.inbox("form", team=team), subject="Other", text="By the form")
    add_note(first.pk, actor=make.actor(ada), body="Knows us well")
    cancel_reply(reply(first.pk, actor=make.actor(ada), body="Oops").pk, actor=make.actor(ada))

    entries, older = customer_timeline(first.customer, ada)

    assert [(each.body, each.channel) for each in entries] == [
        ("Knows us well", ""),
        ("By the form", "form"),
        ("By the app", "api"),
    ]
    assert older == ""


def test_what_stands_on_other_teams_tickets_is_left_out(ada: User, ben: User) -> None:
    mine = make.ticket(inbox_=make.inbox(team=make.team("Support")), text="For Support")
    make.ticket(inbox_=make.inbox("form", team=make.team("Billing")), subject="Bill", text="For Billing")

    assert [each.body for each in customer_timeline(mine.customer, ada)[0]] == ["For Support"]
    assert [each.body for each in customer_timeline(mine.customer, ben)[0]] == ["For Billing"]


def test_it_goes_on_where_it_ended(ada: User, ticket: object) -> None:
    for number in range(5):
        add_note(ticket.pk, actor=make.actor(ada), body=f"Note {number}")  # type: ignore[attr-defined]
    customer = ticket.customer  # type: ignore[attr-defined]

    seen: list[int] = []
    cursor = ""
    while True:
        entries, cursor = customer_timeline(customer, ada, cursor=cursor, size=2)
        seen += [each.id for each in entries]
        if not cursor:
            break

    assert seen == sorted(Message.objects.values_list("pk", flat=True), reverse=True)
    with pytest.raises(DomainError):
        customer_timeline(customer, ada, cursor="nonsense")


def test_its_length_does_not_change_the_queries(
    ada: User, ticket: object, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(30):
        add_note(ticket.pk, actor=make.actor(ada), body=f"Note {number}")  # type: ignore[attr-defined]
    assert ada.team_ids

    with django_assert_max_num_queries(3):
        assert len(customer_timeline(ticket.customer, ada)[0]) == 20  # type: ignore[attr-defined]
