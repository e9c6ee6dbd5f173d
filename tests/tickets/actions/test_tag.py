from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import DomainError
from tests import make
from tickets.actions.tag import tag
from tickets.models import Tag, Ticket

pytestmark = pytest.mark.django_db


def test_one_spelling_per_tag(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    tag(ticket.pk, add=["Lost  Card", "lost card", " thẻ "], actor=actor)
    tag(ticket.pk, add=["LOST CARD"], remove=["THẺ", "never there"], actor=actor)

    assert list(ticket.tags.values_list("name", flat=True)) == ["lost card"]
    assert Tag.objects.count() == 2
    assert [fact.data for fact in ticket.events.filter(kind="ticket.tagged")] == [
        {"added": ["lost card", "thẻ"], "removed": []},
        {"added": [], "removed": ["thẻ"]},
    ]


def test_too_long_or_too_many_is_refused_whole(ticket: Ticket, ada: User) -> None:
    for names in (["short", "x" * 51], [f"tag {number}" for number in range(31)]):
        with pytest.raises(DomainError) as refused:
            tag(ticket.pk, add=names, actor=make.actor(ada))
        assert refused.value.field == "tags"
    assert not ticket.tags.exists()


def test_nothing_is_no_fact(ticket: Ticket, ada: User) -> None:
    tag(ticket.pk, add=["", " , "], actor=make.actor(ada))

    assert not ticket.events.filter(kind="ticket.tagged").exists()
