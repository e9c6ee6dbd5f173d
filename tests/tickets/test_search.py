"""Finding tickets."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from channels_app.contract import Sender
from customers.actions.edit import add_identity, update_customer
from tests import make
from tickets import search as searching
from tickets.actions.note import add_note
from tickets.actions.reply import cancel_reply, reply
from tickets.filters import TicketFilter
from tickets.models import Attachment, Event, Message, SearchEntry, Ticket
from tickets.search import search

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User


def take_facts() -> None:
    """Run what the worker runs after a commit, for the search."""
    for event in Event.objects.order_by("pk"):
        searching.on_event(event)


def found(agent: User, question: str, **options: object) -> list[int]:
    return [hit.row.id for hit in search(agent, question, **options).hits]  # type: ignore[arg-type]


@pytest.fixture
def order(db: None) -> Ticket:
    """Chị Châu wrote about an order."""
    ticket = make.ticket(
        team=make.team("Support"),
        subject="Đơn hàng số 12",
        text="Tôi muốn hoàn tiền. 我要求退款申请。",
        sender=Sender("email", "chau.nguyen@quay.example", "Nguyễn Minh Châu"),
    )
    take_facts()
    return ticket


@pytest.mark.parametrize(
    "question",
    [
        "don hang", "ĐƠN HÀNG", "đơn hà", "hoan tien", "退款", "退", "退款申請", "chau", "nguyen minh chau",
        "chau.nguyen@quay.example", "chau.nguyen@qu", "quay", "chau hoan tien", "châu 退款",
    ],
)  # fmt: skip
def test_a_ticket_is_found_by_its_words_however_they_are_written(
    ada: User, order: Ticket, question: str
) -> None:
    assert found(ada, question) == [order.pk]


@pytest.mark.parametrize(
    "question", ["hoàn xyz", "款退", "on hang", "", "  ", "'", "!!!", "\x00", "%", "a" * 5000]
)
def test_what_is_not_there_is_not_found(ada: User, order: Ticket, question: str) -> None:
    assert found(ada, question) == []


@pytest.mark.parametrize("written", ["#{}", "{}", " #{} "])
def test_a_number_finds_its_ticket(ada: User, ben: User, order: Ticket, written: str) -> None:
    assert found(ada, written.format(order.pk)) == [order.pk]
    assert found(ben, written.format(order.pk)) == []
    assert found(ada, "#999999999999999") == []


def test_nobody_finds_what_they_may_not_see(ada: User, ben: User, eve: User, order: Ticket) -> None:
    for question in ("don hang", "退款", "chau"):
        assert found(ben, question) == []
        assert found(eve, question) == [order.pk]


def test_notes_and_replies_are_found_and_say_what_they_are(ada: User, order: Ticket) -> None:
    add_note(order.pk, actor=make.actor(ada), body="Ask the warehouse about parcel 77")
    take_facts()

    hit = search(ada, "warehouse").hits[0]

    assert (hit.row.id, hit.message_kind) == (order.pk, "note")
    assert ("warehouse", True) in hit.snippet


def test_a_reply_taken_back_leaves_the_index(ada: User, order: Ticket) -> None:
    sent = reply(order.pk, actor=make.actor(ada), body="Unfortunately impossible")
    take_facts()
    assert found(ada, "impossible") == [order.pk]

    cancel_reply(sent.pk, actor=make.actor(ada))
    take_facts()

    assert found(ada, "impossible") == []


def test_redacted_text_leaves_the_index(ada: User, order: Ticket) -> None:
    message = order.messages.get()
    Message.objects.filter(pk=message.pk).update(body="removed", redacted_at=timezone.now())
    searching.on_event(Event(ticket=order, message=message, kind="message.redacted"))

    assert found(ada, "hoan tien") == []
    assert found(ada, "don hang") == [order.pk]  # the subject stands


def test_deleted_tickets_leave_the_index(ada: User, order: Ticket) -> None:
    Message.objects.all().delete()
    Ticket.objects.all().delete()

    assert SearchEntry.objects.count() == 0
    assert found(ada, "don hang") == []


def test_a_new_subject_is_found_and_the_old_is_not(ada: User, order: Ticket) -> None:
    Ticket.objects.filter(pk=order.pk).update(subject="Reisekosten")
    searching.on_event(Event(ticket=order, kind="ticket.subject_changed"))

    assert found(ada, "reisekosten") == [order.pk]
    assert found(ada, "don hang") == []


def test_messages_that_moved_are_found_on_their_new_ticket(ada: User, order: Ticket) -> None:
    other = make.ticket(team=order.team, inbox_=order.inbox, subject="Second")
    take_facts()
    Message.objects.filter(ticket=order).update(ticket=other)
    searching.on_event(Event(ticket=order, kind="ticket.merged", data={"other": other.pk}))

    assert found(ada, "hoan tien") == [other.pk]


def test_a_customer_is_found_by_a_new_name_and_a_phone_number(ada: User, order: Ticket) -> None:
    update_customer(order.customer_id, actor=ada, name="Trần Quốc Bảo")
    add_identity(order.customer_id, kind="phone", address="+84 901 234 567", actor=ada)

    for question in ("quoc bao", "+84 901 234 567", "0901 234 567", "0084901234567", "4567", "901234567"):
        assert found(ada, question) == [order.pk], question
    assert found(ada, "902234567") == []


def test_a_match_in_the_subject_comes_first(ada: User) -> None:
    inbox = make.inbox(team=make.team("Support"))
    in_subject = make.ticket(inbox_=inbox, subject="Cheque book", text="Hello")
    in_text = make.ticket(inbox_=inbox, subject="Hello", text="I need a cheque")
    take_facts()

    assert found(ada, "cheque") == [in_subject.pk, in_text.pk]
    assert found(ada, "cheque", newest_first=True) == [in_text.pk, in_subject.pk]


def test_spam_and_merged_tickets_stay_out(ada: User, order: Ticket) -> None:
    Ticket.objects.filter(pk=order.pk).update(is_spam=True)

    assert found(ada, "don hang") == []
    assert found(ada, f"#{order.pk}") == []


def test_filters_narrow_a_search(ada: User, order: Ticket) -> None:
    inbox = make.inbox(team=make.team("Support"))
    other = make.ticket(inbox_=inbox, subject="Đơn hàng số 13")
    take_facts()
    solved = Ticket.objects.filter(status="solved")
    Ticket.objects.filter(pk=other.pk).update(status="solved")

    assert found(ada, "don hang", tickets=solved) == [other.pk]


def test_results_come_in_pages(ada: User) -> None:
    inbox = make.inbox(team=make.team("Support"))
    made = [make.ticket(inbox_=inbox, subject=f"Cheque {number}").pk for number in range(5)]
    take_facts()

    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        results = search(ada, "cheque", offset=offset, size=2)
        seen += [hit.row.id for hit in results.hits]
        offset = results.next_offset

    assert seen == made[::-1]


def test_a_search_takes_few_queries(ada: User, django_assert_max_num_queries: Callable[..., object]) -> None:
    inbox = make.inbox(team=make.team("Support"))
    for number in range(10):
        make.ticket(inbox_=inbox, subject=f"Cheque {number}")
    take_facts()
    assert ada.team_ids

    with django_assert_max_num_queries(8):
        assert len(search(ada, "cheque").hits) == 10


def test_the_index_can_be_built_anew_and_goes_on_where_it_stopped(ada: User, order: Ticket) -> None:
    SearchEntry.objects.all().delete()
    type(order.customer).objects.update(search_words="")
    assert found(ada, "hoan tien") == []

    out = StringIO()
    call_command("reindex_search", stdout=out)

    assert found(ada, "hoan tien") == found(ada, "chau.nguyen@quay.example") == [order.pk]
    assert "complete" in out.getvalue()
    assert list(searching.reindex()) == []
    assert list(searching.reindex(everything=True)) == [order.last_message_id]


def test_lists_filter_by_words(ada: User, order: Ticket) -> None:
    class Request:
        user = ada

    made = TicketFilter({"q": "hoan tien"}, queryset=Ticket.objects.visible_to(ada), request=Request())

    assert [ticket.pk for ticket in made.qs] == [order.pk]


def test_each_way_through_the_index_finds_the_same(
    ada: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few texts take the index, many the window, and hardly visible ones the longer window."""
    support, billing = make.inbox(team=make.team("Support")), make.inbox("form", team=make.team("Billing"))
    mine = [make.ticket(inbox_=support, subject=f"Cheque {number}").pk for number in range(3)]
    for number in range(6):
        make.ticket(inbox_=billing, subject=f"Cheque {number}")
    take_facts()

    for limits in ({"ENOUGH": 100}, {"ENOUGH": 5, "WINDOW": 7}, {"ENOUGH": 5, "FEW": 1}):
        with monkeypatch.context() as patch:
            for name, value in limits.items():
                patch.setattr(f"helpdesk.search.{name}", value)
            assert set(found(ada, "cheque")) == set(mine), limits


def test_files_are_found_by_their_names(ada: User, order: Ticket) -> None:
    Attachment.objects.create(
        message=order.messages.get(),
        ticket=order,
        name="hoá đơn tháng 3.pdf",
        size=1,
        file="x",
        content_type="x",
    )
    searching.index_messages(order.messages.all())

    assert found(ada, "hoa don thang") == [order.pk]


def test_indexing_one_message_takes_two_statements(
    order: Ticket, django_assert_max_num_queries: Callable[..., object]
) -> None:
    event = Event.objects.filter(kind="message.received").get()

    with django_assert_max_num_queries(2 if connection.vendor == "postgresql" else 4):
        searching.on_event(event)


def test_many_messages_are_indexed_in_batches(
    ada: User, order: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        add_note(order.pk, actor=make.actor(ada), body=f"parcel {number}")
    monkeypatch.setattr(searching, "BATCH", 2)

    assert searching.index_messages(order.messages.all()) == 6
    assert SearchEntry.objects.count() == 6
