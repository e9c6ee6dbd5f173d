"""A reply on its way out: what the mail looks like, and what happens when the server is in a mood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from channels_app import deliver as delivering
from channels_app.adapters.email import smtp
from channels_app.models import DeliveryAttempt, Inbox
from channels_app.tasks import send_due_messages
from tests import make
from tests.channels_app import mails
from tests.channels_app.providers import Sink, smtp_config, smtp_server
from tickets.actions import delivery
from tickets.actions.attach import upload
from tickets.actions.reply import reply
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Sink:
    with smtp_server() as sink:
        yield sink


@pytest.fixture
def box(sink: Sink) -> Inbox:
    return mails.inbox(team=make.team("Support"), config=smtp_config(sink), signature="Your bank")


@pytest.fixture
def ticket(box: Inbox) -> Ticket:
    return mails.arrive(box, mails.mail(message_id="q1@mail.example")).ticket


def due(message: Message) -> Message:
    Message.objects.filter(pk=message.pk).update(send_at=timezone.now() - timedelta(seconds=1))
    return message


def send(message: Message) -> Message:
    delivering.deliver(due(message).pk)
    message.refresh_from_db()
    return message


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_written", [False, True], ids=["nothing written", "written, but never told so"])
def test_a_database_that_restarts_while_a_reply_leaves_is_waited_for(
    ticket: Ticket, ada: User, sink: Sink, monkeypatch: pytest.MonkeyPatch, is_written: bool
) -> None:
    mark_sent, tries = delivery.mark_sent, []

    def away_twice(message_id: int, *, external_id: str) -> object:
        tries.append(message_id)
        if len(tries) > 2 or is_written:
            mark_sent(message_id, external_id=external_id)
        if len(tries) <= 2:
            raise OperationalError("the database system is shutting down")

    monkeypatch.setattr(delivery, "mark_sent", away_twice)
    monkeypatch.setattr(delivering, "PAUSES", (0.01, 0.01, 0.01))

    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Which card?"))

    assert (answer.delivery, len(sink.mails), len(tries)) == ("sent", 1, 3)
    assert ticket.events.filter(kind="message.sent").count() == 1
    assert DeliveryAttempt.objects.get().outcome == "sent"


def test_a_reply_arrives_threaded_signed_and_marked(ticket: Ticket, ada: User, sink: Sink) -> None:
    answer = send(
        reply(ticket.pk, actor=make.actor(ada), html="<p>Which <b>card</b>?</p>",
              cc=[("Minh", "minh@mail.example")])
    )  # fmt: skip

    (mail,), (envelope,) = sink.mails, sink.envelopes
    assert (answer.delivery, answer.external_id) == ("sent", mail["Message-ID"].strip("<>"))
    assert (mail["From"], mail["To"], mail["Cc"]) == (
        "Support <support@bank.example>", "Mia Chen <mia@mail.example>", "Minh <minh@mail.example>",
    )  # fmt: skip
    assert set(envelope.rcpt_tos) == {"mia@mail.example", "minh@mail.example"}
    assert mail["Subject"] == f"Re: Blocked card [#{ticket.pk}]"
    assert (mail["In-Reply-To"], mail["References"]) == ("<q1@mail.example>", "<q1@mail.example>")
    assert mail["X-Helpdesk-Loop"]
    assert "Auto-Submitted" not in mail
    assert "Which card?\n\n-- \nYour bank" in mail.get_body(("plain",)).get_content().replace("\r", "")
    assert "<b>card</b>" in mail.get_body(("html",)).get_content()
    again = mails.arrive(ticket.inbox, mails.mail(subject="?", In_Reply_To=mail["Message-ID"]))
    assert again.ticket_id == ticket.pk


def test_an_automatic_reply_says_that_it_is_one(ticket: Ticket, sink: Sink) -> None:
    from tickets.actor import AUTOMATION

    send(reply(ticket.pk, actor=AUTOMATION, body="We have it", is_automatic=True))

    (mail,) = sink.mails
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-replied", "auto_reply")


def test_files_travel_below_and_pictures_within_the_text(ticket: Ticket, ada: User, sink: Sink) -> None:
    actor = make.actor(ada)
    picture = upload(ticket, name="shot.png", content=b"\x89PNG\r\n\x1a\n picture", actor=actor)
    paper = upload(ticket, name="Hợp đồng.pdf", content=b"%PDF-1.4 paper", actor=actor)
    answer = reply(ticket.pk, actor=actor, html="<p>See</p>", attachment_ids=[picture.pk, paper.pk])
    Message.objects.filter(pk=answer.pk).update(html=f'<p><img src="/attachments/{picture.pk}/shot.png"></p>')

    send(answer)

    (mail,) = sink.mails
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Hợp đồng.pdf", b"%PDF-1.4 paper")
    inline = next(part for part in mail.walk() if part["Content-ID"])
    assert f"cid:{inline['Content-ID'].strip('<>')}" in mail.get_body(("html",)).get_content()


def test_nobody_smuggles_headers_in(ticket: Ticket, ada: User, sink: Sink) -> None:
    Ticket.objects.update(subject="Card\r\nBcc: thief@mail.example")
    ticket.customer.identities.update(name='Mia\r\nBcc: thief@mail.example, "x')

    answer = reply(ticket.pk, actor=make.actor(ada), body="Hello")

    assert send(answer).delivery == "sent"
    assert sink.envelopes[0].rcpt_tos == ["mia@mail.example"]
    assert sink.mails[0]["Bcc"] is None


def test_addresses_in_other_scripts(ticket: Ticket, ada: User, sink: Sink) -> None:
    ticket.customer.identities.update(address="thu.hà@bücher.example")

    assert send(reply(ticket.pk, actor=make.actor(ada), body="Chào chị")).delivery == "sent"
    assert sink.envelopes[0].rcpt_tos == ["thu.hà@xn--bcher-kva.example"]


def test_a_server_without_such_letters_is_told_apart(ada: User) -> None:
    with smtp_server(smtputf8=False) as sink:
        box = mails.inbox(config=smtp_config(sink))
        ticket = mails.arrive(box, mails.mail()).ticket
        ticket.customer.identities.update(address="thu.hà@mail.example")
        answer = send(reply(ticket.pk, actor=make.actor(ada), body="Chào chị"))

    assert answer.delivery == "failed"
    assert "such letters" in answer.failure


def test_a_busy_server_is_tried_again_under_the_same_id(ticket: Ticket, ada: User, sink: Sink) -> None:
    sink.answers = ["451 4.3.0 mailbox busy"]
    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Hello"))
    assert (answer.delivery, answer.attempts) == ("queued", 1)
    assert "mailbox busy" in answer.failure
    assert answer.send_at > timezone.now()

    send(answer)

    assert answer.delivery == "sent"
    assert list(DeliveryAttempt.objects.order_by("pk").values_list("outcome", flat=True)) == [
        "temporary",
        "sent",
    ]
    assert len(sink.envelopes) == 1


def test_a_refusal_is_shown_with_the_servers_words(ticket: Ticket, ada: User, sink: Sink) -> None:
    sink.rcpt_answers = ["550 5.1.1 no such user"]

    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Hello"))

    assert (answer.delivery, answer.failure) == ("failed", "550 5.1.1 no such user")
    assert DeliveryAttempt.objects.get().outcome == "permanent"
    assert ticket.events.filter(kind="message.failed").exists()


def test_a_hanging_server_is_given_up_on(
    ticket: Ticket, ada: User, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)
    sink.hang_seconds = 1.5

    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Hello"))

    assert answer.delivery == "queued"
    assert answer.failure


def test_after_ten_tries_it_has_failed(ticket: Ticket, ada: User, sink: Sink) -> None:
    sink.answers = ["451 no"] * 20
    answer = reply(ticket.pk, actor=make.actor(ada), body="Hello")
    for _try in range(delivering.MAX_ATTEMPTS):
        send(answer)

    assert answer.delivery == "failed"


def test_a_defect_in_sending_does_not_leave_the_reply_claimed(
    ticket: Ticket, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "outbound", lambda message: 1 / 0)

    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Hello"))

    assert answer.delivery == "queued"
    assert DeliveryAttempt.objects.get().outcome == "temporary"


@pytest.mark.parametrize("step", ["before the server", "after the server"])
def test_a_worker_killed_while_sending_sends_once_more_under_the_same_id(
    ticket: Ticket, ada: User, sink: Sink, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    answer = due(reply(ticket.pk, actor=make.actor(ada), body="Hello"))
    place = (delivering, "outbound") if step == "before the server" else (delivery, "mark_sent")

    class Killed(BaseException):
        """SIGKILL leaves no time to tidy up."""

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*place, die)
        with pytest.raises(Killed):
            delivering.deliver(answer.pk)
    assert Message.objects.get(pk=answer.pk).delivery == "sending"
    assert send_due_messages() == 0, "somebody may still be at it"

    Message.objects.filter(pk=answer.pk).update(claimed_at=timezone.now() - delivery.CLAIM_LOST_AFTER * 2)
    assert delivery.due() == [answer.pk]
    delivering.deliver(answer.pk)

    answer.refresh_from_db()
    assert answer.delivery == "sent"
    ids = {mail["Message-ID"] for mail in sink.mails}
    assert len(ids) == 1, "receivers know the second one as the same"
    outcomes = list(DeliveryAttempt.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["lost", "sent"]


def test_an_answer_to_a_form_goes_through_the_mail_inbox(box: Inbox, ada: User, sink: Sink) -> None:
    form = make.inbox("form", team=make.team("Support"), config={"reply_through": str(box.pk)}, sealed="")
    ticket = make.ticket(inbox_=form)

    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Thank you"))

    assert answer.delivery == "sent"
    (mail,) = sink.mails
    assert mail["From"] == "Support <support@bank.example>"
    back = mails.arrive(box, mails.mail(In_Reply_To=mail["Message-ID"], subject="?"))
    assert back.ticket_id == ticket.pk
