"""What every channel must do, tried on each of them. A channel without recorded calls fails here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django import forms

from channels_app.contract import (
    OutboundMessage,
    PermanentError,
    Request,
    SignatureError,
    TemporaryError,
)
from channels_app.registry import ADAPTERS, adapter_class
from tests.channels_app import recorded
from tests.channels_app.providers import Sink, http_server, smtp_config, smtp_server

EACH = pytest.mark.parametrize("slug", sorted(ADAPTERS))
CALLS = [
    pytest.param(slug, call, id=f"{slug}/{recorded.name_of(call)}")
    for slug in sorted(ADAPTERS)
    for call in recorded.calls(slug)
]
# how to stand in for the provider that a channel sends to: (server, configuration, busy, refused)
Provider = tuple[Callable[[], AbstractContextManager[Sink]], Callable[[Sink], dict[str, object]], str, str]
PROVIDERS: dict[str, Provider] = {
    "email": (smtp_server, lambda s: {"send_by": "smtp", **smtp_config(s)}, "451 try later", "554 no"),
    "api": (http_server, lambda s: {"reply_url": f"http://127.0.0.1:{s.port}/replies"}, "503", "410"),
}


@pytest.fixture(autouse=True)
def _recorded_secrets(settings: object) -> None:
    settings.SECRET_KEY = recorded.SECRET  # type: ignore[attr-defined]
    settings.SECRETS_KEYS = []  # type: ignore[attr-defined]
    settings.PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]  # type: ignore[attr-defined]


def reply(**fields: object) -> OutboundMessage:
    given = {"message_id": 41, "ticket_id": 7, "to": "mia@mail.example", "to_name": "Mia", "text": "Done",
             "subject": "Your card", "idempotency_key": "message-41"}  # fmt: skip
    return OutboundMessage(**{**given, **fields})  # type: ignore[arg-type]


@EACH
def test_it_names_itself(slug: str) -> None:
    adapter = adapter_class(slug)

    assert adapter.slug == slug
    assert str(adapter.label)
    assert adapter.icon
    assert adapter.identity_kind
    assert adapter.weight > 0


@EACH
def test_it_has_recorded_calls(slug: str) -> None:
    assert len(recorded.calls(slug)) >= 2


@pytest.mark.parametrize(("slug", "call"), CALLS)
def test_a_recorded_call_becomes_exactly_these_messages(slug: str, call: Path) -> None:
    expected = json.loads(call.with_name(f"{recorded.name_of(call)}.messages.json").read_text())

    parsed = recorded.adapter(slug).parse(recorded.request_of(call))

    assert recorded.as_json(parsed) == expected
    assert parsed.messages or parsed.updates or (parsed.verdict and parsed.reason)


@pytest.mark.parametrize(("slug", "call"), CALLS)
def test_ids_are_stable_and_times_are_aware(slug: str, call: Path) -> None:
    adapter, request = recorded.adapter(slug), recorded.request_of(call)

    assert adapter.provider_id(request) == adapter.provider_id(request)
    assert 0 < len(adapter.provider_id(request)) <= 255
    first, second = adapter.parse(request), adapter.parse(request)
    assert [each.external_id for each in first.messages] == [each.external_id for each in second.messages]
    for message in first.messages:
        assert message.external_id
        assert message.sent_at.utcoffset() is not None


@EACH
def test_different_calls_have_different_ids(slug: str) -> None:
    adapter = recorded.adapter(slug)
    ids = [adapter.provider_id(recorded.request_of(call)) for call in recorded.calls(slug)]

    assert len(set(ids)) == len(ids)


def signed_calls() -> Iterator[object]:
    for slug in sorted(ADAPTERS):
        for call in recorded.calls(slug):
            if call.with_name(f"{recorded.name_of(call)}.headers.json").exists():
                yield pytest.param(slug, call, id=f"{slug}/{recorded.name_of(call)}")


@EACH
def test_a_channel_with_a_webhook_has_a_signed_call(slug: str) -> None:
    signed = [call for call in recorded.calls(slug) if recorded.request_of(call).headers]

    assert bool(signed) == adapter_class(slug).has_webhook


@pytest.mark.parametrize(("slug", "call"), list(signed_calls()))
def test_a_genuine_call_is_accepted(slug: str, call: Path) -> None:
    recorded.adapter(slug).verify(recorded.request_of(call))


@pytest.mark.parametrize(("slug", "call"), list(signed_calls()))
def test_a_call_without_its_signature_is_refused(slug: str, call: Path) -> None:
    request = recorded.request_of(call)
    plain = {
        name: value
        for name, value in request.headers.items()
        if name in ("content-type", "x-helpdesk-door", "x-helpdesk-url")
    }

    with pytest.raises(SignatureError):
        recorded.adapter(slug).verify(Request(request.body, plain))


@pytest.mark.parametrize(("slug", "call"), list(signed_calls()))
def test_a_wrong_signature_is_refused(slug: str, call: Path) -> None:
    request = recorded.request_of(call)
    spoiled = {
        name: value if name in ("content-type", "x-helpdesk-door", "x-helpdesk-url") else f"{value[:-3]}AAA"
        for name, value in request.headers.items()
    }

    with pytest.raises(SignatureError):
        recorded.adapter(slug).verify(Request(request.body, spoiled))


@EACH
def test_its_configuration_is_what_the_form_said(slug: str) -> None:
    adapter = adapter_class(slug)(inbox_id=1, address="", name="", config={"a": "b"})

    assert (adapter.inbox_id, adapter.config) == (1, {"a": "b"})


@EACH
def test_nothing_is_accepted_before_a_secret_is_set(slug: str) -> None:
    adapter = adapter_class(slug)(inbox_id=1, address="", name="", config={})

    with pytest.raises(SignatureError):
        adapter.verify(Request(b"{}", {"content-type": "application/json"}))


@EACH
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe\x00", b'{"id": {}}', b"<xml/>"])
def test_nonsense_gives_a_verdict_and_never_an_error(slug: str, body: bytes) -> None:
    parsed = recorded.adapter(slug).parse(Request(body))

    assert parsed.messages or parsed.verdict


@EACH
def test_trouble_of_the_provider_is_temporary_and_a_refusal_is_not(slug: str) -> None:
    if recorded.adapter(slug).relay_inbox_id is not None:
        with pytest.raises(PermanentError):
            recorded.adapter(slug).send(reply())
        return
    server, config, busy, refused = PROVIDERS[slug]
    with server() as sink:
        adapter = recorded.adapter(slug, **config(sink))
        sink.answers = [busy, refused]
        with pytest.raises(TemporaryError):
            adapter.send(reply())
        with pytest.raises(PermanentError):
            adapter.send(reply())
        assert adapter.send(reply()) == adapter.send(reply()), "every try has the same id"
    with pytest.raises(TemporaryError):
        adapter.send(reply())  # nobody is there any more


@pytest.mark.django_db
@EACH
def test_the_form_renders_and_shows_no_secret(slug: str) -> None:
    form_class = adapter_class(slug).form_class()
    secret = {name: f"secret-{name}" for name in adapter_class(slug).secret_fields}

    html = form_class(initial=secret).as_p() + form_class(secret).as_p()

    assert issubclass(form_class, forms.Form)
    assert adapter_class(slug).secret_fields <= set(form_class().fields)
    assert not any(value in html for value in secret.values())
