"""The channel that another system speaks for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from typing import Any

import pytest

from accounts.models import User
from channels_app import deliver as delivering
from channels_app import outgoing
from channels_app.contract import Request
from channels_app.ingest import process, store_call
from channels_app.models import InboundCall, Inbox
from tests import make
from tests.channels_app.providers import http_server
from tests.channels_app.test_delivery import send
from tickets.actions.attach import upload
from tickets.actions.reply import reply
from tickets.models import Message

pytestmark = pytest.mark.django_db


def take(inbox: Inbox, **call: Any) -> InboundCall:
    request = Request(json.dumps(call).encode())
    stored, _is_new = store_call(inbox, request=request, source="webhook", is_processed_here=True)
    return process(stored)


SENDER = {"address": "terminal-12", "name": "Branch"}


def test_a_message_and_its_file_come_in_and_one_thread_is_one_ticket() -> None:
    inbox = make.inbox()
    file = {"name": "../photo.jpg", "content": base64.b64encode(b"\xff\xd8\xff photo").decode()}

    first = take(inbox, id=1, sender=SENDER, thread="t", text="Paper is out", files=[file])
    second = take(inbox, id=2, sender=SENDER, thread="t", text="Still out")

    assert (first.verdict, second.verdict) == ("ticketed", "threaded")
    assert first.ticket_id == second.ticket_id
    attachment = first.message.attachments.get()
    assert (attachment.name, attachment.content_type) == ("photo.jpg", "image/jpeg")


@pytest.mark.parametrize("files", [[{"name": "a"}], [{"name": "a", "content": "%%%"}], "text", [1]])
def test_broken_files_are_said_so_and_nothing_is_half_taken(files: Any) -> None:
    call = take(make.inbox(), id=3, sender=SENDER, text="See", files=files)

    assert call.verdict == "ignored"
    assert not Message.objects.exists()


def test_a_reply_is_posted_signed_and_its_fate_comes_back(ada: User, settings: Any) -> None:
    settings.PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]
    with http_server() as sink:
        inbox = make.inbox(
            config={"reply_url": f"http://127.0.0.1:{sink.port}/in?x=1"}, team=make.team("Support")
        )
        ticket = take(inbox, id=4, sender=SENDER, thread="t", text="Help").ticket
        paper = upload(ticket, name="plan.pdf", content=b"%PDF-1.4", actor=make.actor(ada))
        answer = send(reply(ticket.pk, actor=make.actor(ada), body="Coming", attachment_ids=[paper.pk]))

    headers, body = sink.requests[0]
    expected = hmac.new(make.SIGNING_KEY.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-helpdesk-signature"] == f"sha256={expected}"
    assert headers["host"] == f"127.0.0.1:{sink.port}"
    said = json.loads(body)
    assert (said["thread"], said["to"], said["text"]) == ("t", "terminal-12", "Coming")
    assert base64.b64decode(said["files"][0]["content"]) == b"%PDF-1.4"
    assert answer.external_id == said["id"] == headers["idempotency-key"]
    assert take(inbox, type="status", id=said["id"], status="read").verdict == "status"
    answer.refresh_from_db()
    assert answer.delivery == "read"


def test_a_status_from_another_inbox_changes_nothing(ada: User) -> None:
    inbox = make.inbox(team=make.team("Support"))
    ticket = take(inbox, id=5, sender=SENDER, text="Help").ticket
    answer = reply(ticket.pk, actor=make.actor(ada), body="Coming")
    Message.objects.filter(pk=answer.pk).update(external_id="message-5", delivery="sent")

    take(make.inbox(name="Other"), type="status", id="message-5", status="failed")

    answer.refresh_from_db()
    assert answer.delivery == "sent"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://10.1.2.3/",
        "http://192.168.0.1/", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/", "http://2130706433/",
    ],
)  # fmt: skip
def test_replies_never_go_into_our_own_network(url: str, ada: User) -> None:
    inbox = make.inbox(config={"reply_url": url}, team=make.team("Support"))
    ticket = take(inbox, id=6, sender=SENDER, text="Help").ticket

    answer = send(reply(ticket.pk, actor=make.actor(ada), body="Coming"))

    assert answer.delivery == "failed"
    assert "our own network" in answer.failure


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)

    with pytest.raises(outgoing.ForbiddenAddressError):
        outgoing.public_address("rebind.example", 80)


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PRIVATE_HOSTS_ALLOWED = ["desk.example"]
    with http_server() as sink:
        local = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", sink.port))]
        real = socket.getaddrinfo

        def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
            if host == "desk.example":
                monkeypatch.setattr(socket, "getaddrinfo", real)  # asked again, it would not be found
                return local
            return real(host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        status = outgoing.post(f"http://desk.example:{sink.port}/", body=b"{}", headers={})

    assert status == 200
    assert sink.requests[0][0]["host"] == f"desk.example:{sink.port}"


def test_a_redirect_is_a_refusal(ada: User, settings: Any) -> None:
    settings.PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]
    with http_server() as sink:
        sink.answers = ["302"]
        inbox = make.inbox(config={"reply_url": f"http://127.0.0.1:{sink.port}/"}, team=make.team("Support"))
        ticket = take(inbox, id=7, sender=SENDER, text="Help").ticket
        answer = send(reply(ticket.pk, actor=make.actor(ada), body="Coming"))

    assert (answer.delivery, answer.failure) == ("failed", "Refused with 302")


def test_delivering_twice_at_once_sends_once(ada: User, settings: Any) -> None:
    settings.PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]
    with http_server() as sink:
        inbox = make.inbox(config={"reply_url": f"http://127.0.0.1:{sink.port}/"}, team=make.team("Support"))
        ticket = take(inbox, id=8, sender=SENDER, text="Help").ticket
        answer = send(reply(ticket.pk, actor=make.actor(ada), body="Coming"))
        delivering.deliver(answer.pk)

    assert len(sink.requests) == 1
