from __future__ import annotations

import pytest

from accounts.models import User
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.attach import upload
from tickets.actions.draft import discard_draft, save_draft
from tickets.actions.reply import reply
from tickets.models import Draft, Ticket

pytestmark = pytest.mark.django_db


def test_it_is_kept_per_agent_and_mode(ticket: Ticket, ada: User, sam: User) -> None:
    file = upload(ticket, name="a.txt", content=b"hello", actor=make.actor(ada))
    conversation = ticket.conversations.get()
    save_draft(
        ticket.pk, mode="reply", body="Dear", version=0, actor=make.actor(ada),
        conversation_id=conversation.pk, attachment_ids=[file.pk],
    )  # fmt: skip
    save_draft(ticket.pk, mode="note", body="Ask Sam", version=0, actor=make.actor(ada))
    save_draft(ticket.pk, mode="reply", body="Hello", version=0, actor=make.actor(sam))

    draft = Draft.objects.get(agent=ada, mode="reply")
    assert (draft.body, draft.version, draft.conversation) == ("Dear", 1, conversation)
    assert list(draft.attachments.all()) == [file]
    assert Draft.objects.count() == 3


def test_an_older_tab_does_not_replace_a_newer_text(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    save_draft(ticket.pk, mode="reply", body="one", version=0, actor=actor)
    newer = save_draft(ticket.pk, mode="reply", body="two", version=1, actor=actor)

    for version in (0, 1):
        with pytest.raises(ConflictError) as refused:
            save_draft(ticket.pk, mode="reply", body="old", version=version, actor=actor)
        assert refused.value.code == "draft_newer"
        assert refused.value.context == {"draft": newer.pk, "version": 2}
    assert Draft.objects.get().body == "two"


def test_a_late_save_brings_no_sent_text_back(ticket: Ticket, ada: User) -> None:
    save_draft(ticket.pk, mode="reply", body="Done", version=0, actor=make.actor(ada))
    reply(ticket.pk, actor=make.actor(ada), body="Done")

    with pytest.raises(ConflictError) as refused:
        save_draft(ticket.pk, mode="reply", body="Done", version=1, actor=make.actor(ada))

    assert refused.value.code == "draft_gone"
    assert not Draft.objects.exists()


def test_it_is_thrown_away_once(ticket: Ticket, ada: User, sam: User) -> None:
    for person in (ada, sam):
        save_draft(ticket.pk, mode="reply", body="Dear", version=0, actor=make.actor(person))

    discard_draft(ticket.pk, mode="reply", actor=make.actor(ada))
    discard_draft(ticket.pk, mode="reply", actor=make.actor(ada))

    assert Draft.objects.get().agent == sam


def test_light_agents_draft_notes_only_and_others_nothing(ticket: Ticket, lou: User, ben: User) -> None:
    save_draft(ticket.pk, mode="note", body="Hm", version=0, actor=make.actor(lou))
    with pytest.raises(NotAllowedError):
        save_draft(ticket.pk, mode="reply", body="Hm", version=0, actor=make.actor(lou))
    with pytest.raises(NotFoundError):
        save_draft(ticket.pk, mode="note", body="Hm", version=0, actor=make.actor(ben))
    with pytest.raises(DomainError):
        save_draft(ticket.pk, mode="poem", body="Hm", version=0, actor=make.actor(lou))


def test_neither_a_foreign_file_nor_a_foreign_conversation(ticket: Ticket, ada: User, sam: User) -> None:
    file = upload(ticket, name="a.txt", content=b"hello", actor=make.actor(sam))
    other = make.ticket(inbox_=ticket.inbox, subject="Other").conversations.get()

    draft = save_draft(
        ticket.pk, mode="reply", body="Hm", version=0, actor=make.actor(ada),
        conversation_id=other.pk, attachment_ids=[file.pk],
    )  # fmt: skip

    assert (draft.conversation, draft.attachments.count()) == (None, 0)
