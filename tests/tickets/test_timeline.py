"""One line of time per ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone, translation

from helpdesk.errors import DomainError
from helpdesk.wiring import SUBSCRIBERS
from tests import make
from tickets import sentences
from tickets.actions.assign import assign, release
from tickets.actions.merge import merge
from tickets.actions.note import add_note
from tickets.actions.reply import cancel_reply, reply
from tickets.actions.status import change_status
from tickets.models import Event, Message, Ticket
from tickets.timeline import entry, timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User


def age(ticket: Ticket) -> None:
    """Give each row of the ticket a minute of its own, in the order they were made."""
    start = timezone.now() - timedelta(hours=3)
    rows = [*ticket.events.order_by("created_at", "pk"), *ticket.messages.order_by("created_at", "pk")]
    for number, row in enumerate(sorted(rows, key=lambda row: row.created_at)):
        type(row).objects.filter(pk=row.pk).update(created_at=start + timedelta(minutes=number))


def kinds(found: object) -> list[str]:
    return [each.kind for each in found.entries]  # type: ignore[attr-defined]


def test_messages_notes_and_facts_stand_in_one_line(ada: User, ticket: Ticket) -> None:
    actor = make.actor(ada)
    assign(ticket.pk, to=ada, actor=actor)
    add_note(ticket.pk, actor=actor, body="Look at this @ada", mention_ids=(ada.pk,))
    reply(ticket.pk, actor=actor, body="We blocked it.")
    age(ticket)

    found = timeline(ticket, ada)

    assert kinds(found) == ["in", "events", "note", "out"]
    inbound, assigned, note, answer = found.entries
    assert (inbound.author, inbound.body, inbound.address) == (
        "Mia Chen",
        "My card is blocked",
        "mia@mail.example",
    )
    assert assigned.lines[0].text == "Ada took this ticket"
    assert note.mentions == ((ada.pk, "Ada"),)
    assert (answer.delivery, answer.can_cancel, answer.is_mine) == ("queued", True, True)
    assert found.older == ""


def test_three_facts_in_a_row_fold(ada: User, ticket: Ticket) -> None:
    actor = make.actor(ada)
    assign(ticket.pk, to=ada, actor=actor)
    change_status(ticket.pk, to="pending", actor=actor)
    release(ticket.pk, actor=actor)
    age(ticket)

    last = timeline(ticket, ada).entries[-1]

    assert (last.folded, [line.kind for line in last.lines]) == (
        "3 changes",
        ["ticket.assigned", "ticket.status_changed", "ticket.released"],
    )


def test_what_was_taken_back_is_not_shown(ada: User, ticket: Ticket) -> None:
    sent = reply(ticket.pk, actor=make.actor(ada), body="Oops")
    cancel_reply(sent.pk, actor=make.actor(ada))

    found = timeline(ticket, ada)

    assert "out" not in kinds(found)
    assert found.entries[-1].lines[-1].text == "Ada took a reply back"


def test_older_entries_come_by_cursor_without_gap_or_double(ada: User, ticket: Ticket) -> None:
    for number in range(9):
        add_note(ticket.pk, actor=make.actor(ada), body=f"Note {number}")
    age(ticket)
    whole = [each.id for each in timeline(ticket, ada).entries]

    seen: list[int] = []
    cursor = ""
    while True:
        found = timeline(ticket, ada, before=cursor, size=4)
        seen = [each.id for each in found.entries] + seen
        cursor = found.older
        if not cursor:
            break

    assert seen == whole


def test_rows_of_the_same_moment_are_paged_too(ada: User, ticket: Ticket) -> None:
    for number in range(4):
        add_note(ticket.pk, actor=make.actor(ada), body=f"Note {number}")
        assign(ticket.pk, to=ada, actor=make.actor(ada))
        release(ticket.pk, actor=make.actor(ada))
    moment = timezone.now()
    Message.objects.update(created_at=moment)
    Event.objects.update(created_at=moment)

    seen: list[tuple[str, int]] = []
    cursor = ""
    while True:
        found = timeline(ticket, ada, before=cursor, size=1)
        seen = [(each.kind, each.id) for each in found.entries] + seen
        cursor = found.older
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 1 + 4 + 8


def test_new_entries_come_since_the_last_seen(ada: User, ticket: Ticket) -> None:
    newest = timeline(ticket, ada).newest
    add_note(ticket.pk, actor=make.actor(ada), body="New")

    found = timeline(ticket, ada, since=newest)

    assert [each.body for each in found.entries] == ["New"]
    assert timeline(ticket, ada, since=found.newest).entries == []
    assert timeline(ticket, ada, since=found.newest).newest == found.newest


@pytest.mark.parametrize(
    "cursor", [{"since": "x"}, {"since": "1"}, {"since": "9" * 50 + "-1"}, {"before": "x"}]
)
def test_a_cursor_that_is_not_ours_is_refused(ada: User, ticket: Ticket, cursor: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        timeline(ticket, ada, **cursor)


def test_messages_of_merged_tickets_stand_among_its_own(ada: User, ticket: Ticket) -> None:
    other = make.ticket(team=ticket.team, inbox_=ticket.inbox, subject="Second", text="Second mail")
    Ticket.objects.filter(pk=other.pk).update(merged_into=ticket)

    bodies = {each.body: each.ticket_id for each in timeline(ticket, ada).entries if each.body}

    assert bodies == {"My card is blocked": None, "Second mail": other.pk}


def test_a_merge_is_told_once(ada: User, ticket: Ticket) -> None:
    other = make.ticket(team=ticket.team, inbox_=ticket.inbox, subject="Second", text="Second mail")
    merge(other.pk, into_id=ticket.pk, actor=make.actor(ada))

    lines = [line.text for each in timeline(ticket, ada).entries for line in each.lines]

    assert [text for text in lines if "merged" in text] == [f"Ada merged this with #{other.pk}"]


def test_the_first_unread_message_of_another_is_marked(ada: User, ticket: Ticket) -> None:
    read_to = ticket.last_message_id
    add_note(ticket.pk, actor=make.actor(ada), body="Mine")
    make.message(inbox_=ticket.inbox, subject=ticket.subject, text="And?", subject_ticket=ticket.pk)

    marked = [each.body for each in timeline(ticket, ada, read_to=read_to).entries if each.is_first_unread]

    assert marked == ["And?"]


def test_a_new_day_and_a_writer_who_goes_on_are_marked(ada: User, ticket: Ticket) -> None:
    for text in ("One", "Two"):
        add_note(ticket.pk, actor=make.actor(ada), body=text)
    Message.objects.filter(kind="in").update(created_at=timezone.now() - timedelta(days=2))

    found = {each.body: each for each in timeline(ticket, ada).entries if each.body}

    assert found["My card is blocked"].day is not None
    assert found["Two"].follows
    assert not found["One"].follows


def test_a_long_ticket_takes_as_many_queries_as_a_short_one(
    ada: User, ticket: Ticket, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(40):
        add_note(ticket.pk, actor=make.actor(ada), body=f"Note {number}", mention_ids=(ada.pk,))

    with django_assert_max_num_queries(6):
        assert len(timeline(ticket, ada).entries) == 30


def test_one_entry_can_be_fetched_again(ada: User, ben: User, ticket: Ticket) -> None:
    other = make.message(team=make.team("Billing"), subject="Other")

    assert entry(ticket, ada, ticket.last_message_id or 0).body == "My card is blocked"  # type: ignore[union-attr]
    assert entry(ticket, ada, other.pk) is None


@pytest.mark.parametrize("kind", sorted(kind for kind in SUBSCRIBERS if kind.startswith("ticket.")))
@pytest.mark.parametrize("actor_kind", ["agent", "customer", "automation"])
def test_every_fact_of_a_ticket_has_a_sentence(ada: User, ticket: Ticket, kind: str, actor_kind: str) -> None:
    event = Event(
        ticket=ticket, kind=kind, actor_kind=actor_kind, actor_name="Ada" if actor_kind == "agent" else ""
    )

    text = sentences.sentence(event)

    assert kind not in text
    assert text
    assert "%(" not in text


def test_routing_tells_why_in_the_readers_language() -> None:
    why = {
        "candidates": 7,
        "offline": 2,
        "away": 0,
        "at_limit": 3,
        "load": 2.5,
        "capacity": 6.0,
        "idle_minutes": 11,
    }

    with translation.override("en"):
        assert (
            sentences.why_assigned(why)
            == "of 7: 2 offline, 3 at limit; load 2.5 of 6, the least; idle 11 min"
        )
        assert sentences.why_assigned({"candidates": 1, "load": 0, "capacity": 6}) == (
            "of 1, all there; load 0 of 6; given nothing before"
        )
