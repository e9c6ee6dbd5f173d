"""Keys for programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from accounts.keys import authenticate
from accounts.models import ApiKey, User
from tests.proof import sign_in_proved

if TYPE_CHECKING:
    from django.test import Client

KEYS = "/settings/keys/"


def made(client: Client, **values: object) -> str:
    page = client.post(f"{KEYS}new/", {"name": "Sync", "scopes": ["tickets:read"], **values}).content.decode()
    found = re.search(r'value="(hd_[^"]+)"', page)
    return found[1] if found else ""


def test_a_key_is_shown_once_and_works(client: Client, ada: User) -> None:
    sign_in_proved(client, ada)

    plain = made(client)

    key = authenticate(plain)
    assert key is not None
    assert (key.user, key.scopes) == (ada, ["tickets:read"])
    assert plain not in client.get(KEYS).content.decode()


def test_an_agent_makes_no_key_for_others(client: Client, ada: User, eve: User) -> None:
    sign_in_proved(client, ada)

    made(client, kind="service", user=eve.pk)

    assert ApiKey.objects.get().user == ada
    assert ApiKey.objects.get().kind == "personal"


def test_an_administrator_makes_a_service_key(client: Client, ada: User, eve: User) -> None:
    sign_in_proved(client, eve)

    assert made(client, kind="service") == ""
    assert made(client, kind="service", user=ada.pk)

    key = ApiKey.objects.get()
    assert (key.user, key.kind) == (ada, "service")
    assert "Acts as Ada" in client.get(KEYS).content.decode()


def test_a_key_without_scopes_or_of_yesterday_is_refused(client: Client, ada: User) -> None:
    sign_in_proved(client, ada)

    answer = client.post(f"{KEYS}new/", {"name": "Sync", "expires_on": "2020-01-01"})

    assert answer.status_code == 422
    assert {"scopes", "expires_on"} <= set(answer.context["form"].errors)


def test_a_revoked_key_works_no_more(client: Client, ada: User) -> None:
    sign_in_proved(client, ada)
    plain = made(client)

    client.post(f"{KEYS}{ApiKey.objects.get().pk}/revoke/")

    assert authenticate(plain) is None
    assert "Sync" not in client.get(KEYS).context["personal"]


def test_the_keys_of_others_are_not_found(client: Client, ada: User, ben: User, eve: User) -> None:
    sign_in_proved(client, ada)
    plain = made(client)
    key = ApiKey.objects.get()

    for other in (ben, eve):
        sign_in_proved(client, other)
        assert client.post(f"{KEYS}{key.pk}/revoke/").status_code == 404

    assert authenticate(plain) is not None
    assert client.get(f"{KEYS}{key.pk}/revoke/").status_code == 405
