"""People, teams, presence, oneself, keys."""

from __future__ import annotations

from typing import Any

from django.core import mail

from accounts.models import ApiKey, IdempotentCall, Role, Team, User
from tests import make
from tests.api import V1, Caller, refused


def test_agents_are_listed_in_few_queries(ada: User, ben: User, django_assert_max_num_queries: Any) -> None:
    call = Caller(ada)
    call.get("agents/")
    with django_assert_max_num_queries(4):
        names = [each["name"] for each in call.get("agents/").json()["results"]]
    assert names == ["Ada", "Ben"]

    for number in range(20):
        make.agent(f"agent{number}", make.team("Support"))
    with django_assert_max_num_queries(4):
        assert len(call.get("agents/").json()["results"]) == 22


def test_agents_are_found_by_team_role_and_state(ada: User, ben: User, eve: User) -> None:
    call = Caller(ada)
    billing = make.team("Billing").pk
    assert [each["name"] for each in call.get("agents/", team=billing).json()["results"]] == ["Ben"]
    assert [each["name"] for each in call.get("agents/", role="administrator").json()["results"]] == ["Eve"]
    assert call.get("agents/", is_active="false").json()["results"] == []
    refused(call.get("agents/", role="king"), 400, "invalid", "role")
    refused(call.get("agents/", team="9" * 30), 400, "invalid", "team")


def test_an_administrator_adds_and_changes_people(eve: User) -> None:
    call, team = Caller(eve), make.team("Support")

    made = call.post("agents/", {"name": "Kim", "email": "Kim@desk.example", "teams": [team.pk]})
    assert made.status_code == 201
    assert made.json()["teams"] == [team.pk]
    pk = made.json()["id"]

    changed = call.patch(f"agents/{pk}/", {"role": "senior", "capacity": "8.5", "is_active": False})
    assert changed.json() | {"role": "senior", "capacity": "8.5", "is_active": False} == changed.json()
    refused(call.post(f"agents/{pk}/reset-link/"), 409, "inactive")
    call.patch(f"agents/{pk}/", {"is_active": True})
    mailed = call.post(f"agents/{pk}/reset-link/")
    assert (mailed.status_code, mailed.content) == (204, b"")
    assert (mail.outbox[0].to, "/account/password/reset/key/" in mail.outbox[0].body) == (
        ["kim@desk.example"],
        True,
    )


def test_a_key_that_was_found_opens_nobodys_account(eve: User, ada: User) -> None:
    call, zoe = Caller(eve), make.agent("zoe", role=Role.ADMINISTRATOR)

    for path, changes in [
        (f"agents/{ada.pk}/", {"email": "thief@evil.example"}),
        (f"agents/{ada.pk}/", {"role": "administrator"}),
        (f"agents/{zoe.pk}/", {"email": "thief@evil.example"}),
        (f"agents/{zoe.pk}/", {"is_active": False}),
        (f"agents/{zoe.pk}/", {"role": "agent"}),
    ]:
        refused(call.patch(path, changes), 403, "not_allowed")
    thief = {"name": "Thief", "email": "thief@evil.example", "role": "administrator"}
    refused(call.post("agents/", thief), 403, "not_allowed")
    refused(call.post("keys/", {"name": "mine", "scopes": ["people:write"]}), 403, "not_allowed")
    refused(call.post("keys/", {"name": "z", "scopes": ["people:read"], "user": zoe.pk}), 403, "not_allowed")

    assert User.objects.filter(email="thief@evil.example").count() == 0
    assert set(User.objects.filter(role="administrator", is_active=True)) == {eve, zoe}
    assert ApiKey.objects.count() == 1


def test_an_administrator_who_signed_in_may_do_it(eve: User, ada: User) -> None:
    call = Caller.signed_in(eve)

    changed = call.patch(f"agents/{ada.pk}/", {"email": "ada.new@desk.example", "role": "administrator"})
    assert changed.json() | {"email": "ada.new@desk.example", "role": "administrator"} == changed.json()
    added = call.post("agents/", {"name": "Kim", "email": "kim@desk.example", "role": "administrator"})
    assert added.status_code == 201


def test_a_refused_change_of_a_person_leaves_nothing_behind(eve: User) -> None:
    call = Caller.signed_in(eve)
    refused(call.patch(f"agents/{eve.pk}/", {"name": "Evelyn", "is_active": False}), 409, "self")
    eve.refresh_from_db()
    assert (eve.name, eve.is_active) == ("Eve", True)


def test_agents_do_not_change_each_other(ada: User, ben: User) -> None:
    call = Caller(ada)
    refused(call.patch(f"agents/{ben.pk}/", {"role": "administrator"}), 403, "not_allowed")
    refused(call.post("agents/", {"name": "Kim", "email": "kim@desk.example"}), 403, "not_allowed")
    refused(call.post(f"agents/{ben.pk}/reset-link/"), 403, "not_allowed")
    refused(call.put(f"agents/{ben.pk}/presence/", {"state": "away"}), 403, "not_allowed")


def test_bad_shapes_of_people(eve: User) -> None:
    call = Caller(eve)
    refused(call.post("agents/", {"name": "K", "email": "nobody"}), 400, "invalid", "email")
    refused(call.post("agents/", {"name": "K", "email": eve.email}), 400, "taken", "email")
    for teams in ([999_999], ["x"], "x", [None], [{}], [1.5], [True], [2**70]):
        answer = call.post("agents/", {"name": "K", "email": "k@desk.example", "teams": teams})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), teams
    body = '{"name": "K", "email": "k@desk.example", "teams": [1e400]}'
    refused(
        call.client.post(V1 + "agents/", body, content_type="application/json"), 400, "invalid", "teams.0"
    )
    refused(call.patch(f"agents/{eve.pk}/", {"channel_limits": {"email": 10**9}}), 400, "invalid",
            "channel_limits.email")  # fmt: skip


def test_teams(eve: User, ada: User) -> None:
    call = Caller(eve)
    made = call.post("teams/", {"name": "Cards"}).json()
    members = call.put(f"teams/{made['id']}/members/", {"members": [ada.pk, eve.pk]}).json()["members"]
    assert sorted(members) == sorted([ada.pk, eve.pk])
    assert call.patch(f"teams/{made['id']}/", {"routing": "pull"}).json()["routing"] == "pull"
    assert {team["name"] for team in call.get("teams/").json()["results"]} == {"Cards", "Support"}
    refused(call.post("teams/", {"name": "cards"}), 400, "taken", "name")
    refused(Caller(ada).post("teams/", {"name": "Loans"}), 403, "not_allowed")
    refused(Caller(ada).put(f"teams/{made['id']}/members/", {"members": []}), 403, "not_allowed")
    assert Team.objects.get(name="Cards").members.count() == 2


def test_oneself(ada: User) -> None:
    call = Caller(ada)
    assert call.get("me/").json()["email"] == ada.email
    changed = call.patch("me/", {"language": "vi", "signature": "Ada", "notifications": {"browser": True}})
    assert changed.json() | {"language": "vi", "signature": "Ada"} == changed.json()
    refused(call.patch("me/", {"time_zone": "Mars/Olympus"}), 400, "time_zone", "time_zone")
    assert call.put("me/presence/", {"state": "busy"}).json()["state"] == "busy"
    assert call.get("me/presence/").json()["chosen"] == "busy"
    assert call.get(f"agents/{ada.pk}/").json()["presence"] == "busy"


def test_a_key_is_told_once(ada: User) -> None:
    owner = Caller.signed_in(ada)
    wanted = {"name": "sync", "scopes": ["tickets:read"]}
    made = owner.post("keys/", wanted, **{"Idempotency-Key": "once"})
    assert made.status_code == 201
    plain = made.json()["key"]
    again = owner.post("keys/", wanted, **{"Idempotency-Key": "once"}).json()
    assert (again["id"], "key" in again) == (made.json()["id"], False)
    assert plain not in str(list(IdempotentCall.objects.values_list("answer", flat=True)))

    client = Caller.with_key(plain)
    assert client.get(V1 + "tickets/").status_code == 200

    assert all("key" not in each for each in owner.get("keys/").json()["results"])
    pk = made.json()["id"]
    assert owner.delete(f"keys/{pk}/").status_code == 204
    refused(client.get(V1 + "tickets/"), 401, "not_authenticated")
    assert owner.get(f"keys/{pk}/").json()["revoked_at"]


def test_keys_of_others_are_not_there(ada: User, ben: User, eve: User) -> None:
    Caller(ben)
    pk = ApiKey.objects.get(user=ben).pk
    refused(Caller(ada).get(f"keys/{pk}/"), 404, "not_found")
    refused(Caller(ada).delete(f"keys/{pk}/"), 404, "not_found")
    assert Caller(eve).get(f"keys/{pk}/").status_code == 200


def test_only_administrators_make_keys_for_services_and_others(ada: User, ben: User) -> None:
    call = Caller.signed_in(ada)
    for more in ({"kind": "service"}, {"user": ben.pk}):
        refused(call.post("keys/", {"name": "x", "scopes": ["tickets:write"], **more}), 403, "not_allowed")
