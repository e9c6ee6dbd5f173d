"""The demo desk has one of everything: each kind of thing that a screen can show, made as in life."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from channels_app import outgoing
from channels_app.deliver import deliver
from channels_app.ingest import process
from channels_app.models import DeliveryAttempt, InboundCall, Inbox
from customers.actions.merge import unmerge_customers
from customers.models import CustomerMerge, Identity
from helpdesk import demo
from helpdesk.demo import cast, lives, mailbox, scenes, terminal_outbox
from tickets.actions.reply import reply
from tickets.actor import Actor
from tickets.models import (
    Attachment,
    Conversation,
    CustomField,
    Draft,
    Event,
    Message,
    Notification,
    Operation,
    SavedView,
    Ticket,
    TicketLink,
)

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]  # one desk for all of these

FOUR = {"en", "vi", "zh-hans", "zh-hant"}


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The scenes and hardly anything else, taken back at the end."""
    from django.conf import settings
    from django.db import transaction

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        with transaction.atomic():
            demo.seed(10)
            yield
            transaction.set_rollback(True)


def languages(tickets: QuerySet[Ticket]) -> set[str]:
    return set(tickets.order_by().values_list("language", flat=True).distinct())


def test_every_inbox_has_tickets_in_four_languages(desk: None) -> None:
    inboxes = list(Inbox.objects.order_by("pk"))

    assert [inbox.channel for inbox in inboxes] == ["email", "email", "form", "api"]
    for inbox in inboxes:
        assert languages(Ticket.objects.filter(inbox=inbox)) == FOUR, inbox.name


def test_the_first_mail_inbox_is_the_one_that_customers_write_to(desk: None) -> None:
    assert Inbox.objects.filter(channel="email").earliest("pk").address == cast.SUPPORT
    first = Ticket.objects.filter(inbox__channel="email").earliest("pk")
    assert first.inbox is not None
    assert first.inbox.address == cast.SUPPORT


def test_both_mail_inboxes_send_through_the_outbox(desk: None, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path

    outbox = mailbox.connect()

    assert outbox is not None
    outbox.loop.close()  # it was never started
    for inbox in Inbox.objects.filter(channel="email"):
        assert inbox.config["smtp_port"] == outbox.port


def test_answers_to_terminals_are_kept_and_no_other_call_is(desk: None, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    ticket = Ticket.objects.filter(inbox__channel="api", status="open").earliest("pk")
    message = reply(ticket.pk, actor=Actor.of(ticket.assignee), body="It is printed now.")  # type: ignore[arg-type]
    Message.objects.filter(pk=message.pk).update(send_at=timezone.now())

    with terminal_outbox.kept() as folder:
        deliver(message.pk)
        with pytest.raises(outgoing.ForbiddenAddressError):
            outgoing.post("http://127.0.0.1:1/", body=b"{}", headers={})

    message.refresh_from_db()
    assert message.delivery == "sent"
    [file] = folder.glob("terminal-*.json")
    assert json.loads(file.read_text())["text"] == "It is printed now."


def test_people_in_copy_are_kept_and_colleagues_among_them_follow(desk: None) -> None:
    tickets = Ticket.objects.filter(inbox__address=cast.CORPORATE)
    copied = tickets.filter(messages__kind="in").exclude(messages__cc=[]).distinct()

    assert languages(copied) == FOUR
    assert (
        Event.objects.filter(kind="ticket.followed", actor_kind="automation", ticket__in=copied).count() >= 4
    )
    assert languages(tickets.filter(messages__kind="out").exclude(messages__cc=[])) == FOUR


def test_on_one_ticket_answers_go_to_different_people(desk: None) -> None:
    tickets = Ticket.objects.filter(inbox__address=cast.CORPORATE)
    replies = Message.objects.filter(ticket__in=tickets, kind="out")

    to = replies.values("ticket").annotate(people=Count("identity", distinct=True))
    assert to.filter(people__gt=1).exists()


def test_a_ticket_spans_two_channels(desk: None) -> None:
    channels = Conversation.objects.values("ticket").annotate(channels=Count("channel", distinct=True))

    assert channels.filter(channels=2).exists()


def test_tickets_are_split_and_merged_and_that_is_taken_back(desk: None) -> None:
    for kind in ("split", "merge"):
        assert Operation.objects.filter(kind=kind, undone_at=None).exists()
        assert Operation.objects.filter(kind=kind).exclude(undone_at=None).exists()
    assert Operation.objects.filter(kind="merge", data__different_customers=True).exists()
    assert Operation.objects.filter(created_at__gt=timezone.now()).count() == 0


def test_there_is_each_kind_of_link(desk: None) -> None:
    assert set(TicketLink.objects.values_list("kind", flat=True)) == set(TicketLink.Kind.values)
    parent = TicketLink.objects.filter(kind="parent")
    assert languages(Ticket.objects.filter(links_in__in=parent)) == FOUR


def test_merged_customers_can_be_parted(desk: None) -> None:
    merge = CustomerMerge.objects.filter(undone_at=None).latest("pk")
    assert CustomerMerge.objects.exclude(undone_at=None).exists()
    assert merge.absorbed.identities.count() == 0

    unmerge_customers(merge.pk, actor=None)

    assert merge.absorbed.identities.count() == 1
    assert merge.absorbed.tickets.count() == 1


def test_replies_wait_for_their_time_in_four_languages(desk: None) -> None:
    waiting = Message.objects.filter(delivery="queued")

    assert languages(Ticket.objects.filter(messages__in=waiting)) == FOUR
    assert waiting.filter(send_at__lt=timezone.now() + timedelta(hours=5)).count() == 0


def test_drafts_of_both_modes_wait_one_with_a_file_and_somebody_in_copy(desk: None) -> None:
    assert set(Draft.objects.values_list("mode", flat=True)) == set(Draft.Mode.values)
    assert Draft.objects.exclude(cc=None).filter(attachments__isnull=False).exists()


def test_every_fate_of_a_reply_is_there(desk: None) -> None:
    replies = Message.objects.filter(kind="out")

    fates = set(replies.values_list("delivery", flat=True))
    assert fates == set(Message.Delivery.values) - {"none", "sending"}
    assert replies.filter(is_automatic=True, delivery="sent").exists()


def test_the_delivery_log_has_each_outcome_and_a_second_try_that_worked(desk: None) -> None:
    attempts = DeliveryAttempt.objects.all()

    assert set(attempts.values_list("outcome", flat=True)) == set(DeliveryAttempt.Outcome.values) - {
        "running"
    }
    again = Message.objects.filter(delivery_attempts__outcome__in=["temporary", "permanent", "lost"])
    for outcome in ("temporary", "permanent", "lost"):
        assert again.filter(
            delivery_attempts__outcome=outcome, delivery__in=["sent", "delivered"]
        ).exists(), outcome
    assert not attempts.filter(started_at__gt=F("finished_at")).exists()


def test_the_ledger_has_each_verdict(desk: None) -> None:
    verdicts = set(InboundCall.objects.values_list("verdict", flat=True))

    assert verdicts == set(InboundCall.Verdict.values) - {""}
    assert set(InboundCall.objects.values_list("source", flat=True)) == {"smtp", "imap", "form", "webhook"}


def test_a_failed_call_becomes_a_ticket_when_it_is_read_again(desk: None) -> None:
    failed = InboundCall.objects.get(state="failed")
    assert failed.verdict == "failed"
    assert "No space left" in failed.error

    process(failed)

    failed.refresh_from_db()
    assert failed.verdict == "ticketed"
    assert failed.ticket is not None
    assert Attachment.objects.filter(ticket=failed.ticket).exists()


def test_a_bounce_marks_the_address_and_a_receipt_the_reply(desk: None) -> None:
    bounced = InboundCall.objects.get(verdict="bounce")
    assert bounced.message is not None
    assert bounced.message.delivery == "failed"
    assert Identity.objects.exclude(undeliverable_at=None).count() == 1

    receipt = InboundCall.objects.get(verdict="status", source="smtp")
    assert receipt.message is not None
    assert receipt.message.delivery == "read"


def test_an_away_note_wakes_nobody(desk: None) -> None:
    for call in InboundCall.objects.filter(verdict="auto_reply").select_related("ticket", "message"):
        assert call.message is not None
        assert call.message.is_automatic
        assert call.ticket is not None
        assert call.ticket.status == "pending"


def test_senders_of_spam_are_blocked(desk: None) -> None:
    blocked = Identity.objects.filter(is_blocked=True)

    assert blocked.count() >= 2
    assert set(InboundCall.objects.filter(verdict="blocked").values_list("sender", flat=True)) == set(
        blocked.values_list("address", flat=True)
    )


def test_redacted_words_are_gone(desk: None) -> None:
    redacted = Message.objects.exclude(redacted_at=None)

    assert redacted.count() == 2
    secrets = Q(body__contains="4026 5518") | Q(body__contains="Xuan-2026")
    assert not Message.objects.filter(secrets).exists()


def test_files_travel_both_ways_and_on_notes(desk: None) -> None:
    carried = Attachment.objects.values_list("message__kind", "message__channel")

    assert {
        ("in", "email"),
        ("in", "form"),
        ("in", "api"),
        ("out", "email"),
        ("out", "form"),
        ("note", ""),
    } <= set(carried)


def test_each_of_the_desks_questions_is_answered(desk: None) -> None:
    fields = CustomField.objects.all()
    assert set(fields.values_list("kind", flat=True)) == set(CustomField.Kind.values)

    answered = {key for custom in Ticket.objects.values_list("custom", flat=True) for key in custom}
    assert answered == set(fields.values_list("key", flat=True))


def test_every_team_has_a_view_of_its_own_that_finds_something(desk: None) -> None:
    shared = SavedView.objects.filter(is_shared=True).exclude(team=None)

    assert set(shared.values_list("team__name", flat=True)) == set(cast.TEAMS)
    assert SavedView.objects.filter(is_shared=True, team=None).exists()
    assert SavedView.objects.filter(is_shared=False).exists()


def test_the_bell_has_each_kind_and_everyone_shown_has_something_new(desk: None) -> None:
    from tickets.notify import KINDS

    assert set(Notification.objects.values_list("kind", flat=True)) == set(KINDS)
    new = set(Notification.objects.filter(read_at=None).values_list("user__email", flat=True))
    assert {person.email for person in cast.SHOWN_SIGN_INS} <= new


def test_people_are_mentioned_and_answer(desk: None) -> None:
    mentioned = Message.objects.exclude(mentions=None)

    assert mentioned.filter(mentions__username="linh").exists()
    assert mentioned.filter(mentions__username="mara").exists()


def test_tickets_also_come_from_agents(desk: None) -> None:
    opened = Event.objects.filter(kind="ticket.opened")

    assert opened.filter(actor_kind="agent", data__has_key="forwarded_by").exists()
    assert Ticket.objects.filter(inbox=None, messages__kind="note").exists()  # a call, noted down
    assert opened.filter(actor__username="kaiying", ticket__inbox__address=cast.CORPORATE).exists()


def test_who_is_shown_first_has_room_for_what_waits_and_for_a_first_mail(desk: None) -> None:
    linh = User.objects.get(username="linh")
    of_scenes = Ticket.objects.listed().filter(assignee=linh, status="open", snoozed_until=None).count()
    plans = lives.plans(demo.TICKETS - scenes.TICKETS, timezone.now())
    ordinary = sum(plan.agent == "linh" and plan.state == "open" for plan in plans)
    waiting = sum(plan.story.team == cast.CARDS and plan.state == "new" for plan in plans)

    assert of_scenes + ordinary + waiting < linh.capacity - 5


def test_scenes_count_their_tickets(desk: None) -> None:
    """`seed(200)` makes about two hundred: the ordinary ones are fewer by these."""
    assert Ticket.objects.count() - 5 == pytest.approx(scenes.TICKETS, abs=2)
