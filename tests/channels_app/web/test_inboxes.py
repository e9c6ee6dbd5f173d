"""Channels and inboxes in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels_app import secrets
from channels_app.contract import PermanentError
from channels_app.models import Inbox
from tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket

CHANNELS = "/settings/channels/"
KEY = "a long signing key"


def api(**changes: object) -> dict[str, object]:
    return {
        "inbox-name": "Mobile app", "inbox-language": "vi", "inbox-time_zone": "Asia/Ho_Chi_Minh",
        "inbox-auto_reply_when": "always", "signing_key": KEY, **changes,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["", "new/api/", "1/"])
def test_others_are_told_who_can_do_it(client: Client, sam: User, eve: User, path: str) -> None:
    client.force_login(sam)

    answer = client.get(CHANNELS + path)

    assert answer.status_code == 403
    assert "eve@desk.example" in answer.content.decode()


def test_an_inbox_is_made_with_its_hours(client: Client, eve: User) -> None:
    client.force_login(eve)
    times = {"hours-mon-0-from": "08:00", "hours-mon-0-to": "12:00", "hours-sun-0-from": "18:00",
             "hours-sun-0-to": "00:00"}  # fmt: skip

    answer = client.post(f"{CHANNELS}new/api/", api(**times))

    inbox = Inbox.objects.get()
    assert answer["Location"] == f"{CHANNELS}{inbox.pk}/"
    assert (inbox.name, inbox.language) == ("Mobile app", "vi")
    assert inbox.hours == {"mon": [["08:00", "12:00"]], "sun": [["18:00", "24:00"]]}
    assert secrets.unseal(inbox.sealed) == {"signing_key": KEY}
    assert 'value="08:00"' in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"inbox-name": ""}, "This field is required"),
        ({"signing_key": "short"}, "at least 16"),
        ({"hours-mon-0-from": "18:00", "hours-mon-0-to": "08:00"}, "must open before it closes"),
        ({"hours-mon-0-from": "18:00"}, "Write times as"),
        ({"inbox-time_zone": "Mars/Olympus"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: Client, eve: User, wrong: dict[str, str], words: str
) -> None:
    client.force_login(eve)

    answer = client.post(f"{CHANNELS}new/api/", api(**wrong))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert not Inbox.objects.exists()


def test_a_mail_inbox_asks_for_its_address(client: Client, eve: User) -> None:
    client.force_login(eve)

    answer = client.post(f"{CHANNELS}new/email/", api())

    assert answer.status_code == 422
    assert "address" in answer.context["forms"].own.errors


def test_a_secret_never_comes_out_and_stays_unless_changed(client: Client, eve: User) -> None:
    inbox = make.inbox(sealed=secrets.seal({"signing_key": KEY}))
    client.force_login(eve)
    url = f"{CHANNELS}{inbox.pk}/"

    shown = client.get(url).content.decode()
    assert KEY not in shown
    assert "•••• set" in shown

    client.post(url, api(signing_key="", **{"inbox-name": "Renamed"}))
    inbox.refresh_from_db()
    assert (inbox.name, secrets.unseal(inbox.sealed)) == ("Renamed", {"signing_key": KEY})

    client.post(url, api(signing_key="another long signing key"))
    inbox.refresh_from_db()
    assert secrets.unseal(inbox.sealed) == {"signing_key": "another long signing key"}


def test_an_address_of_another_inbox_is_refused_at_its_field(client: Client, eve: User) -> None:
    make.inbox(address="app@desk.example")
    client.force_login(eve)

    answer = client.post(f"{CHANNELS}new/api/", api(**{"inbox-address": "APP@desk.example"}))

    assert answer.status_code == 422
    assert "address" in answer.context["forms"].own.errors


def test_the_list_shows_health(client: Client, eve: User, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = make.inbox()
    client.force_login(eve)
    assert "Nothing yet" in client.get(CHANNELS).content.decode()

    def refuse(_adapter: object) -> None:
        raise PermanentError("535 who are you")

    monkeypatch.setattr(type(inbox.adapter), "check", refuse)
    answer = client.post(f"{CHANNELS}{inbox.pk}/check/", follow=True)

    assert "535 who are you" in answer.content.decode()
    listed = client.get(CHANNELS).content.decode()
    assert "Does not work" in listed
    assert "data-alert" in listed

    monkeypatch.undo()
    client.post(f"{CHANNELS}{inbox.pk}/check/")
    assert "Working" in client.get(CHANNELS).content.decode()


def test_switched_off_and_on(client: Client, eve: User) -> None:
    inbox = make.inbox()
    client.force_login(eve)

    client.post(f"{CHANNELS}{inbox.pk}/active/", {"active": "false"})
    inbox.refresh_from_db()
    assert not inbox.is_active
    client.post(f"{CHANNELS}{inbox.pk}/active/", {"active": "true"})
    inbox.refresh_from_db()
    assert inbox.is_active


def test_only_an_unused_inbox_is_deleted(client: Client, eve: User, ticket: Ticket) -> None:
    unused = make.inbox(name="Unused")
    client.force_login(eve)
    used = f"{CHANNELS}{ticket.inbox_id}/"

    assert "remove/" not in client.get(used).content.decode()
    assert client.post(f"{used}remove/").status_code == 409
    assert client.post(f"{CHANNELS}{unused.pk}/remove/").status_code == 302
    assert list(Inbox.objects.all()) == [ticket.inbox]


def test_a_form_shows_how_to_embed_it(client: Client, eve: User) -> None:
    inbox = make.inbox("form")
    client.force_login(eve)

    shown = client.get(f"{CHANNELS}{inbox.pk}/").content.decode()

    assert f"/forms/{inbox.key}/?embed=1" in shown
    assert f"/channels/{inbox.key}/" not in shown


def test_wrong_channels_numbers_and_methods(client: Client, eve: User) -> None:
    client.force_login(eve)

    assert client.get(f"{CHANNELS}new/pigeon/").status_code == 404
    for path in ("999/", "999/check/", "999/active/", "999/remove/"):
        assert client.post(CHANNELS + path).status_code == 404
    assert client.get(f"{CHANNELS}999/check/").status_code == 405
    assert client.delete(CHANNELS).status_code == 405


def test_the_list_costs_the_same_with_more(
    client: Client, eve: User, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for number in range(8):
        make.inbox(team=make.team("Support"), name=f"Inbox {number}")
    client.force_login(eve)

    with django_assert_max_num_queries(4):
        client.get(CHANNELS)
