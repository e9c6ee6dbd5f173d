from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import ConflictError, DomainError, NotFoundError
from tests import make
from tickets.actions.merge import merge
from tickets.actions.note import add_note
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_light_agents_write_notes_and_tell_those_who_may_see(
    ticket: Ticket, lou: User, ada: User, ben: User
) -> None:
    note = add_note(ticket.pk, actor=make.actor(lou), body="Look", mention_ids=[ada.pk, ben.pk])

    assert (note.kind, note.delivery, list(note.mentions.all())) == ("note", "none", [ada])
    assert ticket.events.get(kind="note.added").data == {"mentions": [ada.pk]}
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None
    assert ticket.preview == "My card is blocked"


def test_twice_is_one_note(ticket: Ticket, ada: User) -> None:
    first = add_note(ticket.pk, actor=make.actor(ada), body="Look", client_id="n1")

    assert add_note(ticket.pk, actor=make.actor(ada), body="Look", client_id="n1") == first


def test_nothing_is_no_note(ticket: Ticket, ada: User) -> None:
    with pytest.raises(DomainError):
        add_note(ticket.pk, actor=make.actor(ada), html="<p></p>")


def test_neither_by_another_team_nor_where_nothing_goes_on(ticket: Ticket, ada: User, ben: User) -> None:
    with pytest.raises(NotFoundError):
        add_note(ticket.pk, actor=make.actor(ben), body="Look")
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    merge(ticket.pk, into_id=other.pk, actor=make.actor(ada))
    with pytest.raises(ConflictError):
        add_note(ticket.pk, actor=make.actor(ada), body="Look")
