"""Every mail service through the real door: who is believed, and what becomes of what they say."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from channels_app import secrets
from channels_app.adapters.email import services
from channels_app.adapters.email.services import SERVICES
from channels_app.contract import TemporaryError
from channels_app.ingest import process
from channels_app.models import InboundCall, Inbox
from tests.channels_app import mails
from tests.channels_app.email import service_calls
from tests.channels_app.email.service_calls import BASIC, SECRETS, SIGNERS, Signed, signed, svix
from tests.channels_app.email.shared import DATA, load, needs_shared
from tickets.models import Ticket

STATUS = {"delivered", "opened", "bounced", "rejected", "failed", "complained"}
# the payload alone does not say it: their test changes a setting
JUDGED = {"SparkPostDeliveryTestCase.test_initial_open_event_as_unknown": "an opened mail counts as opened"}
pytestmark = pytest.mark.django_db


def inbox(provider: str, **more: str) -> Inbox:
    config = {"send_by": provider, "service_url": "us-east-1" if provider == "amazon_ses" else ""}
    return mails.inbox(config=config, sealed=secrets.seal({**SECRETS[provider](), **more}))


def call(client: Client, inbox: Inbox, made: Signed, door: str = "tracking") -> Any:
    return client.post(address(inbox, door), made.body, content_type=made.content_type, headers=made.headers)


def address(inbox: Inbox, door: str = "tracking") -> str:
    return f"/channels/{inbox.key}/{door}/"


def arrived(client: Client, provider: str, data: Any, door: str = "tracking") -> InboundCall:
    """The call stored and understood, with the inbox as it is set up for the provider."""
    box = inbox(provider)
    made = signed(provider, data, url=f"http://testserver{address(box, door)}")
    assert call(client, box, made, door).status_code == 202
    return process(InboundCall.objects.select_related("inbox").get())


def cases() -> list[Any]:
    return [pytest.param(each, id=each["test"].partition(".")[2] + "-" + each["provider"])
            for each in load("webhooks/esp-anymail.json")]  # fmt: skip


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where Amazon lays incoming mail: a stand-in for S3 with the mail of the recorded case."""
    lines = ("From: customer@mail.example", "To: inbound@example.com", "Subject: Test inbound message",
             "Message-ID: <s3@mail.example>", 'Content-Type: multipart/alternative; boundary="B"', "",
             "--B", "Content-Type: text/plain; charset=utf-8", "", "It's a body\u2026\n",
             "--B", "Content-Type: text/html; charset=utf-8", "", '<div dir="ltr">It\'s a body\u2026</div>\n',
             "--B--", "")  # fmt: skip
    mail = "\r\n".join(lines).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_known = "fqef5sop459utgdf4o9lqbsv7jeo73pejig34301" in self.path
            self.send_response(200 if is_known and "AWS4-HMAC" in self.headers["Authorization"] else 403)
            self.send_header("Content-Length", str(len(mail)))
            self.end_headers()
            self.wfile.write(mail if self.command == "GET" else b"")

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    yield
    server.shutdown()
    server.server_close()


@needs_shared
@pytest.mark.parametrize("case", cases())
def test_a_recorded_event_is_believed_and_understood(
    client: Client, bucket: None, case: dict[str, Any]
) -> None:
    payload, door = case["payloads"][0]["data"], "inbound" if case["kind"] == "inbound" else "tracking"
    if (case["provider"], door) == ("brevo", "inbound"):
        payload = {"items": [payload]}

    done = arrived(client, case["provider"], payload, door)

    event = services.events(done.request, done.inbox.adapter.config)[0]
    if case["test"] not in JUDGED:
        assert wrong(event, case["expect"]) == {}
    assert "authorization" not in done.headers
    if event.event_type == "inbound":
        assert done.verdict == "ticketed"
    else:
        assert done.verdict == ("status" if event.event_type in STATUS else "ignored")
        assert event.event_type in done.reason


def wrong(event: Any, expect: dict[str, Any]) -> dict[str, Any]:
    """The expected values that differ, by what they are called in the case."""
    found = {}
    for path, value in expect.items():
        if "[" in path:
            continue
        got = event if path.startswith("event.") else event.message
        for name in path.split(".")[1:]:
            called = re.fullmatch(r"(\w+)\((?:'(.*)')?\)", name)
            got = getattr(got, called[1])(*filter(None, [called[2]])) if called else getattr(got, name)
        if "text" in path or "html" in path:
            got = got and got.replace("\r\n", "\n").rstrip("\n")
            value = value and value.rstrip("\n")
        if got != value:
            found[path] = (value, got)
    return found


@needs_shared
@pytest.mark.parametrize("provider", sorted(SIGNERS))
def test_a_call_that_is_not_proved_is_403_and_not_stored(client: Client, provider: str) -> None:
    box = inbox(provider)
    data = {"event": "delivered", "events": []}
    made = signed(provider, data, url=f"http://testserver{address(box)}")
    spoiled = {name: f"{value[:-6]}AAAAA=" for name, value in made.headers.items()}
    if provider in ("mailgun", "unisender_go"):
        made.body = made.body.replace(b"signature=", b"signature=0").replace(b'"auth": "', b'"auth": "0')

    refused = call(client, box, Signed(made.body, spoiled, made.content_type))
    unsigned = call(client, box, Signed(made.body, {}, made.content_type))

    assert refused.status_code == 403
    assert unsigned.status_code == (401 if provider == "amazon_ses" else 403)
    assert not InboundCall.objects.exists()


@pytest.mark.parametrize("provider", sorted(SERVICES))
@pytest.mark.parametrize("door", ["inbound", "tracking"])
@pytest.mark.parametrize("secret", ["", "webhook_secret", "webhook_key", "inbound_key", "service_key"])
def test_a_door_without_the_secret_that_proves_its_calls_is_closed(
    client: Client, provider: str, door: str, secret: str
) -> None:
    value = service_calls.SVIX_KEY if provider == "resend" else service_calls.postal_public_key()
    box = mails.inbox(config={"send_by": provider}, sealed=secrets.seal({secret: value} if secret else {}))

    made = [Signed(b"{}"), Signed(b"[]"), Signed(b'{"items": []}'), Signed(b'{"events": []}', dict(BASIC))]

    assert all(call(client, box, each, door).status_code in (401, 403) for each in made)
    assert not InboundCall.objects.exists()


def test_amazon_is_asked_for_the_password_that_it_holds_back(client: Client) -> None:
    made = signed("amazon_ses", {}, url="")
    del made.headers["authorization"]

    answer = call(client, inbox("amazon_ses"), made)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="webhook"')


def test_a_signature_from_yesterday_is_refused(client: Client) -> None:
    body = b'{"type": "email.delivered", "data": {}}'
    old = svix(body, at=int(time.time()) - 86_400)

    assert call(client, inbox("resend"), Signed(body, old)).status_code == 403
    assert call(client, Inbox.objects.get(), Signed(body, svix(body))).status_code == 202


@needs_shared
def test_sendgrids_signed_events_are_checked_by_its_public_key(client: Client) -> None:
    for vector in load("webhooks/signature-vectors.json"):
        if vector["channel"] != "sendgrid-events":
            continue
        Inbox.objects.all().delete()
        sealed = secrets.seal({"webhook_key": vector["public_key"]})
        box = mails.inbox(config={"send_by": "sendgrid"}, sealed=sealed)
        headers = {vector["header"]: vector["signature"], vector["timestamp_header"]: vector["timestamp"]}

        answer = call(client, box, Signed(vector["body"].encode(), headers))

        assert (answer.status_code == 202) == vector["valid"], vector["name"]


@needs_shared
@pytest.mark.parametrize("name", ["raw_data.txt", "raw_data_with_attachments.txt"])
def test_a_mail_that_sendgrid_hands_on_becomes_a_ticket(client: Client, name: str) -> None:
    raw = (Path(DATA) / "webhooks/sendgrid-inbound" / name).read_bytes()
    body = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    made = Signed(body.rstrip() + b"\r\n", dict(BASIC), "multipart/form-data; boundary=xYzZY")
    box = inbox("sendgrid")

    assert call(client, box, made, "inbound").status_code == 202
    done = process(InboundCall.objects.select_related("inbox").get())

    message = Ticket.objects.get().messages.get()
    assert (done.verdict, done.sender) == ("ticketed", "test@example.com")
    assert "Hello" in message.body
    assert message.attachments.exists() == ("attachments" in name)


@needs_shared
def test_a_mail_that_postmark_hands_on_becomes_a_ticket(client: Client) -> None:
    done = arrived(
        client, "postmark", load("webhooks/postmark/postmark-inbound-test-payload.json"), "inbound"
    )

    assert (done.verdict, done.sender) == ("ticketed", "support@postmarkapp.com")
    assert done.ticket.messages.get().attachments.count() == 1


def test_the_number_of_a_reply_comes_back_as_a_tag_where_data_cannot(client: Client) -> None:
    for provider, data in (
        ("postal", {"event": "MessageSent", "timestamp": 1, "payload": {
            "status": "Sent", "message": {"id": 1, "tag": "helpdesk_message-77", "to": "mia@mail.example"}}}),
        ("mailersend", {"type": "activity.delivered", "created_at": "2023-02-27T21:48:13.593000Z", "data": {
            "type": "delivered", "email": {"message": {"id": "x"}, "recipient": {"email": "mia@mail.example"},
                                           "tags": ["helpdesk_message-77"]}}}),
    ):  # fmt: skip
        Inbox.objects.all().delete()
        done = arrived(client, provider, data)
        (update,) = done.inbox.adapter.parse(done.request).updates
        assert (update.status, update.message_hint) == ("delivered", 77)


@needs_shared
@pytest.mark.parametrize("case", [each for each in cases() if "bounce" in each.values[0]["test"]])
def test_an_address_is_given_up_only_for_a_lasting_bounce(client: Client, case: dict[str, Any]) -> None:
    done = arrived(client, case["provider"], case["payloads"][0]["data"])

    for update in done.inbox.adapter.parse(done.request).updates:
        assert update.is_permanent == ("soft" not in case["test"] and update.status == "failed")


def test_a_mail_that_cannot_be_fetched_now_is_tried_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    box = inbox("amazon_ses")
    action = {"type": "S3", "bucketName": "mails", "objectKey": "one"}
    data = {"notificationType": "Received", "mail": {}, "receipt": {"action": action}}
    assert call(client, box, signed("amazon_ses", data, url=""), "inbound").status_code == 202

    with pytest.raises(TemporaryError):
        process(InboundCall.objects.select_related("inbox").get())

    stored = InboundCall.objects.get()
    assert (stored.state, stored.attempts) == ("received", 1)


def test_the_settings_offer_every_service_and_show_no_secret(client: Client, eve: Any) -> None:
    client.force_login(eve)
    box = inbox("resend")

    page = client.get(f"/settings/channels/{box.pk}/").content.decode()

    assert all(f'value="{name}"' in page for name in SERVICES)
    assert service_calls.SVIX_KEY not in page
    assert service_calls.SVIX_KEY not in json.dumps(box.config) + box.sealed
