"""Presence follows the tabs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import presence
from accounts.actions.presence import choose_presence
from accounts.models import Presence, Tab, User
from helpdesk.errors import DomainError, NotAllowedError

pytestmark = pytest.mark.django_db


def state(user: User) -> str:
    return Presence.objects.get(user=user).state


def sweep_after(**span: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(**span), tick=False):
        presence.sweep()


def test_a_tab_brings_its_agent_online(ada: User) -> None:
    presence.tab_seen(ada.pk, "one")

    assert state(ada) == "online"


def test_a_reload_does_not_flap(ada: User) -> None:
    presence.tab_seen(ada.pk, "one")
    presence.tab_closed(ada.pk, "one")
    presence.sweep()
    assert state(ada) == "online"

    presence.tab_seen(ada.pk, "two")
    sweep_after(seconds=15)

    assert state(ada) == "online"


def test_the_last_tab_that_closes_makes_away_then_offline(ada: User) -> None:
    presence.tab_seen(ada.pk, "one")
    presence.tab_seen(ada.pk, "two")
    presence.tab_closed(ada.pk, "one")
    sweep_after(seconds=15)
    assert state(ada) == "online"

    presence.tab_closed(ada.pk, "two")
    sweep_after(seconds=15)
    assert state(ada) == "away"
    sweep_after(minutes=9)
    assert state(ada) == "away"
    sweep_after(minutes=11)
    assert state(ada) == "offline"


def test_a_tab_that_fell_silent_is_swept(ada: User) -> None:
    presence.tab_seen(ada.pk, "crashed")

    sweep_after(seconds=50)
    assert state(ada) == "online"
    sweep_after(seconds=70)

    assert (state(ada), Tab.objects.count()) == ("away", 0)


def test_what_one_chose_stands_while_one_is_there_and_comes_back(ada: User) -> None:
    presence.tab_seen(ada.pk, "one")
    choose_presence(ada, state="busy", actor=ada)
    presence.tab_seen(ada.pk, "one")
    assert state(ada) == "busy"

    presence.tab_closed(ada.pk, "one")
    sweep_after(seconds=15)
    assert state(ada) == "away"
    presence.tab_seen(ada.pk, "two")
    assert state(ada) == "busy"


def test_a_supervisor_may_send_away_but_not_bring_back_who_is_absent(ada: User, sam: User, ben: User) -> None:
    presence.tab_seen(ada.pk, "one")
    choose_presence(ada, state="away", actor=sam)
    assert state(ada) == "away"

    Tab.objects.all().delete()
    choose_presence(ada, state="online", actor=sam)
    assert (state(ada), Presence.objects.get(user=ada).chosen) == ("away", "online")
    with pytest.raises(NotAllowedError):
        choose_presence(ben, state="away", actor=sam)
    with pytest.raises(NotAllowedError):
        choose_presence(sam, state="away", actor=ada)


def test_there_are_four_states(ada: User) -> None:
    with pytest.raises(DomainError):
        choose_presence(ada, state="asleep", actor=ada)


def test_made_up_tabs_do_not_fill_the_table(ada: User) -> None:
    for number in range(60):
        presence.tab_seen(ada.pk, f"tab {number}")

    assert Tab.objects.count() == presence.TABS_AT_MOST


def test_a_heartbeat_is_cheap(ada: User, django_assert_num_queries: object) -> None:
    presence.tab_seen(ada.pk, "one")

    with django_assert_num_queries(4):  # type: ignore[operator]  # two updates in a savepoint
        presence.tab_seen(ada.pk, "one")


def test_who_comes_online_is_announced_once(
    ada: User, django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr("automation.routing.on_person", lambda kind, user_id: heard.append((kind, user_id)))
    monkeypatch.setattr("helpdesk.live.enqueue", lambda task, *args: task(*args))

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        presence.tab_seen(ada.pk, "one")
        presence.tab_seen(ada.pk, "two")

    assert heard == [("person.came_online", ada.pk)]
