"""Tell the rest of the house what happened to a person, after the commit and in a worker."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.module_loading import import_string

from accounts.models import Membership
from helpdesk import live
from helpdesk.wiring import PEOPLE_SUBSCRIBERS


def announce(kind: str, user_id: int) -> None:
    """Run the subscribers of this kind once the transaction has committed. Raises LookupError."""
    if kind not in PEOPLE_SUBSCRIBERS:
        raise LookupError(f"Unknown kind {kind!r}: add it to helpdesk/wiring.py.")
    from accounts.tasks import react

    transaction.on_commit(lambda: live.enqueue(react, kind, user_id))


def run_subscribers(kind: str, user_id: int) -> None:
    for dotted in PEOPLE_SUBSCRIBERS[kind]:
        import_string(dotted)(kind, user_id)


def poke_presence(user_id: int) -> None:
    """Let the pages of this person and of their teams show the new state, after the commit."""
    teams = Membership.objects.filter(user=user_id).values_list("team_id", flat=True)
    topics = {f"user:{user_id}", *(f"team:{team_id}" for team_id in teams)}
    transaction.on_commit(lambda: live.poke(topics, ["presence"]))


def poke_people(user_ids: Iterable[int], kind: str) -> None:
    """Let sockets of these people look again at what they may follow, and whether they may stay."""
    topics = {f"user:{user_id}" for user_id in user_ids}
    if topics:
        transaction.on_commit(lambda: live.poke(topics, [kind]))
