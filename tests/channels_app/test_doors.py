"""Every way in: webhook, our own mail server, the pipe."""

from __future__ import annotations

import io
import json
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client

from channels_app import smtpd
from channels_app.management.commands import receive_email
from channels_app.models import InboundCall, Inbox
from tests import make
from tests.channels_app import mails, recorded
from tests.channels_app.providers import free_port
from tickets.models import Ticket


def post(client: Client, inbox: Inbox, name: str, **changed: str) -> Any:
    call = next(each for each in recorded.calls(inbox.channel) if recorded.name_of(each) == name)
    headers = {**recorded.request_of(call).headers, **changed}
    door = headers.pop("x-helpdesk-door", "")
    url = f"/channels/{inbox.key}/{door}/" if door else f"/channels/{inbox.key}/"
    content_type = headers.pop("content-type")
    return client.post(url, call.read_bytes(), content_type=content_type, headers=headers)


@pytest.fixture
def service(db: None) -> Inbox:
    from channels_app import secrets

    sealed = secrets.seal({"webhook_secret": "hook:recorded-pass"})
    return mails.inbox(config={"send_by": "postmark"}, sealed=sealed)


@pytest.mark.django_db
def test_a_services_call_is_stored_without_its_password(client: Client, service: Inbox) -> None:
    assert post(client, service, "service-inbound").status_code == 202

    call = InboundCall.objects.get()
    assert call.source == "webhook"
    assert "authorization" not in call.headers
    assert call.headers["x-helpdesk-door"] == "inbound"


@pytest.mark.django_db
@pytest.mark.parametrize("authorization", ["", "Basic aG9vazp3cm9uZw=="])
def test_a_wrong_password_is_403_and_nothing_is_stored(
    client: Client, service: Inbox, authorization: str
) -> None:
    answer = post(client, service, "service-inbound", authorization=authorization)

    assert answer.status_code == 403
    assert not InboundCall.objects.exists()


@pytest.mark.django_db
def test_an_unknown_event_is_kept_and_ignored(client: Client, service: Inbox) -> None:
    from channels_app.ingest import process

    assert post(client, service, "service-unknown").status_code == 202

    call = process(InboundCall.objects.get())
    assert (call.state, call.verdict) == ("done", "ignored")


@pytest.mark.django_db
def test_a_caller_cannot_write_our_own_headers(client: Client) -> None:
    inbox = make.inbox(sealed=_sealed_api())
    answer = post(client, inbox, "message", **{"x-helpdesk-oversize": "1", "x-helpdesk-door": ""})

    assert answer.status_code == 202
    assert "x-helpdesk-oversize" not in InboundCall.objects.get().headers


def _sealed_api() -> str:
    from channels_app import secrets

    return secrets.seal({"signing_key": "a recorded signing key"})


@pytest.mark.django_db
def test_a_form_and_a_closed_inbox_have_no_webhook(client: Client) -> None:
    form = make.inbox("form", sealed="")
    closed = make.inbox(is_active=False)

    assert client.post(f"/channels/{form.key}/").status_code == 404
    assert client.post(f"/channels/{closed.key}/").status_code == 404
    assert client.get(f"/channels/{closed.key}/").status_code == 405


@pytest.fixture(params=[False, True], ids=["smtp", "lmtp"])
def listener(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[smtpd.Listener]:
    listener = smtpd.Listener(host="127.0.0.1", port=free_port(), is_lmtp=request.param)
    listener.start()
    yield listener
    listener.stop()


def deliver(listener: smtpd.Listener, raw: bytes, *to: str) -> Any:
    kind = smtplib.LMTP if listener.is_lmtp else smtplib.SMTP
    with kind("127.0.0.1", listener.port) as server:
        return server.sendmail("mia@mail.example", list(to), raw)


def test_a_mail_is_stored_before_it_is_taken(listener: smtpd.Listener) -> None:
    mails.inbox()
    raw = mails.mail(text="Zażółć 你好")

    assert deliver(listener, raw, "Support+anything@BANK.example") == {}

    call = InboundCall.objects.get()
    assert bytes(call.body).replace(b"\r\n", b"\n").strip() == raw.replace(b"\r\n", b"\n").strip()
    assert call.source == ("lmtp" if listener.is_lmtp else "smtp")


def test_an_unknown_address_is_550(listener: smtpd.Listener) -> None:
    mails.inbox(config={"is_listening": False})
    for address in ("nobody@bank.example", mails.ADDRESS):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            deliver(listener, mails.mail(), address)
        assert refused.value.recipients[address][0] == 550


@pytest.mark.parametrize("place", ["inbox_for", "store_call"])
def test_without_database_the_sender_keeps_the_mail(
    listener: smtpd.Listener, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    mails.inbox()

    def away(*args: object, **kwargs: object) -> None:
        raise DatabaseError("the database is away")

    monkeypatch.setattr(smtpd, place, away)
    with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) as refused:
        deliver(listener, mails.mail(), mails.ADDRESS)
    assert "451" in str(refused.value)
    assert not InboundCall.objects.exists()


def test_too_large_a_mail_is_refused(listener: smtpd.Listener, settings: Any) -> None:
    mails.inbox()
    settings.MESSAGE_MAX_BYTES = 1000

    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) as refused:
        deliver(listener, mails.mail(text="word " * 1000), mails.ADDRESS)
    assert refused.value.smtp_code == 552
    assert not InboundCall.objects.exists()


def test_several_inboxes_get_one_mail_each(transactional_db: None) -> None:
    mails.inbox()
    mails.inbox(address="sales@bank.example")

    assert smtpd.store([mails.ADDRESS, "sales@bank.example", mails.ADDRESS], mails.mail(), source="smtp") == 2
    assert InboundCall.objects.count() == 2


class Pipe:
    """What a mail server does with us: bytes in, a line and an exit code out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, raw: bytes, address: str = mails.ADDRESS) -> tuple[dict[str, Any], int]:
        stdin = type("Stdin", (), {"buffer": io.BytesIO(raw)})()
        self.monkeypatch.setattr(receive_email.sys, "stdin", stdin)
        out, code = io.StringIO(), 0
        try:
            call_command("receive_email", inbox=address, stdout=out)
        except SystemExit as left:
            code = int(left.code or 0)
        (line,) = out.getvalue().splitlines()
        return json.loads(line), code


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, db: None) -> Pipe:
    return Pipe(monkeypatch)


def test_the_pipe_says_what_became_of_a_mail(pipe: Pipe) -> None:
    mails.inbox()
    raw = mails.mail()

    said, code = pipe(raw)

    ticket = Ticket.objects.get()
    assert code == 0
    assert said == {
        "verdict": "ticketed", "reason": "", "ticket": ticket.pk, "message": ticket.messages.get().pk,
        "call": InboundCall.objects.get().pk,
    }  # fmt: skip
    again, code = pipe(raw)
    assert (again["verdict"], again["ticket"], code) == ("duplicate", ticket.pk, 0)


def test_the_pipe_asks_for_another_try_when_nothing_was_stored(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, code = pipe(mails.mail(), "nobody@bank.example")
    assert code == 75
    assert "nobody@bank.example" in said["reason"]

    mails.inbox()

    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(receive_email, "store_call", full)
    said, code = pipe(mails.mail())
    assert (code, said["call"]) == (75, None)


def test_what_is_stored_but_not_understood_is_not_sent_again(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.inbox()
    monkeypatch.setattr("channels_app.ingest.receive", lambda *args, **kwargs: 1 / 0)

    said, code = pipe(mails.mail())

    assert (said["verdict"], said["reason"], code) == ("failed", "ZeroDivisionError", 0)
    assert InboundCall.objects.get().state == "received", "the sweep tries again"
