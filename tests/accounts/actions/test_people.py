from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from auditlog.models import LogEntry
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.actions.keys import create_key
from accounts.actions.people import (
    create_user,
    invitation_link,
    mail_reset_link,
    set_active,
    update_user,
)
from accounts.actions.profile import update_profile
from accounts.actions.second_step import drop_second_step
from accounts.actions.teams import create_team, set_members, update_team
from accounts.keys import authenticate
from accounts.models import Presence, Role, Team, User
from helpdesk.errors import ConflictError, DomainError, NotAllowedError
from tests import make

pytestmark = pytest.mark.django_db


def test_a_person_is_added_and_chooses_a_password_by_a_link(eve: User, client: Client) -> None:
    linh = create_user(
        name="Linh Trần", email="Linh@Desk.example", actor=eve, teams=[make.team()], language="vi"
    )
    assert (linh.email, linh.role, linh.team_ids) == ("linh@desk.example", Role.AGENT, {make.team().pk})
    link = invitation_link(linh, actor=eve)

    page = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    new = {"password1": "correct-horse-battery", "password2": "correct-horse-battery"}
    client.post(page.request["PATH_INFO"], new)

    assert client.login(email="linh@desk.example", password="correct-horse-battery")
    assert (
        "password1"
        not in client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True).content.decode()
    )


def test_the_link_of_somebody_who_has_a_password_is_seen_by_them_alone(eve: User, ada: User) -> None:
    with pytest.raises(ConflictError, match="Ada has a password"):
        invitation_link(ada, actor=eve)

    update_user(ada, language="vi", actor=eve)
    ada.refresh_from_db()
    mail_reset_link(ada, actor=eve)

    assert mail.outbox[0].to == ["ada@desk.example"]
    assert "/account/password/reset/key/" in mail.outbox[0].body


def test_a_mail_server_that_refuses_is_said(eve: User, ada: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1

    with pytest.raises(DomainError, match="could not be sent") as refused:
        mail_reset_link(ada, actor=eve)

    assert refused.value.code == "mail"


def test_whoever_runs_the_server_helps_in_who_lost_the_second_step(
    eve: User, ada: User, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    TOTP.activate(ada, generate_totp_secret())
    client.force_login(ada)
    with pytest.raises(NotAllowedError):
        drop_second_step(ada, actor=eve)
    with pytest.raises(CommandError, match="no person"):
        call_command("password_link", "nobody")

    call_command("password_link", "ADA@desk.example", "--drop-second-step")

    link = urlsplit(capsys.readouterr().out.strip()).path
    assert "Choose a new password" in Client().get(link, follow=True).content.decode()
    assert not Authenticator.objects.filter(user=ada).exists()
    assert client.get("/account/sessions/").status_code == 302


def test_who_signs_in_by_another_way_is_not_new(eve: User) -> None:
    kim = create_user(name="Kim", email="kim@desk.example", actor=eve)
    assert kim.is_new
    kim.last_login = timezone.now()
    assert not kim.is_new


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"), ("email", "EVE@desk.example"), ("name", "  "), ("role", "boss"),
        ("language", "tlh"), ("time_zone", "Mars/Olympus"), ("capacity", -1), ("capacity", "many"),
        ("channel_limits", {"email": -1}), ("channel_limits", ["email"]), ("password", "short"),
    ],
)  # fmt: skip
def test_bad_input_names_its_field_and_leaves_nothing(eve: User, field: str, value: object) -> None:
    given = {"name": "Linh", "email": "linh@desk.example", field: value}

    with pytest.raises(DomainError) as refused:
        create_user(actor=eve, **given)

    assert refused.value.field == field
    assert User.objects.count() == 1


def test_two_addresses_that_differ_by_case_are_one(ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="other", email="ADA@desk.example")


def test_only_administrators_manage_people_and_teams(sam: User, ada: User) -> None:
    team = make.team()
    for refused in (
        lambda: create_user(name="X", email="x@desk.example", actor=sam),
        lambda: update_user(ada, role=Role.ADMINISTRATOR, actor=ada),
        lambda: set_active(ada, active=False, actor=sam),
        lambda: invitation_link(ada, actor=sam),
        lambda: mail_reset_link(ada, actor=sam),
        lambda: create_team(name="X", actor=sam),
        lambda: update_team(team, name="X", actor=sam),
        lambda: set_members(team, user_ids=[], actor=sam),
        lambda: update_profile(ada, name="X", actor=sam),
    ):
        with pytest.raises(NotAllowedError):
            refused()


def test_the_last_administrator_stays(eve: User, ada: User) -> None:
    with pytest.raises(ConflictError, match="last administrator"):
        update_user(eve, role=Role.AGENT, actor=eve)
    with pytest.raises(ConflictError):
        set_active(eve, active=False, actor=eve)

    ada = update_user(ada, role=Role.ADMINISTRATOR, actor=eve)
    set_active(eve, active=False, actor=ada)
    with pytest.raises(ConflictError, match="last administrator"):
        update_user(ada, role=Role.SENIOR, actor=ada)


def test_a_new_address_is_the_only_one_to_sign_in_with(eve: User, ada: User, client: Client) -> None:
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True)

    update_user(ada, email="Ada.New@desk.example", actor=eve)

    assert not client.login(email="ada@desk.example", password="correct horse")
    assert client.login(email="ada.new@desk.example", password="correct horse")


def test_who_is_switched_off_is_out_everywhere(eve: User, ada: User, client: Client) -> None:
    client.force_login(ada)
    Presence.objects.create(user=ada, state="online")
    _key, plain = create_key(ada, name="x", scopes=["tickets:read"], actor=ada)
    assert client.get("/account/sessions/").status_code == 200

    set_active(ada, active=False, actor=eve)

    assert client.get("/account/sessions/")["Location"].startswith("/account/login/")
    assert Presence.objects.get(user=ada).state == "offline"
    assert authenticate(plain) is None
    set_active(ada, active=True, actor=eve)
    assert client.get("/account/sessions/").status_code == 302  # the old session does not come back
    assert authenticate(plain) is None


def test_teams_are_made_changed_and_filled(eve: User, ada: User, ben: User) -> None:
    team = create_team(name=" Fraud ", routing="pull", actor=eve)
    assert (team.name, team.routing) == ("Fraud", "pull")
    for name in ("FRAUD", "", "x" * 81):
        with pytest.raises(DomainError):
            create_team(name=name, actor=eve)

    update_team(team, name="Fraud desk", is_active=False, actor=eve)
    set_members(team, user_ids=[ada.pk], actor=eve)
    set_members(team, user_ids=[ben.pk], actor=eve)
    with pytest.raises(DomainError):
        set_members(team, user_ids=[ben.pk, 999999], actor=eve)

    team = Team.objects.get(name="Fraud desk")
    assert (list(team.members.all()), team.is_active, team.routing) == ([ben], False, "pull")


def test_settings_changes_are_kept_without_passwords(eve: User, ada: User) -> None:
    update_user(ada, role=Role.SENIOR, actor=eve)
    ada.set_password("another long password")
    ada.save(update_fields=["password"])

    changes = [entry.changes for entry in LogEntry.objects.get_for_object(ada)]
    assert {"role": ["agent", "senior"]} in changes
    assert not any("password" in each for each in changes)


def test_a_profile_is_ones_own(ada: User) -> None:
    changed = update_profile(
        ada, language="zh-hant", time_zone="Asia/Taipei", theme="dark", signature="Ada",
        has_single_keys=False, notifications={"browser": True}, actor=ada,
    )  # fmt: skip

    ada.refresh_from_db()
    assert changed == ada
    assert (ada.language, ada.time_zone, ada.theme, ada.notifications) == (
        "zh-hant", "Asia/Taipei", "dark", {"browser": True},
    )  # fmt: skip
    with pytest.raises(TypeError):
        update_profile(ada, role="administrator", actor=ada)
    with pytest.raises(DomainError):
        update_profile(ada, theme="pink", actor=ada)
