"""What the workspace lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from helpdesk.errors import DomainError, NotFoundError
from tests import make
from tickets import counting, queue
from tickets.actions.assign import assign
from tickets.actions.note import add_note
from tickets.models import SavedView, Tag, Ticket, TicketRead

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User


def ids(page: queue.Page) -> list[int]:
    return [row.id for row in page.rows]


def put(ticket: Ticket, **values: object) -> Ticket:
    Ticket.objects.filter(pk=ticket.pk).update(**values)
    ticket.refresh_from_db()
    return ticket


def test_a_row_tells_all_that_a_list_shows(ada: User, ticket: Ticket) -> None:
    assign(ticket.pk, to=ada, actor=make.actor(ada))
    ticket.tags.add(Tag.objects.create(name="card"))

    row = queue.queue_page(ada, "my_open").rows[0]

    assert (row.customer, row.subject, row.preview) == ("Mia Chen", "Blocked card", "My card is blocked")
    assert (row.assignee_initials, row.priority, row.tags, row.team) == ("A", "normal", ("card",), "Support")
    assert row.is_unread
    assert row.due.state == ""


def test_a_customer_without_a_name_is_called_by_the_address(ada: User) -> None:
    ticket = make.ticket(team=make.team("Support"))
    type(ticket.customer).objects.update(name="")

    assert queue.queue_page(ada, "unassigned").rows[0].customer == "mia@mail.example"


def test_what_was_read_is_not_unread(ada: User, ticket: Ticket) -> None:
    TicketRead.objects.create(ticket=ticket, user=ada, last_message_id=ticket.last_message_id)

    assert not queue.queue_page(ada, "unassigned").rows[0].is_unread


def test_nobody_lists_what_they_may_not_see(ben: User, eve: User, ticket: Ticket) -> None:
    assert ids(queue.queue_page(ben, "all_unresolved")) == []
    assert ids(queue.queue_page(eve, "all_unresolved")) == [ticket.pk]
    with pytest.raises(NotFoundError):
        queue.queue_page(ben, f"team-{ticket.team_id}")


@pytest.mark.parametrize("away", ["snoozed_until", "is_spam", "merged_into", "status"])
def test_lists_leave_out_what_is_not_work_now(ada: User, ticket: Ticket, away: str) -> None:
    other = make.ticket(team=ticket.team, inbox_=ticket.inbox, subject="Other")
    values = {
        "snoozed_until": timezone.now() + timedelta(days=1),
        "is_spam": True,
        "merged_into": other,
        "status": "solved",
    }
    put(ticket, **{away: values[away]})

    for view in ("all_unresolved", f"team-{ticket.team_id}", "channel-api", "unassigned"):
        assert ids(queue.queue_page(ada, view)) == [other.pk], view


def test_each_view_holds_its_own(ada: User) -> None:
    team = make.team("Support")
    inbox = make.inbox(team=team)
    made = {
        name: make.ticket(inbox_=inbox, subject=name)
        for name in ("my_open", "waiting", "snoozed", "followed", "mentions", "solved", "spam")
    }
    for name in ("my_open", "waiting", "snoozed"):
        put(made[name], assignee=ada)
    put(made["waiting"], status="pending")
    put(made["snoozed"], snoozed_until=timezone.now() + timedelta(hours=1))
    made["followed"].followers.add(ada)
    add_note(made["mentions"].pk, actor=make.actor(ada), body="@ada", mention_ids=(ada.pk,))
    put(made["solved"], status="solved")
    put(made["spam"], is_spam=True)

    for name, ticket in made.items():
        assert ids(queue.queue_page(ada, name)) == [ticket.pk], name
    assert set(ids(queue.queue_page(ada, "unassigned"))) == {made["followed"].pk, made["mentions"].pk}
    found = counting.of_views(ada)
    assert {name: found[name] for name in ("my_open", "waiting", "snoozed", "followed", "mentions")} == {
        "my_open": 1, "waiting": 1, "snoozed": 1, "followed": 1, "mentions": 1,
    }  # fmt: skip
    assert found["unassigned"] == 2
    assert found[f"team-{team.pk}"] == found["channel-api"] == found[f"inbox-{inbox.pk}"] == 4
    assert "solved" not in found


def test_needs_reply_is_a_switch_on_any_view(ada: User, ticket: Ticket) -> None:
    put(ticket, waiting_since=None)

    assert ids(queue.queue_page(ada, "unassigned", needs_reply=True)) == []
    assert ids(queue.queue_page(ada, "unassigned")) == [ticket.pk]


@pytest.mark.parametrize("order", sorted(queue.ORDERS))
def test_pages_go_on_where_they_ended(ada: User, order: str) -> None:
    inbox = make.inbox(team=make.team("Support"))
    now = timezone.now()
    for number in range(7):
        ticket = make.ticket(inbox_=inbox, subject=f"Ticket {number}")
        put(ticket, next_due_at=now + timedelta(hours=number % 3), priority=1 + number % 3,
            last_message_at=now - timedelta(hours=number % 2))  # fmt: skip
    whole = ids(queue.queue_page(ada, "all_unresolved", order=order))

    seen, cursor = [], ""
    while True:
        page = queue.queue_page(ada, "all_unresolved", order=order, cursor=cursor, size=2)
        seen += ids(page)
        cursor = page.next_cursor
        if not cursor:
            break

    assert seen == whole
    assert len(set(seen)) == 7


def test_a_cursor_that_is_not_ours_is_refused(ada: User) -> None:
    inbox = make.inbox(team=make.team("Support"))
    for number in range(3):
        make.ticket(inbox_=inbox, subject=f"Ticket {number}")
    cursor = queue.queue_page(ada, "all_unresolved", order="newest", size=1).next_cursor

    for order, given in [("newest", cursor + "x"), ("newest", "nonsense"), ("due", cursor)]:
        with pytest.raises(DomainError) as refusal:
            queue.queue_page(ada, "all_unresolved", order=order, cursor=given)
        assert refusal.value.code == "bad_cursor"


def test_a_saved_view_lists_unresolved_tickets_unless_it_speaks_of_the_status(
    ada: User, ticket: Ticket
) -> None:
    other = make.ticket(team=ticket.team, inbox_=ticket.inbox, subject="Other")
    put(other, status="solved")
    open_, solved = (
        SavedView.objects.create(name=name, owner=ada, conditions=tree)
        for name, tree in [
            ("All", {"field": "channel", "value": "api"}),
            ("Solved", {"field": "status", "value": "solved"}),
        ]
    )

    assert ids(queue.queue_page(ada, f"view-{open_.pk}")) == [ticket.pk]
    page = queue.queue_page(ada, f"view-{solved.pk}")
    assert (ids(page), page.order) == ([other.pk], "updated")
    assert counting.of_views(ada)[f"view-{open_.pk}"] == 1


def test_a_saved_view_of_another_is_not_there(ada: User, ben: User) -> None:
    view = SavedView.objects.create(name="Mine", owner=ada)

    with pytest.raises(NotFoundError):
        queue.queue_page(ben, f"view-{view.pk}")


def test_a_saved_view_that_no_longer_makes_sense_is_empty(ada: User, ticket: Ticket) -> None:
    view = SavedView.objects.create(name="Old", owner=ada, conditions={"field": "gone", "value": 1})

    assert ids(queue.queue_page(ada, f"view-{view.pk}")) == []
    assert counting.of_views(ada)[f"view-{view.pk}"] == 0


def test_a_page_and_the_counts_take_few_queries(
    ada: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    inbox = make.inbox(team=make.team("Support"))
    for number in range(12):
        ticket = make.ticket(inbox_=inbox, subject=f"Ticket {number}")
        ticket.tags.add(Tag.objects.get_or_create(name=f"tag {number % 3}")[0])
    SavedView.objects.create(name="All", owner=ada, conditions={"field": "tags", "value": "tag 1"})
    assert ada.team_ids

    with django_assert_max_num_queries(3):
        assert len(queue.queue_page(ada, "all_unresolved").rows) == 12
    with django_assert_max_num_queries(4):
        assert counting.of_views(ada)["all_unresolved"] == 12


def test_a_saved_view_of_snoozed_tickets_is_counted(ada: User, ticket: Ticket) -> None:
    put(ticket, snoozed_until=timezone.now() + timedelta(days=1))
    make.ticket(team=ticket.team, inbox_=ticket.inbox, subject="Awake")
    tree = {"field": "snoozed_until", "op": "is_set"}
    asleep = SavedView.objects.create(name="Asleep", owner=ada, conditions=tree)
    everyone = SavedView.objects.create(name="All", owner=ada, conditions={})

    found = counting.of_views(ada)

    assert (found[f"view-{asleep.pk}"], found[f"view-{everyone.pk}"], found["all_unresolved"]) == (1, 1, 1)
