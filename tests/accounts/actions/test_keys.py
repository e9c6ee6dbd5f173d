from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.actions.keys import create_key, revoke_key
from accounts.keys import authenticate
from accounts.models import ApiKey, User
from helpdesk.errors import DomainError, NotAllowedError

pytestmark = pytest.mark.django_db


def test_a_key_is_known_by_its_text_alone(ada: User) -> None:
    key, plain = create_key(ada, name="script", scopes=["tickets:read"], actor=ada)

    assert plain.startswith(f"hd_{key.prefix}_")
    assert authenticate(plain) == key
    assert plain not in str(ApiKey.objects.values().get())
    for wrong in (plain[:-1], plain + "x", f"hd_{key.prefix}_", "hd_x", "", plain.replace("hd_", "xx_")):
        assert authenticate(wrong) is None


def test_a_key_ends_by_time_by_hand_and_with_its_person(ada: User) -> None:
    made = [create_key(ada, name=str(n), scopes=["tickets:read"], actor=ada) for n in range(3)]
    ApiKey.objects.filter(pk=made[0][0].pk).update(expires_at=timezone.now())
    revoke_key(made[1][0], actor=ada)
    revoke_key(made[1][0], actor=ada)

    assert [authenticate(plain) is None for _key, plain in made] == [True, True, False]
    User.objects.update(is_active=False)
    assert authenticate(made[2][1]) is None


def test_its_use_is_noted_once_a_minute(ada: User, django_assert_num_queries: object) -> None:
    key, plain = create_key(ada, name="script", scopes=["tickets:read"], actor=ada)
    authenticate(plain)
    with django_assert_num_queries(1):  # type: ignore[operator]
        authenticate(plain)
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    authenticate(plain)

    key.refresh_from_db()
    assert timezone.now() - key.last_used_at < timedelta(seconds=10)


def test_who_may_make_keys_for_whom(ada: User, sam: User, eve: User) -> None:
    create_key(ada, name="for ada", scopes=["tickets:read"], actor=eve)
    create_key(ada, name="bot", scopes=["tickets:read"], actor=eve, kind="service")
    with pytest.raises(NotAllowedError):
        create_key(ada, name="x", scopes=["tickets:read"], actor=sam)
    with pytest.raises(NotAllowedError):
        create_key(ada, name="x", scopes=["tickets:read"], actor=ada, kind="service")
    with pytest.raises(NotAllowedError):
        revoke_key(ApiKey.objects.first(), actor=sam)


@pytest.mark.parametrize(
    "bad",
    [
        {"scopes": ["everything"]}, {"scopes": []}, {"name": " "},
        {"expires_at": timezone.now() - timedelta(days=1)},
    ],
)  # fmt: skip
def test_a_bad_wish_makes_no_key(ada: User, bad: dict[str, object]) -> None:
    with pytest.raises(DomainError):
        create_key(ada, **{"name": "x", "scopes": ["tickets:read"], "actor": ada, **bad})
    assert not ApiKey.objects.exists()


def test_the_command_prints_the_key_once(ada: User) -> None:
    out = StringIO()

    call_command(
        "create_api_key", "ADA@desk.example", "--scope", "tickets:read", "--scope", "customers:read",
        "--service", "--name", "bot", "--days", "30", stdout=out,
    )  # fmt: skip

    key = authenticate(out.getvalue().strip())
    assert key is not None
    assert (key.user, key.kind, key.name, key.scopes) == (
        ada, "service", "bot", ["customers:read", "tickets:read"],
    )  # fmt: skip
    assert timedelta(days=29) < key.expires_at - timezone.now() < timedelta(days=31)


@pytest.mark.parametrize("arguments", [["nobody", "--scope", "tickets:read"], ["ada", "--scope", "all"]])
def test_the_command_says_what_is_wrong(ada: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", *arguments)
