from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from channels_app.contract import Sender
from customers.models import Identity
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError, TooLargeError
from tests import make
from tickets.actions import delivery
from tickets.actions.attach import upload
from tickets.actions.draft import save_draft
from tickets.actions.note import add_note
from tickets.actions.receive import receive
from tickets.actions.reply import cancel_reply, reply, send_now
from tickets.actions.snooze import snooze
from tickets.actions.status import change_status
from tickets.models import Attachment, Draft, Message, Status, Ticket

pytestmark = pytest.mark.django_db

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WATCHED = [
    "status", "waiting_since", "snoozed_until", "solved_at", "first_replied_at", "preview", "last_message_id",
    "last_message_at", "next_due_at",
]  # fmt: skip


def _state(ticket: Ticket) -> dict[str, object]:
    return Ticket.objects.values(*WATCHED).get(pk=ticket.pk)


def test_it_waits_for_the_undo_and_then_for_a_worker(ticket: Ticket, ada: User) -> None:
    message = reply(ticket.pk, actor=make.actor(ada), body=" We are on it ")

    assert (message.body, message.delivery, message.seq) == ("We are on it", "queued", 2)
    assert message.to == [["Mia Chen", "mia@mail.example"]]
    wait = message.send_at - timezone.now()
    assert timedelta(seconds=9) < wait <= timedelta(seconds=10)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since, ticket.preview) == (Status.OPEN, None, "We are on it")
    assert ticket.first_replied_at == message.created_at


@pytest.mark.parametrize("before", ["new", "open", "solved"])
@pytest.mark.parametrize("after", ["", "pending", "solved"])
def test_the_undo_restores_all_that_the_reply_changed(
    before: str, after: str, ticket: Ticket, ada: User
) -> None:
    actor = make.actor(ada)
    if before != "new":
        change_status(ticket.pk, to=before, actor=actor)
    if before == "open":
        snooze(ticket.pk, until=timezone.now() + timedelta(days=1), actor=actor)
    as_it_was = _state(ticket)
    message = reply(ticket.pk, actor=actor, body="Done", status_after=after)
    assert _state(ticket) != as_it_was

    cancel_reply(message.pk, actor=actor)
    cancel_reply(message.pk, actor=actor)

    assert _state(ticket) == as_it_was
    assert ticket.events.filter(kind="message.cancelled").count() == 1


def test_the_undo_keeps_what_came_in_between(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    message = reply(ticket.pk, actor=actor, body="Done", status_after="solved")
    receive(ticket.inbox, inbound=make.inbound("Wait", in_reply_to=(ticket.messages.first().external_id,)))

    cancel_reply(message.pk, actor=actor)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.preview, ticket.solved_at) == (Status.OPEN, "Wait", None)
    assert ticket.waiting_since is not None


def test_what_was_taken_back_is_a_draft_again(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    file = upload(ticket, name="a.txt", content=b"hello", actor=actor)
    save_draft(ticket.pk, mode="reply", body="<p>Do", version=0, actor=actor)
    message = reply(ticket.pk, actor=actor, html="<p>Done</p>", attachment_ids=[file.pk])
    assert not Draft.objects.exists()

    cancel_reply(message.pk, actor=actor)

    draft = Draft.objects.get()
    assert (draft.body, list(draft.attachments.all())) == ("<p>Done</p>", [file])
    again = reply(ticket.pk, actor=actor, html=draft.body, attachment_ids=[file.pk])
    assert again.attachments.get() == file


def test_a_newer_draft_is_not_overwritten_by_the_undo(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    message = reply(ticket.pk, actor=actor, body="Done")
    save_draft(ticket.pk, mode="reply", body="P.S.", version=0, actor=actor)

    cancel_reply(message.pk, actor=actor)

    assert Draft.objects.get().body == "P.S."


def test_what_has_left_cannot_be_taken_back(ticket: Ticket, ada: User) -> None:
    message = reply(ticket.pk, actor=make.actor(ada), body="Done")
    send_now(message.pk, actor=make.actor(ada))
    assert delivery.claim(message.pk)

    with pytest.raises(ConflictError, match="already left"):
        cancel_reply(message.pk, actor=make.actor(ada))
    with pytest.raises(ConflictError):
        send_now(message.pk, actor=make.actor(ada))


def test_nobody_else_undoes_or_hurries_it(ticket: Ticket, ada: User, ben: User, lou: User) -> None:
    message = reply(ticket.pk, actor=make.actor(ada), body="Done")
    for action in (cancel_reply, send_now):
        with pytest.raises(NotFoundError):
            action(message.pk, actor=make.actor(ben))
        with pytest.raises(NotAllowedError):
            action(message.pk, actor=make.actor(lou))
        with pytest.raises(NotFoundError):
            action(message.pk + 1, actor=make.actor(ada))


def test_it_may_leave_later(ticket: Ticket, ada: User) -> None:
    later = timezone.now() + timedelta(days=2)
    message = reply(ticket.pk, actor=make.actor(ada), body="Good morning", send_at=later)

    assert message.send_at == later
    assert not delivery.claim(message.pk)
    with pytest.raises(DomainError) as refused:
        reply(ticket.pk, actor=make.actor(ada), body="x", send_at=later + timedelta(days=400))
    assert refused.value.field == "send_at"


def test_a_message_that_came_meanwhile_is_read_first(ticket: Ticket, ada: User, sam: User) -> None:
    seen = ticket.messages.get().pk
    add_note(ticket.pk, actor=make.actor(sam), body="Careful")
    reply(ticket.pk, actor=make.actor(ada), body="First", seen_message_id=seen)
    second = reply(ticket.pk, actor=make.actor(ada), body="My own do not count", seen_message_id=seen)
    newer = reply(ticket.pk, actor=make.actor(sam), body="I answered too")

    with pytest.raises(ConflictError) as refused:
        reply(ticket.pk, actor=make.actor(ada), body="Third", seen_message_id=second.pk)

    assert (refused.value.code, refused.value.context) == ("stale", {"messages": [newer.pk]})
    assert reply(ticket.pk, actor=make.actor(ada), body="Third", seen_message_id=newer.pk)


def test_another_inbox_and_address_start_a_conversation(ticket: Ticket, ada: User) -> None:
    cards = make.inbox(team=ticket.team, name="Cards")
    kind = cards.adapter.identity_kind
    work = Identity.objects.create(customer=ticket.customer, kind=kind, address="mia@work.example")

    message = reply(ticket.pk, actor=make.actor(ada), body="Hi", inbox_id=cards.pk, identity_id=work.pk)
    again = reply(ticket.pk, actor=make.actor(ada), body="Hi", inbox_id=cards.pk, identity_id=work.pk)

    assert (message.inbox, message.identity) == (cards, work)
    assert message.conversation == again.conversation
    assert ticket.conversations.count() == 2


def test_neither_from_foreign_inboxes_nor_to_strangers(ticket: Ticket, ada: User) -> None:
    billing = make.inbox(team=make.team("Billing"), name="Billing")
    lee = make.message(inbox_=ticket.inbox, sender=Sender("email", "lee@mail.example")).identity

    with pytest.raises(NotFoundError):
        reply(ticket.pk, actor=make.actor(ada), body="Hi", inbox_id=billing.pk)
    with pytest.raises(ConflictError) as refused:
        reply(ticket.pk, actor=make.actor(ada), body="Hi", identity_id=lee.pk)
    assert refused.value.code == "no_address"
    other = make.ticket(inbox_=ticket.inbox, subject="Other")
    with pytest.raises(ConflictError) as refused:
        reply(ticket.pk, actor=make.actor(ada), body="Hi", conversation_id=other.conversations.get().pk)
    assert refused.value.code == "no_conversation"


def test_copies_are_checked(ticket: Ticket, ada: User) -> None:
    cc = [("Lee", "lee@mail.example"), ("", "LEE@mail.example"), ("Mia", "mia@mail.example")]

    assert reply(ticket.pk, actor=make.actor(ada), body="Hi", cc=cc).cc == [["Lee", "lee@mail.example"]]
    for wrong in ([("", "not an address")], [("", f"p{number}@x.example") for number in range(21)]):
        with pytest.raises(DomainError) as refused:
            reply(ticket.pk, actor=make.actor(ada), body="Hi", cc=wrong)
        assert refused.value.field == "cc"


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"is_blocked": True}, "blocked"), ({"undeliverable_at": timezone.now()}, "undeliverable")],
)
def test_an_address_that_does_not_work_is_used_only_if_one_insists(
    fields: dict[str, object], code: str, ticket: Ticket, ada: User
) -> None:
    Identity.objects.update(**fields)

    with pytest.raises(ConflictError) as refused:
        reply(ticket.pk, actor=make.actor(ada), body="Hi")
    assert refused.value.code == code
    assert reply(ticket.pk, actor=make.actor(ada), body="Hi", force=True).delivery == "queued"


def test_the_same_send_twice_is_one_message(ticket: Ticket, ada: User) -> None:
    first = reply(ticket.pk, actor=make.actor(ada), body="Hi", client_id="c1")

    assert reply(ticket.pk, actor=make.actor(ada), body="Hi", client_id="c1") == first
    assert ticket.events.filter(kind="message.queued").count() == 1


def test_empty_endless_and_closed_are_refused(ticket: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    for empty in ({"body": "  \n"}, {"html": "<p> </p><script>alert(1)</script>"}):
        with pytest.raises(DomainError) as refused:
            reply(ticket.pk, actor=actor, **empty)
        assert (refused.value.code, refused.value.field) == ("empty", "body")
    with pytest.raises(DomainError, match="too long"):
        reply(ticket.pk, actor=actor, body="x" * 1_000_001)
    Ticket.objects.update(status="closed")
    with pytest.raises(ConflictError, match="follow-up"):
        reply(ticket.pk, actor=actor, body="Hi")
    assert ticket.messages.count() == 1


def test_pictures_travel_with_the_mail(ticket: Ticket, ada: User, settings: object) -> None:
    actor = make.actor(ada)
    uploaded = upload(ticket, name="card.png", content=PNG, actor=actor)
    pasted = base64.b64encode(PNG).decode()
    html = (
        f'<p>Look: <img src="/attachments/{uploaded.pk}/" alt="card">'
        f'<img alt="x" src="data:image/png;base64,{pasted}"></p>'
    )

    message = reply(ticket.pk, actor=actor, html=html)

    files = list(message.attachments.all())
    assert [file.is_inline for file in files] == [True, True]
    assert all(f'src="cid:{file.content_id}"' in message.html for file in files)
    assert "/attachments/" not in message.html
    assert "data:" not in message.html


def test_pictures_of_others_and_other_things_do_not(ticket: Ticket, ada: User, sam: User) -> None:
    theirs = upload(ticket, name="card.png", content=PNG, actor=make.actor(sam))
    script = base64.b64encode(b"<svg onload=alert(1)>").decode()
    html = f'Hi <img src="/attachments/{theirs.pk}/"><img src="data:image/svg;base64,{script}">'

    message = reply(ticket.pk, actor=make.actor(ada), html=html)

    assert not message.attachments.exists()
    assert "cid:" not in message.html
    assert "svg" not in message.html


def test_files_have_limits_together(ticket: Ticket, ada: User, settings: object) -> None:
    settings.MESSAGE_FILES_MAX_BYTES = 10
    settings.MESSAGE_MAX_FILES = 3
    actor = make.actor(ada)
    files = [upload(ticket, name="a.txt", content=b"four", actor=actor).pk for _ in range(4)]

    for wanted in (files[:3], files):
        with pytest.raises(TooLargeError):
            reply(ticket.pk, actor=actor, body="Hi", attachment_ids=wanted)
    assert reply(ticket.pk, actor=actor, body="Hi", attachment_ids=files[:2]).attachments.count() == 2
    with pytest.raises(ConflictError) as refused:
        reply(ticket.pk, actor=actor, body="Hi", attachment_ids=files[:1])
    assert refused.value.code == "attachment"
    assert Message.objects.count() == 2
    assert Attachment.objects.filter(message=None).count() == 2
