"""Who is told about what."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Presence
from helpdesk.errors import NotAllowedError
from tests import make
from tickets import awaymail, notify
from tickets.actions.assign import assign
from tickets.actions.delivery import mark_failed
from tickets.actions.note import add_note
from tickets.actions.notifications import mark_notifications_read
from tickets.actions.reply import reply
from tickets.actions.snooze import snooze, wake_due
from tickets.actions.status import change_status
from tickets.models import Event, Message, Notification, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User


def take_facts() -> None:
    for event in Event.objects.order_by("pk").select_related("ticket", "message"):
        notify.on_event(event)


def told(user: User) -> list[str]:
    take_facts()
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def colleague(db: None) -> User:
    """Another agent of Support."""
    return make.agent("cleo", make.team("Support"))


@pytest.fixture
def mine(ada: User, ticket: Ticket) -> Ticket:
    """A ticket that Ada took herself."""
    return assign(ticket.pk, to=ada, actor=make.actor(ada))


def write_again(ticket: Ticket) -> None:
    make.message(inbox_=ticket.inbox, subject=ticket.subject, text="Hello?", subject_ticket=ticket.pk)


def test_taking_a_ticket_oneself_tells_nobody(ada: User, mine: Ticket) -> None:
    assert told(ada) == []


def test_being_given_a_ticket_is_told_once(ada: User, colleague: User, ticket: Ticket) -> None:
    assign(ticket.pk, to=ada, actor=make.actor(colleague))

    assert told(ada) == ["assigned"]
    assert told(ada) == ["assigned"]
    assert told(colleague) == []
    notification = Notification.objects.get()
    assert notify.sentence(notification) == "Cleo gave you this ticket"


def test_owner_and_followers_are_told_that_the_customer_wrote(
    ada: User, colleague: User, mine: Ticket
) -> None:
    mine.followers.add(colleague)
    write_again(mine)

    assert told(ada) == told(colleague) == ["message"]


def test_followers_who_may_no_longer_see_it_are_not_told(ben: User, mine: Ticket) -> None:
    mine.followers.add(ben)
    write_again(mine)

    assert told(ben) == []


def test_those_mentioned_are_told(ada: User, colleague: User, mine: Ticket) -> None:
    add_note(mine.pk, actor=make.actor(ada), body="@cleo @ada", mention_ids=(colleague.pk, ada.pk))

    assert told(colleague) == ["mentioned"]
    assert told(ada) == []


def test_the_author_is_told_that_a_reply_failed(ada: User, mine: Ticket) -> None:
    message = reply(mine.pk, actor=make.actor(ada), body="Hello")
    mark_failed(message.pk, reason="mailbox full")

    assert told(ada) == ["failed"]


def test_time_wakes_a_ticket_for_its_owner(ada: User, mine: Ticket) -> None:
    snooze(mine.pk, until=timezone.now() + timedelta(hours=1), actor=make.actor(ada))
    Ticket.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    wake_due()

    assert told(ada) == ["woken"]


def test_a_ticket_without_owner_wakes_for_who_laid_it_aside(colleague: User, ticket: Ticket) -> None:
    snooze(ticket.pk, until=timezone.now() + timedelta(hours=1), actor=make.actor(colleague))
    Ticket.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1), assignee=None)
    wake_due()

    assert told(colleague) == ["woken"]


def test_a_message_that_reopens_is_told_once_as_such(ada: User, mine: Ticket) -> None:
    change_status(mine.pk, to="solved", actor=make.actor(ada))
    write_again(mine)

    assert told(ada) == ["reopened"]


def test_a_muted_kind_is_not_told(ada: User, mine: Ticket) -> None:
    ada.notifications = {"message": False}
    ada.save(update_fields=["notifications"])
    write_again(mine)

    assert told(ada) == []


def test_a_machines_mail_tells_nobody(ada: User, mine: Ticket) -> None:
    make.message(
        inbox_=mine.inbox, subject=mine.subject, text="I am away", subject_ticket=mine.pk, is_automatic=True
    )

    assert told(ada) == []


def test_new_notifications_poke_their_reader(
    ada: User, mine: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    pokes: list[tuple[set[str], set[str]]] = []
    monkeypatch.setattr(notify.live, "poke", lambda topics, kinds: pokes.append((topics, kinds)))
    write_again(mine)

    take_facts()
    take_facts()

    assert pokes == [({f"user:{ada.pk}"}, {"notification"})]


def test_one_marks_ones_own_as_read(ada: User, colleague: User, mine: Ticket) -> None:
    write_again(mine)
    write_again(mine)
    take_facts()
    first = Notification.objects.filter(user=ada).last()
    assert first is not None

    with pytest.raises(NotAllowedError):
        mark_notifications_read(ada, actor=make.actor(colleague))
    assert mark_notifications_read(ada, ids=[first.pk], actor=make.actor(ada)) == 1
    assert mark_notifications_read(ada, ticket_id=mine.pk, actor=make.actor(ada)) == 1
    assert mark_notifications_read(ada, actor=make.actor(ada)) == 0


@pytest.fixture
def waiting(ada: User, mine: Ticket) -> Ticket:
    """Ada was told ten minutes ago that the customer wrote twice."""
    write_again(mine)
    write_again(mine)
    take_facts()
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    return mine


def test_one_gathered_mail_goes_to_who_is_away(ada: User, waiting: Ticket) -> None:
    ada.language, ada.time_zone = "vi", "Asia/Ho_Chi_Minh"
    ada.save(update_fields=["language", "time_zone"])

    assert awaymail.mail_away() == 1
    assert awaymail.mail_away() == 0

    (sent,) = mail.outbox
    assert sent.to == [ada.email]
    assert sent.body.count(f"/tickets/{waiting.pk}/") == 2
    assert "Hello?" not in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("state", ["online", "busy"])
def test_who_is_there_gets_no_mail(ada: User, waiting: Ticket, state: str) -> None:
    Presence.objects.update_or_create(user=ada, defaults={"state": state})

    assert awaymail.mail_away() == 0


def test_fresh_read_and_unwanted_notifications_are_not_mailed(ada: User, waiting: Ticket) -> None:
    Notification.objects.update(created_at=timezone.now())
    assert awaymail.mail_away() == 0
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=10), read_at=timezone.now())
    assert awaymail.mail_away() == 0
    Notification.objects.update(read_at=None)
    ada.notifications = {"email_when_away": False}
    ada.save(update_fields=["notifications"])
    assert awaymail.mail_away() == 0


def test_a_kind_is_mailed_only_to_those_who_want_it(ada: User, waiting: Ticket) -> None:
    ada.notifications = {f"{kind}.email": False for kind in notify.KINDS if kind != "message"}
    ada.save(update_fields=["notifications"])
    Notification.objects.update(kind="mentioned")
    assert awaymail.mail_away() == 0
    assert not Notification.objects.exclude(emailed_at=None).exists()

    Notification.objects.update(kind="message")
    assert awaymail.mail_away() == 1


def test_a_mail_that_could_not_leave_is_tried_again(
    ada: User, waiting: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> int:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        assert awaymail.mail_away() == 0

    assert awaymail.mail_away() == 1


def test_notifications_cost_few_queries(
    ada: User, mine: Ticket, django_assert_max_num_queries: Callable[..., object]
) -> None:
    write_again(mine)
    event = Event.objects.select_related("ticket", "message").filter(kind="message.received").last()
    assert event is not None
    assert Message.objects.count() == 2

    with django_assert_max_num_queries(8):
        notify.on_event(event)


def test_a_new_ticket_that_nobody_has_costs_one_query(
    db: None, django_assert_max_num_queries: Callable[..., object]
) -> None:
    make.ticket()
    event = Event.objects.select_related("ticket", "message").get(kind="message.received")

    with django_assert_max_num_queries(1):
        notify.on_event(event)
