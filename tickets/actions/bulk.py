"""One verb on many tickets: each succeeds or is refused for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.errors import DomainError, NotAllowedError
from tickets import policies
from tickets.actions.assign import assign, release, take
from tickets.actions.follow import follow
from tickets.actions.merge import merge
from tickets.actions.properties import change_priority, change_type
from tickets.actions.snooze import snooze
from tickets.actions.spam import mark_spam, unmark_spam
from tickets.actions.status import change_status
from tickets.actions.tag import tag
from tickets.actions.team import move_team
from tickets.actor import Actor
from tickets.locking import locked_to_work_on

if TYPE_CHECKING:
    from accounts.models import Team, User

MAX_TICKETS = 500


@dataclass
class BulkResult:
    """Which tickets were done, and which were refused with what sentence."""

    done: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def bulk(ticket_ids: Iterable[int], *, verb: str, actor: Actor, **values: object) -> BulkResult:
    """Do one thing to many tickets. Each has its own transaction: one that is refused stops no other.

    Raises DomainError for an unknown verb, a missing value or too many tickets, NotAllowedError for
    light agents; nothing has happened then.
    """
    wanted = list(dict.fromkeys(ticket_ids))
    action, needed, optional = _known(verb)
    policies.require_open(actor)
    if len(wanted) > MAX_TICKETS:
        raise DomainError(
            _("Choose at most %(limit)s tickets at a time.") % {"limit": MAX_TICKETS}, code="too_many_tickets"
        )
    for name in sorted(needed - set(values)):
        raise DomainError(_("Say what to set."), code="required", field=name)
    for name in sorted(set(values) - needed - optional):
        raise DomainError(_("This does not belong to what you want to do."), code="unknown", field=name)
    result = BulkResult()
    for ticket_id in wanted:
        if ticket_id == values.get("into_id"):
            continue  # chosen along with those that go into it
        try:
            action(ticket_id, actor=actor, **values)
        except DomainError as error:
            result.refused.append((ticket_id, error.message))
        else:
            result.done.append(ticket_id)
    return result


@transaction.atomic
def _assign(ticket_id: int, *, to: User, actor: Actor) -> None:
    _require_reassign(ticket_id, actor)
    assign(ticket_id, to=to, actor=actor)


@transaction.atomic
def _release(ticket_id: int, *, actor: Actor) -> None:
    _require_reassign(ticket_id, actor)
    release(ticket_id, actor=actor)


def _require_reassign(ticket_id: int, actor: Actor) -> None:
    """In bulk, nobody but a supervisor takes work out of a colleague's hands."""
    ticket = locked_to_work_on(ticket_id, actor)
    if not policies.can_reassign(actor, ticket):
        raise NotAllowedError(
            _("%(agent)s is working on this ticket. Ask a supervisor to reassign it.")
            % {"agent": ticket.assignee}
        )


@transaction.atomic
def _move_team(ticket_id: int, *, team: Team, actor: Actor) -> None:
    policies.require_supervise(actor, locked_to_work_on(ticket_id, actor))
    move_team(ticket_id, team=team, actor=actor)


_NONE: frozenset[str] = frozenset()
_VERBS: dict[str, tuple[Callable[..., object], frozenset[str], frozenset[str]]] = {
    "assign": (_assign, frozenset({"to"}), _NONE),
    "take": (take, _NONE, _NONE),
    "release": (_release, _NONE, _NONE),
    "team": (_move_team, frozenset({"team"}), _NONE),
    "status": (change_status, frozenset({"to"}), _NONE),
    "priority": (change_priority, frozenset({"to"}), _NONE),
    "type": (change_type, frozenset({"to"}), _NONE),
    "tag": (tag, _NONE, frozenset({"add", "remove"})),
    "snooze": (snooze, frozenset({"until"}), _NONE),
    "spam": (mark_spam, _NONE, frozenset({"block_sender"})),
    "unspam": (unmark_spam, _NONE, _NONE),
    "merge": (merge, frozenset({"into_id"}), _NONE),
    "follow": (follow, _NONE, frozenset({"user"})),
}
VERBS = tuple(_VERBS)


def _known(verb: str) -> tuple[Callable[..., object], frozenset[str], frozenset[str]]:
    if verb not in _VERBS:
        raise DomainError(
            _("This cannot be done to many tickets at a time."), code="unknown_verb", field="verb"
        )
    return _VERBS[verb]
