"""From the bytes of a mail to its ticket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from channels_app.adapters.email import marks
from channels_app.models import InboundCall
from customers.models import Identity
from tests import make
from tests.channels_app.mails import ADDRESS, arrive, inbox, mail
from tickets.actions.assign import assign
from tickets.actions.delivery import claim, mark_sent
from tickets.actions.reply import reply
from tickets.actions.status import change_status
from tickets.models import Message, Status, Ticket
from tickets.timeline import timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(ada: User) -> Message:
    """A ticket of Mia's that Ada has answered by mail."""
    call = arrive(inbox(team=make.team("Support")), mail())
    answer = reply(call.ticket_id, actor=make.actor(ada), body="Which card is it?")
    return sent(answer)


def sent(answer: Message) -> Message:
    """What a worker does when the undo time is over, without the network."""
    Message.objects.filter(pk=answer.pk).update(send_at=timezone.now())
    assert claim(answer.pk)
    return mark_sent(
        answer.pk, external_id=marks.message_id(answer.pk, answer.ticket_id, domain="bank.example")
    )


def test_a_mail_becomes_a_ticket() -> None:
    call = arrive(inbox(), mail("Thẻ của tôi bị khóa từ sáng nay.\r\n\r\n-- \r\nHà", subject="Thẻ bị khóa"))

    assert (call.state, call.verdict, call.source) == ("done", "ticketed", "imap")
    assert (call.sender, call.subject) == ("mia@mail.example", "Thẻ bị khóa")
    message = call.message
    assert message.body == "Thẻ của tôi bị khóa từ sáng nay."
    assert message.signature == "-- \nHà"
    assert (message.ticket.language, message.ticket.channel) == ("vi", "email")
    assert Identity.objects.get().kind == "email"


def test_a_signed_answer_goes_on_its_ticket(answered: Message) -> None:
    raw = mail("The blue one", subject="another subject", In_Reply_To=f"<{answered.external_id}>")

    call = arrive(answered.inbox, raw)

    assert (call.verdict, call.ticket_id) == ("threaded", answered.ticket_id)
    assert call.message.in_reply_to == answered.external_id


def test_a_signed_answer_counts_although_the_crash_lost_our_own_note_of_sending(answered: Message) -> None:
    Message.objects.filter(pk=answered.pk).update(external_id="", delivery="sending")

    call = arrive(answered.inbox, mail(In_Reply_To=f"<{answered.external_id}>", subject="x"))

    assert call.ticket_id == answered.ticket_id


def test_a_plus_address_leads_back(answered: Message) -> None:
    to = marks.reply_address(ADDRESS, answered.ticket_id)

    assert arrive(answered.inbox, mail(to=to, subject="no headers kept")).ticket_id == answered.ticket_id


@pytest.mark.parametrize(
    "forged",
    [
        {"In_Reply_To": "<m{message}.t{ticket}.aaaaaaaaaaaaaaaaaaaa@bank.example>"},
        {"References": "<mail1@mail.example>"},
        {"to": "support+t{ticket}.aaaaaaaaaaaaaaaaaaaa@bank.example"},
        {"subject": "Re: Blocked card [#{ticket}]"},
    ],
)
def test_a_stranger_cannot_write_into_a_ticket(answered: Message, forged: dict[str, str]) -> None:
    given = {
        name: value.format(message=answered.pk, ticket=answered.ticket_id) for name, value in forged.items()
    }

    call = arrive(answered.inbox, mail(sender="thief@mail.example", **given))

    assert call.verdict == "ticketed"
    assert call.ticket_id != answered.ticket_id


def test_the_customer_may_use_the_number_in_the_subject(answered: Message) -> None:
    raw = mail("From my phone", subject=f"Card [#{answered.ticket_id}]")

    assert arrive(answered.inbox, raw).ticket_id == answered.ticket_id


def test_the_same_mail_by_two_ways_is_one_call() -> None:
    box, raw = inbox(), mail()
    first = arrive(box, raw)
    by_lmtp = b"Return-Path: <mia@mail.example>\nReceived: from x by y\n" + raw.replace(b"\r\n", b"\n")

    second = arrive(box, by_lmtp, source="lmtp")

    assert second.pk == first.pk
    assert Message.objects.count() == 1


def test_two_mails_under_one_message_id_are_both_taken() -> None:
    box = inbox()
    first = arrive(box, mail("First", message_id="same@broken.example"))
    second = arrive(box, mail("Second", message_id="same@broken.example", subject="Other"))
    again = arrive(box, mail("Second", message_id="same@broken.example", subject="Other") + b"\r\n-trace")

    assert (first.verdict, second.verdict) == ("ticketed", "ticketed")
    assert again.verdict in ("duplicate", "ticketed")
    assert {message.body for message in Message.objects.all()} >= {"First", "Second"}


def bounce(answer: Message, recipient: str = "mia@mail.example") -> bytes:
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: support@bank.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn1@mx.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\r\n\r\n'
        "--r\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
        "--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        f"--r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{answer.external_id}>\r\n\r\n--r--\r\n"
    ).encode()


def test_a_bounce_lands_on_the_message_it_is_about(answered: Message) -> None:
    call = arrive(answered.inbox, bounce(answered))

    answered.refresh_from_db()
    assert (call.verdict, call.message_id, call.ticket_id) == ("bounce", answered.pk, answered.ticket_id)
    assert answered.delivery == "failed"
    assert "no such user" in answered.failure
    assert Identity.objects.get(address="mia@mail.example").undeliverable_at is not None
    assert Ticket.objects.count() == 1


def test_a_forged_bounce_condemns_nobody(answered: Message) -> None:
    arrive(answered.inbox, mail(sender="victim@mail.example"))

    arrive(answered.inbox, bounce(answered, recipient="victim@mail.example"))

    assert Identity.objects.get(address="victim@mail.example").undeliverable_at is None


def test_a_bounce_of_nothing_we_sent_is_only_noted(answered: Message) -> None:
    raw = bounce(answered).replace(answered.external_id.encode(), b"made.up@bank.example")

    call = arrive(answered.inbox, raw)

    assert (call.verdict, call.message_id) == ("bounce", None)
    assert Ticket.objects.count() == 1


def test_out_of_office_goes_on_the_ticket_and_does_not_reopen(answered: Message, ada: User) -> None:
    assign(answered.ticket_id, to=ada, actor=make.actor(ada))
    change_status(answered.ticket_id, to=Status.SOLVED, actor=make.actor(ada))
    away = mail(
        "I am away.", subject="Automatic reply", Auto_Submitted="auto-replied",
        In_Reply_To=f"<{answered.external_id}>",
    )  # fmt: skip

    call = arrive(answered.inbox, away)

    assert (call.verdict, call.ticket_id) == ("auto_reply", answered.ticket_id)
    assert Ticket.objects.get(pk=answered.ticket_id).status == Status.SOLVED


def test_an_automatic_answer_to_nothing_opens_no_ticket() -> None:
    call = arrive(inbox(), mail("I am away.", subject="Out of office", Auto_Submitted="auto-replied"))

    assert (call.verdict, call.ticket) == ("auto_reply", None)
    assert "nothing that we know" in call.reason


def test_our_own_mail_is_held_back() -> None:
    call = arrive(inbox(), mail(X_Helpdesk_Loop=marks.loop_mark()))

    assert call.verdict == "suppressed"
    assert not Ticket.objects.exists()


def test_the_mark_of_another_helpdesk_does_not_hold_back() -> None:
    assert arrive(inbox(), mail(X_Helpdesk_Loop="0" * 32)).verdict == "ticketed"


FORWARD = (
    "Please take this.\r\n\r\n---------- Forwarded message ---------\r\n"
    "From: Quan Tran <quan@mail.example>\r\nDate: Thu, Mar 5, 2026 at 10:00 AM\r\n"
    "Subject: Wrong fee\r\nTo: Ada <ada@desk.example>\r\n\r\nYou charged me twice."
)


VOUCHING = {"authserv_id": "mx.bank.example"}
STAMP = "mx.bank.example; dmarc=pass header.from=desk.example"


def test_an_agents_forward_becomes_the_customers_ticket(ada: User) -> None:
    box = inbox(team=make.team("Support"), config=VOUCHING)
    raw = mail(
        FORWARD, sender="Ada <ADA@desk.example>", subject="Fwd: Wrong fee", Authentication_Results=STAMP
    )

    call = arrive(box, raw)

    ticket = call.ticket
    assert (call.verdict, call.reason) == ("ticketed", "forwarded by an agent")
    assert ticket.customer.identities.get().address == "quan@mail.example"
    assert ticket.subject == "Wrong fee"
    assert ticket.events.get(kind="ticket.opened").data["forwarded_by"] == ada.pk
    assert [message.body for message in ticket.messages.order_by("pk")] == [
        "You charged me twice.",
        "Please take this.",
    ]


@pytest.mark.parametrize("config", [VOUCHING, {}], ids=["no stamp", "a stamp of nobody we trust"])
def test_a_forward_under_an_agents_name_proves_nothing(ada: User, config: dict[str, str]) -> None:
    stamp = {} if config else {"Authentication_Results": STAMP}
    box = inbox(team=make.team("Support"), config=config)

    call = arrive(box, mail(FORWARD, sender="Ada <ada@desk.example>", subject="Fwd: Wrong fee", **stamp))

    ticket = call.ticket
    assert call.verdict == "ticketed"
    assert call.reason.startswith("forwarded from an agent's address, without proof")
    assert ticket.customer.identities.get().address == "ada@desk.example"
    assert not Identity.objects.filter(address="quan@mail.example").exists()
    assert ticket.messages.get().kind == Message.Kind.INBOUND
    assert "You charged me twice." in call.message.body
    lines = [line.text for entry in timeline(ticket, ada).entries for line in entry.lines]
    assert lines == [
        "Forwarded from Ada’s address, but nothing proves that Ada sent it. "
        "If it is genuine, change the customer of this ticket."
    ]


def test_a_customers_forward_stays_the_customers_own_message() -> None:
    call = arrive(inbox(), mail(FORWARD, subject="Fwd: Wrong fee"))

    assert call.ticket.customer.identities.get().address == "mia@mail.example"
    assert "You charged me twice." in call.message.body


def test_agents_in_copy_follow_when_the_inbox_says_so(ada: User, ben: User) -> None:
    box = inbox(team=make.team("Support"), is_add_cc_followers=True)
    copies = "Ada <Ada@desk.example>, ben@desk.example, friend@mail.example"

    call = arrive(box, mail(Cc=copies))

    assert list(call.ticket.followers.all()) == [ada], "Ben is of another team"
    assert call.ticket.events.get(kind="ticket.followed").data["user"] == ada.pk
    assert ["", "friend@mail.example"] in call.message.cc


def test_a_blocked_sender_is_not_heard() -> None:
    box = inbox()
    arrive(box, mail())
    Identity.objects.update(is_blocked=True)

    assert arrive(box, mail()).verdict == "blocked"


def test_every_shared_mail_is_taken_with_a_verdict(shared: Path) -> None:
    box = inbox()
    paths = sorted((shared / "mail").glob("*/*.eml"))
    verdicts: dict[str, int] = {}
    for path in paths:
        call = arrive(box, path.read_bytes())
        verdicts[call.verdict] = verdicts.get(call.verdict, 0) + 1
        assert call.state == InboundCall.State.DONE, path.name
        assert call.verdict not in ("", "failed"), path.name
        assert call.ticket_id or call.reason, path.name

    print(f"mails taken: {len(paths)} of {len(paths)}: {json.dumps(verdicts)}")
    assert len(paths) > 150
    assert verdicts["ticketed"] + verdicts.get("threaded", 0) > 0.9 * len(paths)


def test_every_shared_report_is_noticed(shared: Path) -> None:
    box = inbox()
    cases = json.loads((shared / "bounces" / "cases.json").read_text())
    missed = []
    for case in cases:
        call = arrive(box, (shared / "bounces" / case["file"]).read_bytes())
        expect = case["expect"]
        kind = expect.get("kind", "")
        reasons = {each["reason"] for each in expect.get("bounces", ())}
        if reasons & {"vacation", "feedback"} or kind == "not_a_recognised_bounce":
            assert call.verdict != "bounce", case["id"]
        elif (reasons - {"delivered"} or kind == "permanent_bounce") and call.verdict != "bounce":
            missed.append(case["id"])

    print(f"reports taken for something else: {missed}")
    assert len(missed) <= 4
