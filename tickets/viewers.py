"""Who has a ticket open right now, and who is writing: so that two do not answer at once.

Kept in the cache for seconds, never in the database. Written by sockets, read by the page's partial.
Whenever what others see of it changes, those who follow the ticket are poked (kind "viewers").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.cache import cache

from accounts.models import User
from helpdesk import live

VIEWING_SECONDS = 45  # a tab says so with every ping, each 20 s
TYPING_SECONDS = 15
MODES = ("reply", "note", "")
VIEWING = "viewing"
_RANK = (VIEWING, "note", "reply")  # of an agent with two tabs the more telling one is shown

if TYPE_CHECKING:
    Entries = dict[tuple[int, str], tuple[float, str, float]]  # (user, tab): seen until, mode, typing until


def see(ticket_id: int, user_id: int, tab: str, *, typing: str | None = None) -> None:
    """A tab shows the ticket; with `typing` it also says what is being written, "" for nothing."""
    now = time.time()

    def change(entries: Entries) -> None:
        _until, mode, typing_until = entries.get((user_id, tab), (0.0, "", 0.0))
        if typing is not None:
            mode, typing_until = typing, now + TYPING_SECONDS
        entries[user_id, tab] = (now + VIEWING_SECONDS, mode, typing_until)

    _change(ticket_id, change)


def leave(ticket_id: int, user_id: int, tab: str) -> None:
    """A tab shows something else, or has gone."""
    _change(ticket_id, lambda entries: entries.pop((user_id, tab), None))


def viewers(ticket_id: int, agent: User) -> list[tuple[User, str]]:
    """Return the others who have the ticket open, with what they do: viewing, reply or note.

    Ask it for a ticket that the agent may see.
    """
    shown = _shown(cache.get(_key(ticket_id)) or {})
    shown.pop(agent.pk, None)
    if not shown:
        return []
    people = User.objects.filter(pk__in=shown, is_active=True).order_by("name", "pk")
    return [(person, shown[person.pk]) for person in people]


def _change(ticket_id: int, change: Callable[[Entries], object]) -> None:
    with _alone(ticket_id):
        entries: Entries = cache.get(_key(ticket_id)) or {}
        before = _told(ticket_id)
        change(entries)
        now = time.time()
        entries = {key: entry for key, entry in entries.items() if entry[0] > now}
        cache.set(_key(ticket_id), entries, VIEWING_SECONDS)
        after = _shown(entries)
        if after != before:
            cache.set(_key(ticket_id) + ".told", after, VIEWING_SECONDS * 2)
    if after != before:
        live.poke([f"ticket:{ticket_id}"], ["viewers"])


def _told(ticket_id: int) -> dict[int, str]:
    """What the others were last told: entries that ran out since then are news as well."""
    return cache.get(_key(ticket_id) + ".told") or {}


def _shown(entries: Entries) -> dict[int, str]:
    now, shown = time.time(), dict[int, str]()
    for (user_id, _tab), (until, mode, typing_until) in entries.items():
        if until <= now:
            continue
        state = mode if mode and typing_until > now else VIEWING
        if _RANK.index(state) >= _RANK.index(shown.get(user_id, VIEWING)):
            shown[user_id] = state
    return shown


@contextmanager
def _alone(ticket_id: int) -> Iterator[None]:
    """Let two agents who open a ticket in the same moment both be seen. Waits a moment at most."""
    lock = f"{_key(ticket_id)}.lock"
    for _ in range(40):
        if cache.add(lock, 1, 1):
            break
        time.sleep(0.005)
    try:
        yield
    finally:
        cache.delete(lock)


def _key(ticket_id: int) -> str:
    return f"viewers.{ticket_id}"
