from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from channels_app.contract import Sender
from helpdesk.errors import ConflictError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.attach import upload
from tickets.actions.draft import save_draft
from tickets.actions.follow import follow
from tickets.actions.link import link
from tickets.actions.merge import merge, unmerge
from tickets.actions.note import add_note
from tickets.actions.receive import receive
from tickets.actions.reply import reply
from tickets.actions.snooze import snooze
from tickets.actions.status import change_status
from tickets.actions.tag import tag
from tickets.models import Attachment, Operation, Status, Ticket, TicketLink

pytestmark = pytest.mark.django_db

FIELDS = [
    "status", "solved_at", "closed_at", "snoozed_until", "waiting_since", "merged_into_id", "last_message_id",
    "preview", "last_message_at", "next_due_at",
]  # fmt: skip


def picture(*tickets: Ticket) -> dict[str, Any]:
    """All that a merge may touch, to compare before and after."""
    ids = [ticket.pk for ticket in tickets]
    rows = Ticket.objects.filter(pk__in=ids)
    return {
        "tickets": list(rows.order_by("pk").values("pk", *FIELDS)),
        "messages": sorted(
            m for t in rows for m in t.messages.values_list("ticket", "pk", "conversation", "seq")
        ),
        "conversations": sorted(c for t in rows for c in t.conversations.values_list("ticket", "pk")),
        "attachments": sorted(Attachment.objects.filter(ticket__in=ids).values_list("ticket", "pk")),
        "tags": sorted(rows.values_list("pk", "tags__name").exclude(tags=None)),
        "followers": sorted(rows.values_list("pk", "followers").exclude(followers=None)),
        "links": sorted(TicketLink.objects.values_list("source", "target", "kind")),
        "drafts": sorted(d for t in rows for d in t.drafts.values_list("ticket", "mode", "body")),
    }


@pytest.fixture
def other(ticket: Ticket) -> Ticket:
    """Mia wrote once more, about something else."""
    return make.ticket(inbox_=ticket.inbox, subject="Statement", text="Where is my statement?")


def test_all_that_was_said_moves_and_the_other_closes(ticket: Ticket, other: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    note = add_note(other.pk, actor=actor, body="Called her")
    file = upload(other, name="a.txt", content=b"hello", actor=actor)

    operation = merge(other.pk, into_id=ticket.pk, actor=actor)

    other.refresh_from_db()
    assert (other.status, other.merged_into) == (Status.CLOSED, ticket)
    assert ticket.messages.count() == 3
    assert ticket.conversations.count() == 2
    assert not other.messages.exists()
    note.refresh_from_db()
    file.refresh_from_db()
    assert note.ticket == file.ticket == ticket
    ticket.refresh_from_db()
    assert ticket.preview == "Where is my statement?"
    assert operation.data["different_customers"] is False


def test_the_fact_stands_on_both_tickets(ticket: Ticket, other: Ticket, ada: User) -> None:
    operation = merge(other.pk, into_id=ticket.pk, actor=make.actor(ada))

    kept, away = ticket.events.get(kind="ticket.merged"), other.events.get(kind="ticket.merged")
    assert kept.data["other"] == other.pk
    assert away.data["other"] == ticket.pk
    assert kept.data["operation"] == away.data["operation"] == operation.pk


def test_later_mail_follows(ticket: Ticket, other: Ticket, ada: User) -> None:
    first = other.messages.get()
    merge(other.pk, into_id=ticket.pk, actor=make.actor(ada))

    received = receive(ticket.inbox, inbound=make.inbound(in_reply_to=(first.external_id,)))

    assert received.ticket == ticket


def test_unmerge_restores_exactly(ticket: Ticket, other: Ticket, ada: User, sam: User) -> None:
    actor = make.actor(ada)
    for each in (ticket, other):
        tag(each.pk, add=["card"], actor=actor)
    tag(other.pk, add=["statement"], actor=actor)
    follow(other.pk, actor=make.actor(sam))
    add_note(other.pk, actor=actor, body="Called her")
    upload(other, name="a.txt", content=b"hello", actor=actor)
    save_draft(other.pk, mode="reply", body="Dear Mia", version=0, actor=actor)
    third = make.ticket(inbox_=ticket.inbox, subject="Third")
    link(other.pk, other_id=third.pk, kind="related", actor=actor)
    link(other.pk, other_id=ticket.pk, kind="duplicate", actor=actor)
    change_status(ticket.pk, to=Status.SOLVED, actor=actor)
    before = picture(ticket, other)

    operation = merge(other.pk, into_id=ticket.pk, actor=actor)
    during = picture(ticket, other)
    unmerge(operation.pk, actor=actor)

    assert during != before
    assert picture(ticket, other) == before
    assert ticket.events.filter(kind="ticket.unmerged").count() == 1


def test_unmerge_keeps_what_was_changed_since(ticket: Ticket, other: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    operation = merge(other.pk, into_id=ticket.pk, actor=actor)
    change_status(ticket.pk, to=Status.SOLVED, actor=actor)

    unmerge(operation.pk, actor=actor)

    ticket.refresh_from_db()
    other.refresh_from_db()
    assert ticket.status == Status.SOLVED
    assert other.status == Status.NEW


def test_what_was_written_since_goes_with_its_conversation(ticket: Ticket, other: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    theirs = other.conversations.get()
    change_status(other.pk, to=Status.SOLVED, actor=actor)
    operation = merge(other.pk, into_id=ticket.pk, actor=actor)
    answer = reply(ticket.pk, actor=actor, body="Here it is", conversation_id=theirs.pk)
    again = receive(ticket.inbox, inbound=make.inbound("Thanks, but", thread="")).message
    assert again is not None
    type(again).objects.filter(pk=again.pk).update(ticket=ticket, conversation=theirs)

    unmerge(operation.pk, actor=actor)

    answer.refresh_from_db()
    again.refresh_from_db()
    other.refresh_from_db()
    assert answer.ticket == again.ticket == other
    assert (other.status, other.preview) == (Status.OPEN, "Thanks, but")
    assert other.waiting_since == again.created_at


def test_merging_twice_and_unmerging_twice_is_harmless(ticket: Ticket, other: Ticket, ada: User) -> None:
    actor = make.actor(ada)

    first = merge(other.pk, into_id=ticket.pk, actor=actor)
    assert merge(other.pk, into_id=ticket.pk, actor=actor) == first
    unmerge(first.pk, actor=actor)
    unmerge(first.pk, actor=actor)

    assert Operation.objects.count() == 1
    assert other.events.filter(kind="ticket.unmerged").count() == 1


def test_a_merge_wakes_and_reopens_when_the_other_waits(ticket: Ticket, other: Ticket, ada: User) -> None:
    from datetime import timedelta

    from django.utils import timezone

    actor = make.actor(ada)
    snooze(ticket.pk, until=timezone.now() + timedelta(days=1), actor=actor)

    merge(other.pk, into_id=ticket.pk, actor=actor)

    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


def test_different_customers_are_marked(ticket: Ticket, ada: User) -> None:
    lee = make.ticket(inbox_=ticket.inbox, sender=Sender("email", "lee@mail.example", "Lee"))

    operation = merge(lee.pk, into_id=ticket.pk, actor=make.actor(ada))

    assert operation.data["different_customers"] is True
    assert ticket.events.get(kind="ticket.merged").data["different_customers"] is True


def test_it_says_no_to_itself_to_closed_ones_and_to_merged_ones(
    ticket: Ticket, other: Ticket, ada: User
) -> None:
    actor = make.actor(ada)
    third = make.ticket(inbox_=ticket.inbox, subject="Third")
    with pytest.raises(ConflictError, match="itself"):
        merge(ticket.pk, into_id=ticket.pk, actor=actor)
    change_status(third.pk, to=Status.SOLVED, actor=actor)
    change_status(third.pk, to=Status.CLOSED, actor=actor)
    with pytest.raises(ConflictError, match="closed"):
        merge(ticket.pk, into_id=third.pk, actor=actor)
    merge(other.pk, into_id=ticket.pk, actor=actor)
    with pytest.raises(ConflictError, match="merged"):
        merge(third.pk, into_id=other.pk, actor=actor)


def test_a_chain_is_taken_back_from_its_end(ticket: Ticket, other: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    third = make.ticket(inbox_=ticket.inbox, subject="Third")
    before = picture(ticket, other, third)
    first = merge(ticket.pk, into_id=other.pk, actor=actor)
    second = merge(other.pk, into_id=third.pk, actor=actor)

    with pytest.raises(ConflictError, match="merged"):
        unmerge(first.pk, actor=actor)
    unmerge(second.pk, actor=actor)
    unmerge(first.pk, actor=actor)

    assert picture(ticket, other, third) == before


def test_another_team_cannot_merge_either_way(ticket: Ticket, ada: User, ben: User) -> None:
    billing = make.ticket(team=make.team("Billing"), sender=Sender("email", "lee@mail.example"))

    for actor in (make.actor(ada), make.actor(ben)):
        for one, two in ((ticket, billing), (billing, ticket)):
            with pytest.raises(NotFoundError):
                merge(one.pk, into_id=two.pk, actor=actor)
    assert not Operation.objects.exists()


def test_another_team_cannot_unmerge(ticket: Ticket, other: Ticket, ada: User, ben: User) -> None:
    operation = merge(other.pk, into_id=ticket.pk, actor=make.actor(ada))

    with pytest.raises(NotFoundError):
        unmerge(operation.pk, actor=make.actor(ben))
    with pytest.raises(NotFoundError):
        unmerge(operation.pk + 1, actor=make.actor(ada))


def test_light_agents_cannot(ticket: Ticket, other: Ticket, lou: User) -> None:
    with pytest.raises(NotAllowedError):
        merge(other.pk, into_id=ticket.pk, actor=make.actor(lou))
