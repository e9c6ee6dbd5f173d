"""With a real IMAP server and a real SMTP server. Run by .ci/run; here: pytest -m mail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from channels_app import imap, secrets, tasks
from channels_app.actions import polling
from channels_app.actions.inboxes import check_inbox
from channels_app.ingest import process
from channels_app.models import InboundCall, Inbox
from channels_app.poller import Poller
from helpdesk.errors import DomainError
from tests import make
from tests.channels_app import mailserver
from tests.channels_app.mails import mail
from tests.channels_app.mailserver import PASSWORD, USER, MailServer, Proxy
from tests.channels_app.providers import Sink, _Handler
from tests.channels_app.test_delivery import send
from tests.channels_app.test_intake import FORWARD
from tests.channels_app.tokenserver import TokenServer, token_server
from tickets.actions.reply import reply
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.mail, pytest.mark.django_db]


@pytest.fixture(scope="session")
def real() -> Iterator[MailServer]:
    if reason := mailserver.missing():
        pytest.skip(reason)
    folder = Path("/tmp") / f"helpdesk-mail-{mailserver.BASE}"  # postfix wants a short path of its own
    if folder.exists():  # left by a run that was killed
        mailserver.run("stop", folder)
    mailserver.run("start", folder)
    yield MailServer(folder)
    mailserver.run("stop", folder)


@pytest.fixture
def server(real: MailServer, own_cache: None) -> MailServer:
    real.empty()
    return real


def box_for(server: MailServer, **config: Any) -> Inbox:
    sealed = secrets.seal({"imap_password": PASSWORD, "smtp_password": PASSWORD})
    fields = {"address": USER, "name": "Support", "team": make.team("Support")}
    return make.inbox("email", config=server.config(**config), sealed=sealed, **fields)


def subjects() -> list[str]:
    for call in InboundCall.objects.filter(state="received").select_related("inbox"):
        process(call)
    return list(InboundCall.objects.order_by("pk").values_list("subject", flat=True))


def test_new_mail_is_fetched_once_and_marked_as_read(server: MailServer) -> None:
    server.put(mail(subject="One"), mail(subject="Two"))
    box = box_for(server)

    assert imap.poll(box) == 2
    assert imap.poll(box) == 0
    server.put(mail(subject="Three"))
    assert imap.poll(Inbox.objects.get()) == 1

    assert subjects() == ["One", "Two", "Three"]
    assert all("\\Seen" in flags for flags in server.flags())
    box.refresh_from_db()
    assert (box.last_error, box.failing_since) == ("", None)


def test_the_server_of_the_mailbox_vouches_for_an_agent(server: MailServer, ada: User) -> None:
    box = box_for(server)
    raw = mail(FORWARD, sender=f"Ada <{ada.email}>", subject="Fwd: Wrong fee")
    stamp = f"Authentication-Results: {box.config['imap_host']}; dmarc=pass header.from=desk.example\r\n"
    server.put(
        stamp.encode() + b"Received: from desk.example by us; Mon, 2 Mar 2026 09:00:01 +0000\r\n" + raw
    )

    assert imap.poll(box) == 1

    subjects()
    assert InboundCall.objects.get().reason == "forwarded by an agent"


def test_mail_read_elsewhere_after_we_began_is_taken_and_older_mail_is_not(server: MailServer) -> None:
    server.put(mail(subject="Old and read"))
    with server.mailbox() as mailbox:
        mailbox.flag(mailbox.uids(), "\\Seen", value=True)
    box = box_for(server)
    assert imap.poll(box) == 0

    server.put(mail(subject="New"))
    with server.mailbox() as mailbox:
        mailbox.flag(mailbox.uids(), "\\Seen", value=True)

    assert imap.poll(box) == 1
    assert subjects() == ["New"]


def test_mail_is_moved_only_after_it_is_stored(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put(mail(subject="Keep me"))
    box = box_for(server, imap_after="move", imap_move_to="Processed")

    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(imap, "store_call", broken)
        assert imap.poll(box) == 0
    assert len(server.flags()) == 1, "still where it was"
    assert box.failing_since is not None

    assert imap.poll(box) == 1
    assert (len(server.flags()), len(server.flags("Processed"))) == (0, 1)
    assert box.failing_since is None


def test_mail_is_flagged_where_that_is_asked(server: MailServer) -> None:
    server.put(mail())
    imap.poll(box_for(server, imap_after="flag"))

    assert "\\Flagged" in server.flags()[0]
    assert "\\Seen" not in server.flags()[0]


def test_several_folders_are_read_names_in_any_script(server: MailServer) -> None:
    server.put(mail(subject="In the inbox"))
    server.append(mail(subject="Elsewhere"), "Thư/Khách hàng")
    box = box_for(server, imap_folders="INBOX, Thư/Khách hàng")

    assert imap.poll(box) == 2
    assert sorted(subjects()) == ["Elsewhere", "In the inbox"]
    assert set(box.poll_state["folders"]) == {"INBOX", "Thư/Khách hàng"}


def test_a_server_that_numbers_anew_doubles_nothing(server: MailServer) -> None:
    server.put(mail(subject="One"))
    box = box_for(server, imap_after="flag")
    imap.poll(box)
    box.poll_state["folders"]["INBOX"] |= {"validity": 1, "uid": 10_000}
    with server.mailbox() as mailbox:
        mailbox.flag(mailbox.uids(), "\\Flagged", value=False)
    server.put(mail(subject="Two"))

    assert imap.poll(box) == 1
    assert subjects() == ["One", "Two"]


def test_an_oversized_mail_leaves_a_ticket_that_says_so(server: MailServer, settings: Any) -> None:
    settings.MESSAGE_MAX_BYTES = 100_000
    server.put(mail("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 3000, subject="Huge"))

    assert imap.poll(box_for(server)) == 1

    assert subjects() == ["Huge"]
    assert "too large" in Message.objects.get().body
    assert InboundCall.objects.get().size < 5_000


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_over_tls_only_with_a_certificate_we_know(server: MailServer, security: str) -> None:
    server.put(mail())
    port = server.imaps if security == "tls" else server.imap
    box = box_for(server, imap_port=port, imap_security=security)

    assert imap.poll(box) == 0
    assert "certificate" in box.last_error.lower()
    box.config["is_certificate_unchecked"] = True
    assert imap.poll(box) == 1


def test_a_wrong_password_is_said_and_waited_on_longer_each_time(server: MailServer, eve: User) -> None:
    box = box_for(server)
    box.sealed = secrets.seal({"imap_password": "wrong"})
    box.save()

    assert polling.due() == [box.pk]
    assert imap.poll(box) == 0
    assert "AUTHENTICATIONFAILED" in box.last_error.upper()
    since = box.failing_since
    assert polling.due() == []
    Inbox.objects.update(last_checked_at=timezone.now() - timedelta(hours=1))
    assert polling.due() == [], "the back-off is not over"
    first = box.poll_state["retry_at"]
    imap.poll(box)
    assert box.poll_state["retry_at"] > first
    assert box.failing_since == since
    with pytest.raises(DomainError, match=r"(?i)authentication"):
        check_inbox(box.pk, actor=make.actor(eve))


def test_a_check_names_a_folder_that_is_missing(server: MailServer, eve: User) -> None:
    box = box_for(server, imap_folders="INBOX, Nowhere")

    with pytest.raises(DomainError, match="Nowhere"):
        check_inbox(box.pk, actor=make.actor(eve))


@pytest.mark.parametrize("after", ["seen", "move"])
def test_a_line_cut_anywhere_loses_and_doubles_nothing(server: MailServer, after: str) -> None:
    wanted = [f"Mail {number}" for number in range(6)]
    server.put(*(mail("words " * 200, subject=subject) for subject in wanted))
    proxy = Proxy(server.imap)
    box = box_for(server, imap_port=proxy.port, imap_after=after, imap_move_to="Processed")
    cuts = 0
    try:
        for cut_after in range(300, 20_000, 900):
            proxy.cut_after, proxy.passed = cut_after, 0
            imap.poll(box)
            cuts += box.failing_since is not None
        proxy.cut_after = None
        imap.poll(box)
    finally:
        proxy.close()

    assert cuts > 5
    assert sorted(subjects()) == wanted
    assert Ticket.objects.count() == 6
    assert len(server.flags("Processed" if after == "move" else "INBOX")) == 6


def test_the_task_polls_and_two_at_once_do_not(server: MailServer) -> None:
    server.put(mail())
    box = box_for(server)
    cache.add(f"poll.{box.pk}", 1)
    assert tasks.poll_mailbox(box.pk) == 0
    cache.delete(f"poll.{box.pk}")
    assert tasks.poll_mailbox(box.pk) == 1


@pytest.mark.django_db(transaction=True)
def test_the_poller_is_told_by_the_server_and_stops_quickly(server: MailServer) -> None:
    box = box_for(server)
    stopped = threading.Event()
    poller = Poller(stopped)
    poller.follow()
    try:
        wait_for(lambda: Inbox.objects.get().last_checked_at is not None)
        time.sleep(0.5)  # it listens by now
        began = time.monotonic()
        server.put(mail(subject="Ring"))
        wait_for(lambda: InboundCall.objects.exists())
        assert time.monotonic() - began < 5, "IDLE, not the next round"
    finally:
        began = time.monotonic()
        stopped.set()
        poller.join()
    assert time.monotonic() - began < 5
    assert not any(thread.is_alive() for thread in poller.threads.values())
    assert box.pk in poller.threads


def wait_for(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_an_answer_leaves_through_postfix_and_the_next_mail_comes_back_to_its_ticket(
    server: MailServer, ada: User, security: str
) -> None:
    sink = Sink(port=server.sink)
    controller = Controller(_Handler(sink), hostname="127.0.0.1", port=server.sink, enable_SMTPUTF8=True)
    controller.start()
    try:
        server.put(mail(subject="Thẻ bị khóa", to=USER, message_id="round@mail.example"))
        box = box_for(
            server, smtp_host="127.0.0.1", smtp_port=server.submission, smtp_security=security,
            smtp_user=USER, is_certificate_unchecked=True,
        )  # fmt: skip
        imap.poll(box)
        subjects()
        ticket = Ticket.objects.get()

        answer = send(reply(ticket.pk, actor=make.actor(ada), body="Chào chị, thẻ đã mở."))

        assert answer.delivery == "sent", answer.failure
        wait_for(lambda: sink.mails)
        (out,) = sink.mails
        assert out["In-Reply-To"] == "<round@mail.example>"
        assert "thẻ đã mở" in out.get_body(("plain",)).get_content()
        server.put(mail("Cảm ơn", subject=f"Re: {out['Subject']}", In_Reply_To=out["Message-ID"]))
        imap.poll(box)
        subjects()
        assert ticket.messages.filter(kind="in").count() == 2
    finally:
        controller.stop()


@pytest.fixture
def provider(server: MailServer, settings: Any) -> Iterator[TokenServer]:
    settings.PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]
    with token_server(server.oauth) as provider:
        yield provider


def box_with_tokens(server: MailServer, provider: TokenServer, **config: Any) -> Inbox:
    """No password at all: whatever works here works by a token."""
    smtp = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.submission,
        "smtp_security": "none",
        "smtp_user": USER,
    }
    fields = {"address": USER, "name": "Support", "team": make.team("Support")}
    config = {**server.config(), **smtp, **provider.config(), **config}
    return make.inbox("email", config=config, sealed=secrets.seal(provider.secrets()), **fields)


@pytest.mark.parametrize("security", ["tls", "none"])
def test_one_token_opens_the_mailbox_and_the_way_out(
    server: MailServer, provider: TokenServer, security: str, eve: User
) -> None:
    server.put(mail(subject="By token"))
    imap_port = server.imaps if security == "tls" else server.imap
    more = {"imap_security": security, "imap_port": imap_port, "is_certificate_unchecked": True}
    box = box_with_tokens(server, provider, smtp_security="starttls" if security == "tls" else "none", **more)

    check_inbox(box.pk, actor=make.actor(eve))

    assert imap.poll(box) == 1
    assert provider.handed_out == 1, "one token serves both, and the next time"


def test_a_token_that_ran_out_is_renewed_while_signing_in(
    server: MailServer, provider: TokenServer, eve: User
) -> None:
    box = box_with_tokens(server, provider)
    check_inbox(box.pk, actor=make.actor(eve))
    provider.revoke()
    server.put(mail(subject="Later"))

    assert imap.poll(Inbox.objects.get()) == 1

    provider.revoke()
    check_inbox(box.pk, actor=make.actor(eve))
    assert provider.handed_out == 3


def test_a_token_that_the_server_refuses_is_said_clearly(
    server: MailServer, provider: TokenServer, eve: User
) -> None:
    box = box_with_tokens(server, provider, imap_user="sales@helpdesk.test", smtp_host="")
    with pytest.raises(DomainError, match="The mail server refuses the token"):
        check_inbox(box.pk, actor=make.actor(eve))
    assert imap.poll(Inbox.objects.get()) == 0
    assert "The mail server refuses the token" in Inbox.objects.get().last_error

    other = {"imap_host": "", "smtp_user": "sales@helpdesk.test", "smtp_host": "127.0.0.1"}
    Inbox.objects.update(config={**box.config, **other})
    with pytest.raises(DomainError, match="The mail server refuses the token"):
        check_inbox(box.pk, actor=make.actor(eve))

    provider.refresh_token = "another"
    cache.clear()
    with pytest.raises(DomainError, match="no longer renews this sign-in"):
        check_inbox(box.pk, actor=make.actor(eve))
