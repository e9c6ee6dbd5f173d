"""The agents' socket, over a real server, in memory and through Redis."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from accounts.actions.people import set_active
from accounts.actions.sessions import sign_out_everywhere
from accounts.actions.teams import set_members
from accounts.models import Presence, User
from accounts.models import Tab as TabRow
from accounts.presence import sweep
from helpdesk import live, sockets
from helpdesk.bus import Bus, MemoryBus, RedisBus
from tests import make
from tests.helpdesk.sockets import Tab, served
from tickets.actions.note import add_note
from tickets.actions.team import move_team
from tickets.models import Ticket
from tickets.viewers import viewers

pytestmark = pytest.mark.django_db(transaction=True)
REDIS_URL = os.environ.get("REDIS_URL", "")


@pytest.fixture(
    params=[
        "memory",
        pytest.param(
            "redis",
            marks=[pytest.mark.redis, pytest.mark.skipif(not REDIS_URL, reason="set REDIS_URL")],
        ),
    ]
)
def bus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bus:
    made = MemoryBus() if request.param == "memory" else RedisBus(REDIS_URL, f"test.{uuid.uuid4()}")
    monkeypatch.setattr(live, "bus", lambda: made)
    monkeypatch.setattr(sockets, "hub", live.Hub())
    return made


@pytest.fixture
def port(bus: Bus) -> Iterator[int]:
    with served() as number:
        yield number


def eventually(check: object, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_a_fact_reaches_the_team_and_nobody_else(port: int, ada: User, ben: User, ticket: Ticket) -> None:
    with Tab(port, ada) as support, Tab(port, ben) as billing:
        support.settle()
        billing.settle()

        add_note(ticket.pk, actor=make.actor(ada), body="Look at this")

        assert support.hears(f"team:{ticket.team_id}")["kinds"] == ["note.added"]
        assert billing.quiet()


def test_a_ticket_is_followed_only_by_who_may_see_it(port: int, ada: User, ben: User, ticket: Ticket) -> None:
    topic = f"ticket:{ticket.pk}"
    with Tab(port, ada) as support, Tab(port, ben) as billing:
        for tab in (support, billing):
            tab.say(follow=[topic, "user:1", "team:1", "ticket:x", "ticket:" + "9" * 40, 7, None])
            tab.settle()

        live.poke([topic])

        assert support.hears(topic)["topics"] == [topic]
        assert billing.quiet()
        support.say(unfollow=[topic])
        support.settle()
        live.poke([topic])
        assert support.quiet()


def test_strangers_are_told_to_sign_in(port: int) -> None:
    with Tab(port, None) as tab:
        assert tab.closed_with() == 4401


def test_another_site_may_not_open_a_socket(port: int) -> None:
    address = f"ws://127.0.0.1:{port}/ws/agent/"
    with pytest.raises(InvalidStatus), connect(address, origin="https://evil.example"):
        pass


def test_a_burst_becomes_one_message(port: int, ada: User) -> None:
    with Tab(port, ada) as tab:
        tab.settle()
        for number in range(200):
            live.poke([f"user:{ada.pk}"], [f"kind{number % 3}"])

        heard = [tab.next()]
        while not tab.quiet(0.3):
            heard.append({})

        assert heard[0]["topics"] == [f"user:{ada.pk}"]
        assert len(heard) <= 4


def test_who_changes_teams_is_moved_at_once(
    port: int, ada: User, ben: User, eve: User, ticket: Ticket
) -> None:
    support, billing = make.team("Support"), make.team("Billing")
    with Tab(port, ada) as tab:
        tab.say(follow=[f"ticket:{ticket.pk}"])
        tab.settle()

        set_members(support, user_ids=[], actor=eve)
        set_members(billing, user_ids=[ada.pk, ben.pk], actor=eve)
        tab.hears(f"user:{ada.pk}")
        time.sleep(0.3)
        while not tab.quiet(0.2):
            pass
        live.poke([f"ticket:{ticket.pk}", f"team:{support.pk}"])
        assert tab.quiet()
        live.poke([f"team:{billing.pk}"])
        assert tab.hears(f"team:{billing.pk}")


def test_a_ticket_that_moves_away_is_followed_no_more(
    port: int, ada: User, eve: User, ticket: Ticket
) -> None:
    with Tab(port, ada) as tab:
        tab.say(follow=[f"ticket:{ticket.pk}"])
        tab.settle()

        move_team(ticket.pk, team=make.team("Billing"), actor=make.actor(eve))
        tab.hears(f"ticket:{ticket.pk}")

        live.poke([f"ticket:{ticket.pk}"])
        assert tab.quiet()


def test_who_is_switched_off_is_closed(port: int, ada: User, eve: User) -> None:
    with Tab(port, ada) as tab:
        tab.settle()
        set_active(ada, active=False, actor=eve)
        assert tab.closed_with() == 4401


def test_signing_out_closes_the_sockets_of_that_session_only(port: int, ada: User) -> None:
    with Tab(port, ada) as here, Tab(port, ada) as there:
        here.settle()
        there.settle()
        here.client.post("/account/logout/")
        assert here.closed_with() == 4401
        there.hears(f"user:{ada.pk}")
        there.settle()

        sign_out_everywhere(ada, actor=ada)
        assert there.closed_with() == 4401


def test_a_session_that_ended_unseen_is_noticed_by_the_ping(
    port: int, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SESSION_SECONDS", 0)
    with Tab(port, ada) as tab:
        tab.client.session.flush()
        tab.say(ping=1)
        assert tab.closed_with() == 4401


def test_presence_follows_the_sockets(port: int, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    monkeypatch.setattr("accounts.presence.GRACE", timedelta(0))
    with Tab(port, ada, was_online=False) as one, Tab(port, ada, was_online=False):
        one.settle()
        assert eventually(lambda: TabRow.objects.filter(user=ada).count() == 2)
        assert Presence.objects.get(user=ada).state == "online"

    assert eventually(lambda: not TabRow.objects.filter(user=ada).exists())
    assert not any(sockets.hub.followers.values())
    sweep()
    assert Presence.objects.get(user=ada).state == "away"


def test_nonsense_is_passed_over(port: int, ada: User) -> None:
    with Tab(port, ada) as tab:
        for nonsense in ("", "{", "[]", "7", "null", '{"follow": {"a": 1}}', "[" * 5000, "x" * 30_000,
                         '{"viewing": "x", "typing": {"ticket": [], "mode": {}}}', b"\x00\xff"):  # fmt: skip
            tab.socket.send(nonsense)
        tab.settle()


def test_who_asks_too_much_is_let_go(port: int, ada: User) -> None:
    with Tab(port, ada) as tab:
        for _ in range(sockets.MAX_MESSAGES + 5):
            tab.socket.send("{}")
        assert tab.closed_with() == 4429


def test_wishes_are_bounded_and_can_be_taken_back(
    port: int, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [make.ticket(team=make.team("Support")) for _ in range(4)]
    monkeypatch.setattr(sockets, "MAX_FOLLOWED", 5)  # user, two teams, two tickets
    with Tab(port, ada) as tab:
        tab.say(follow=[f"ticket:{each.pk}" for each in tickets])
        tab.settle()
        live.poke([f"ticket:{each.pk}" for each in tickets])
        assert len(tab.next()["topics"]) == 2

        tab.say(unfollow=[f"ticket:{tickets[0].pk}"])
        tab.say(follow=[f"ticket:{tickets[3].pk}"])
        tab.settle()
        live.poke([f"ticket:{tickets[3].pk}"])
        assert tab.hears(f"ticket:{tickets[3].pk}")


def test_a_browser_that_takes_nothing_holds_nobody_up(
    port: int, ada: User, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SEND_SECONDS", 1)
    monkeypatch.setattr(sockets, "GATHER_SECONDS", 0)
    big = [f"user:{ada.pk}"]
    with Tab(port, ada) as stuck, Tab(port, sam) as other:
        stuck.settle()
        other.settle()
        waits = []
        for number in range(60):
            live.poke(big, ["x" * 300_000 + str(number)])
            live.poke([f"user:{sam.pk}"])
            begun = time.perf_counter()
            other.hears(f"user:{sam.pk}")
            waits.append(time.perf_counter() - begun)
        print(f"poke beside a stuck browser: worst {max(waits) * 1000:.0f} ms")
        assert max(waits) < 1

        def is_let_go() -> bool:
            live.poke(big, ["x" * 300_000])
            return f"user:{ada.pk}" not in sockets.hub.followers

        assert eventually(is_let_go)


def test_pokes_come_from_threads_and_loops(port: int, ada: User) -> None:
    async def from_a_loop() -> None:
        live.poke([f"user:{ada.pk}"], ["loop"])

    with Tab(port, ada) as tab:
        tab.settle()
        thread = threading.Thread(target=live.poke, args=([f"user:{ada.pk}"], ["thread"]))
        thread.start()
        thread.join()
        asyncio.run(from_a_loop())
        kinds: set[str] = set()
        while not {"thread", "loop"} <= kinds:
            kinds |= set(tab.hears(f"user:{ada.pk}")["kinds"])


def test_who_views_and_types_is_seen_by_the_others(port: int, ada: User, sam: User, ticket: Ticket) -> None:
    topic = f"ticket:{ticket.pk}"
    with Tab(port, ada) as one, Tab(port, sam) as two:
        for tab in (one, two):
            tab.say(follow=[topic], viewing=ticket.pk)
            tab.settle()
        assert viewers(ticket.pk, ada) == [(sam, "viewing")]

        two.say(typing={"ticket": ticket.pk, "mode": "reply"})
        assert eventually(lambda: viewers(ticket.pk, ada) == [(sam, "reply")])
        assert viewers(ticket.pk, sam) == [(ada, "viewing")]
        while one.hears(topic)["kinds"] != ["viewers"]:
            pass
        two.say(viewing=None)
        assert eventually(lambda: viewers(ticket.pk, ada) == [])
        one.say(typing={"ticket": ticket.pk, "mode": "note"})
        assert eventually(lambda: viewers(ticket.pk, sam) == [(ada, "note")])
    assert eventually(lambda: viewers(ticket.pk, sam) == [])


def test_nobody_is_seen_on_a_ticket_they_may_not_see(port: int, ben: User, ada: User, ticket: Ticket) -> None:
    with Tab(port, ben) as tab:
        tab.say(viewing=ticket.pk)
        tab.say(typing={"ticket": ticket.pk, "mode": "reply"})
        tab.settle()
    assert viewers(ticket.pk, ada) == []


def test_a_process_that_poked_ends_at_once() -> None:
    code = "import django; django.setup(); from helpdesk import live; live.poke(['user:1'])"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "helpdesk.settings"}
    begun = time.monotonic()

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)

    # this Redis takes the connection and never answers: the process must not wait for it
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        environment["REDIS_URL"] = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        begun = time.monotonic()
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
        assert time.monotonic() - begun < 30
