"""The demo desk: whole, believable, the same every time, and quick to make large."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Role, User
from channels_app.models import DeliveryAttempt, InboundCall, Inbox
from helpdesk import demo
from helpdesk.demo import cast, lives, mailbox, many
from tickets.models import Conversation, Event, Message, Operation, Status, Ticket
from tickets.queue import queue_page

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]  # one desk for all of these


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One small demo desk for the whole module, taken back at the end."""
    from django.conf import settings
    from django.db import transaction

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        with transaction.atomic():
            demo.seed(60)
            yield
            transaction.set_rollback(True)


def test_every_state_language_and_verdict_is_there(desk: None) -> None:
    tickets = Ticket.objects.all()

    assert set(tickets.values_list("status", flat=True)) == set(Status.values)
    assert set(tickets.values_list("priority", flat=True)) == {1, 2, 3, 4}
    assert {"en", "vi", "zh-hans", "zh-hant"} <= set(tickets.values_list("language", flat=True))
    assert tickets.filter(is_spam=True).exists()
    assert set(InboundCall.objects.values_list("state", flat=True)) == {"done", "failed"}
    assert {"ticketed", "threaded"} <= set(InboundCall.objects.values_list("verdict", flat=True))


def test_answers_of_customers_come_back_to_their_ticket_by_the_signed_id(desk: None) -> None:
    answered = Ticket.objects.filter(messages__kind="out", messages__delivery="sent").first()
    threaded = InboundCall.objects.filter(verdict="threaded")

    assert answered is not None
    assert threaded.count() > 10
    split_off = {operation.data["message"] for operation in Operation.objects.filter(kind="split")}
    stayed = threaded.exclude(message__in=split_off).select_related("message")
    assert all(call.ticket_id == call.message.ticket_id for call in stayed)


def test_nothing_lies_ahead_and_only_what_has_a_time_waits_to_be_sent(desk: None) -> None:
    now = timezone.now()

    assert not Message.objects.filter(created_at__gt=now).exists()
    waiting = Message.objects.filter(delivery__in=["queued", "sending"])
    assert waiting.count() == waiting.filter(send_at__gt=now + timedelta(hours=1)).count()
    assert not Event.objects.filter(handled_at=None).exists()


def test_messages_of_a_ticket_are_in_the_order_of_time(desk: None) -> None:
    for ticket in Ticket.objects.prefetch_related("messages")[:30]:
        times = [message.created_at for message in sorted(ticket.messages.all(), key=lambda each: each.pk)]
        assert times == sorted(times)


def test_a_delivery_that_failed_says_why(desk: None) -> None:
    failed = DeliveryAttempt.objects.filter(outcome="permanent")

    assert {attempt.detail for attempt in failed} <= {"552 5.2.2 Mailbox full", "552 5.2.2 Over quota"}


def test_each_person_shown_can_sign_in_and_sees_a_queue(desk: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # not the quick one of tests
    shown = demo.sign_ins()

    assert [role for role, _email, _password in shown] == ["agent", "senior", "supervisor", "administrator"]
    for _role, email, password in shown:
        user = User.objects.get(email=email)
        assert user.check_password(password)
        assert queue_page(user, "unassigned").rows


def test_a_desk_with_people_is_not_filled_twice(desk: None) -> None:
    before = Ticket.objects.count()

    call_command("seed_demo", only_if_empty=True)
    with pytest.raises(CommandError, match="people here already"):
        call_command("seed_demo")

    assert Ticket.objects.count() == before


def test_people_whose_passwords_are_known_are_not_added_in_production(db: None, settings: Any) -> None:
    settings.PRODUCTION = True
    before = User.objects.count()

    with pytest.raises(CommandError, match="not in production"):
        call_command("seed_demo")

    assert User.objects.count() == before


def test_the_plan_is_the_same_every_time() -> None:
    now = timezone.now()

    assert lives.plans(200, now) == lives.plans(200, now)
    assert len(Counter(plan.story for plan in lives.plans(200, now))) > 40


def test_many_tickets_have_the_shape_of_real_ones(desk: None) -> None:
    before, last = Ticket.objects.count(), Ticket.objects.latest("pk").pk

    many.add(300)

    added = Ticket.objects.filter(pk__gt=last)
    assert Ticket.objects.count() == before + 300
    assert Conversation.objects.filter(ticket__in=added).count() == 300
    assert added.filter(status__in=["closed", "solved"]).count() > 250
    for ticket in added[:20]:
        newest = ticket.messages.latest("pk")
        assert (ticket.last_message_id, ticket.last_message_kind) == (newest.pk, newest.kind)
        assert ticket.preview
    if connection.vendor == "postgresql":  # ids were given out by hand: the sequence must be past them
        inbox = Inbox.objects.filter(channel="email").earliest("pk")
        newest_added = added.latest("pk")
        made = Ticket.objects.create(customer=newest_added.customer, inbox=inbox)
        assert made.pk == newest_added.pk + 1


def test_roles_cover_everything() -> None:
    assert {person.role for person in cast.PEOPLE} == set(Role.values)


@pytest.mark.parametrize(
    ("url", "kind", "expected"),
    [
        ("imaps://me%40x:p%3Aw@mail.example", "imap", ("mail.example", 993, "tls", "me@x", "p:w")),
        ("smtp+tls://u:p@mail.example:2587", "smtp", ("mail.example", 2587, "starttls", "u", "p")),
        ("smtp://127.0.0.1:1025", "smtp", ("127.0.0.1", 1025, "none", "", "")),
    ],
)
def test_servers_are_named_by_an_address(url: str, kind: str, expected: tuple[object, ...]) -> None:
    at = mailbox.server(url, kind)

    assert (at.host, at.port, at.security, at.user, at.password) == expected


@pytest.mark.parametrize("url", ["http://x", "smtp://", "imap://mail.example"])
def test_an_address_that_names_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="smtp://user:password@host:port"):
        mailbox.server(url, "smtp")


def test_an_inbox_that_an_administrator_set_up_is_left_alone(desk: None) -> None:
    Inbox.objects.filter(channel="email").update(config={"smtp_host": "mail.bank.example"})

    assert mailbox.connect() is None
    assert Inbox.objects.get(address=cast.SUPPORT).config["smtp_host"] == "mail.bank.example"
