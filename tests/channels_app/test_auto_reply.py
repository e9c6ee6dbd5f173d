"""The automatic reply, and that it never starts a loop."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from channels_app.hours import is_open
from channels_app.models import Inbox
from tests.channels_app.mails import arrive, inbox, mail
from tickets.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Inbox:
    return inbox(is_auto_reply_on=True, auto_reply="Hello {name}, your number is {number}.")


def answers() -> list[str]:
    return list(Message.objects.filter(kind="out", is_automatic=True).values_list("body", flat=True))


def test_a_person_gets_an_answer_with_the_number(box: Inbox) -> None:
    call = arrive(box, mail())

    assert answers() == [f"Hello Mia Chen, your number is {call.ticket_id}."]
    assert call.ticket.status == "new", "a machine's answer is no first reply"
    assert call.ticket.waiting_since is not None


def test_without_words_of_its_own_the_inbox_speaks_its_language() -> None:
    arrive(inbox(is_auto_reply_on=True), mail())

    assert "we have received your message" in answers()[0]


@pytest.mark.parametrize(
    "given",
    [
        {"Auto_Submitted": "auto-generated"},
        {"List_Id": "<news.list.example>"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
        {"sender": "no-reply@shop.example"},
        {"sender": "mailer-daemon@shop.example"},
        {"sender": "Support <support@bank.example>"},
    ],
    ids=str,
)
def test_a_machine_is_never_answered(box: Inbox, given: dict[str, str]) -> None:
    arrive(box, mail(**given))

    assert answers() == []


def test_another_inbox_of_ours_is_never_answered(box: Inbox) -> None:
    inbox(address="sales@bank.example")

    arrive(box, mail(sender="sales@bank.example"))

    assert answers() == []


def test_two_answers_to_one_subject_are_enough(box: Inbox) -> None:
    for _mail in range(5):
        arrive(box, mail(subject="Re: Blocked card"))

    assert len(answers()) == 2


def test_ten_answers_to_one_sender_are_enough_for_three_hours(box: Inbox) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as clock:
        for number in range(13):
            arrive(box, mail(subject=f"Subject {number}"))
        assert len(answers()) == 10
        clock.shift(60 * 181)
        arrive(box, mail(subject="Later"))
        assert len(answers()) == 11


@pytest.mark.parametrize(("when", "hour", "expected"), [
    ("open", 10, 1), ("open", 20, 0), ("closed", 10, 0), ("closed", 20, 1), ("always", 20, 1),
])  # fmt: skip
def test_only_within_or_outside_the_hours(when: str, hour: int, expected: int) -> None:
    box = inbox(
        is_auto_reply_on=True, auto_reply_when=when, hours={"mon": [["08:00", "17:30"]]},
        time_zone="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    with time_machine.travel(datetime(2026, 3, 2, hour - 7, tzinfo=UTC), tick=False):
        arrive(box, mail())

    assert len(answers()) == expected


def test_hours_end_when_they_say() -> None:
    hours = {"mon": [["08:00", "12:00"], ["13:00", "17:30"]]}
    times = {7: False, 8: True, 12: False, 13: True, 18: False}

    got = {hour: is_open(hours, "UTC", datetime(2026, 3, 2, hour, tzinfo=UTC)) for hour in times}

    assert got == times
    assert is_open({}, "UTC", datetime(2026, 3, 1, tzinfo=UTC))
