from __future__ import annotations

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from channels_app import redact as calls
from channels_app.contract import InboundFile
from channels_app.models import InboundCall
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError
from tests import make
from tickets.actions.draft import save_draft
from tickets.actions.properties import change_subject
from tickets.actions.receive import receive
from tickets.actions.redact import redact, redact_attachment
from tickets.actions.reply import cancel_reply, reply
from tickets.models import Attachment, Draft, Message, Ticket
from tickets.redaction import MARK
from tickets.search import index_messages, ticket_ids

pytestmark = pytest.mark.django_db

CARD = "4111 1111 1111 1111"


@pytest.fixture
def secret(db: None) -> Message:
    """Mia sent her card's number, in many places."""
    return make.message(
        team=make.team("Support"),
        subject=f"Card {CARD}",
        text=f"My card is 4111 1111\n1111 1111, PIN 99. Again: {CARD}",
        html=f"<p>My card is <b>{CARD}</b></p>",
        quoted=f"> {CARD}",
        signature="Mia",
        files=(InboundFile(f"{CARD}.txt", "text/plain", CARD.encode()),),
    )


def _everything(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    rows = [
        [ticket.subject, ticket.preview],
        *ticket.messages.values_list("subject", "body", "html", "quoted", "signature"),
        *ticket.drafts.values_list("body"),
        *ticket.events.values_list("data"),
        *ticket.attachments.values_list("name"),
    ]
    return "\n".join(" ".join(str(value).split()) for row in rows for value in row)


def test_a_passage_leaves_every_place(secret: Message, ada: User, sam: User) -> None:
    ticket = secret.ticket
    change_subject(ticket.pk, to=f"{CARD} blocked", actor=make.actor(ada))
    save_draft(ticket.pk, mode="reply", body=f"<p>Your card {CARD}</p>", version=0, actor=make.actor(ada))

    redacted = redact(secret.pk, passage=f" {CARD} ", actor=make.actor(sam))

    assert CARD not in _everything(ticket)
    assert redacted.body == f"My card is {MARK}, PIN 99. Again: {MARK}"
    assert redacted.html == f"<p>My card is <b>{MARK}</b></p>"
    assert Draft.objects.get().version == 2
    assert redacted.redacted_at is not None
    fact = ticket.events.get(kind="message.redacted")
    assert (fact.message, fact.actor, fact.data) == (secret, sam, {"whole": False, "attachments": 0})


def test_nobody_finds_the_words_any_more(secret: Message, ada: User, sam: User) -> None:
    index_messages(Message.objects.all())
    receive(secret.inbox, inbound=make.inbound("Thanks", in_reply_to=(secret.external_id,)))
    assert ticket_ids(ada, "4111", Ticket.objects.all()) == [secret.ticket_id]

    redact(secret.pk, passage=CARD, actor=make.actor(sam))

    assert ticket_ids(ada, "4111", Ticket.objects.all()) == []
    assert ticket_ids(ada, "99", Ticket.objects.all()) == [secret.ticket_id]


def test_markup_that_cuts_the_passage_goes_as_a_whole(secret: Message, sam: User) -> None:
    Message.objects.update(html="<p>4111 <b>1111</b> 1111 1111 &amp; more</p>")

    assert redact(secret.pk, passage=CARD, actor=make.actor(sam)).html == ""


def test_the_whole_text_leaves_but_the_ticket_stays(secret: Message, ada: User, sam: User) -> None:
    ticket = secret.ticket

    redacted = redact(secret.pk, actor=make.actor(sam))
    redact(secret.pk, actor=make.actor(sam))

    assert (redacted.body, redacted.html, redacted.quoted, redacted.subject) == (MARK, "", "", "")
    ticket.refresh_from_db()
    assert ticket.preview == MARK
    assert Attachment.objects.count() == 1


def test_everywhere_means_the_whole_ticket(secret: Message, sam: User) -> None:
    again = receive(
        secret.inbox, inbound=make.inbound(f"I wrote {CARD}", in_reply_to=(secret.external_id,))
    ).message

    redact(secret.pk, passage=CARD, everywhere=True, actor=make.actor(sam))

    again.refresh_from_db()
    assert again.body == f"I wrote {MARK}"
    assert CARD not in _everything(secret.ticket)


def test_files_go_after_the_commit(
    secret: Message, sam: User, django_capture_on_commit_callbacks: object
) -> None:
    path = secret.attachments.get().file.name

    with django_capture_on_commit_callbacks(execute=True):
        redact(secret.pk, passage=CARD, attachments=True, actor=make.actor(sam))
        assert default_storage.exists(path)

    assert not default_storage.exists(path)
    assert not Attachment.objects.exists()


def test_one_file_can_go_alone(secret: Message, ada: User, ben: User, sam: User) -> None:
    file = secret.attachments.get()
    with pytest.raises(NotAllowedError):
        redact_attachment(file.pk, actor=make.actor(ada))
    with pytest.raises(NotFoundError):
        redact_attachment(file.pk, actor=make.actor(ben))

    redact_attachment(file.pk, actor=make.actor(sam))

    assert not Attachment.objects.exists()
    with pytest.raises(NotFoundError):
        redact_attachment(file.pk, actor=make.actor(sam))


def test_the_raw_call_is_emptied(secret: Message, sam: User) -> None:
    call = InboundCall.objects.create(
        inbox=secret.inbox, provider_id="x", source="api", body=CARD.encode(), subject=CARD, message=secret,
        headers={"subject": CARD}, verdict="ticketed", state="done",
    )  # fmt: skip
    other = InboundCall.objects.create(inbox=secret.inbox, provider_id="y", source="api", body=b"other")
    redact(secret.pk, passage=CARD, actor=make.actor(sam))

    calls.on_event(secret.ticket.events.get(kind="message.redacted"))

    call.refresh_from_db()
    other.refresh_from_db()
    assert (bytes(call.body), call.headers, call.subject, call.verdict) == (b"", {}, "", "ticketed")
    assert bytes(other.body) == b"other"


def test_what_is_not_there_or_too_short_is_refused(secret: Message, sam: User) -> None:
    for passage in ("5500 0000", "x ", "  "):
        with pytest.raises(DomainError) as refused:
            redact(secret.pk, passage=passage, actor=make.actor(sam))
        assert refused.value.field == "passage"
    secret.refresh_from_db()
    assert secret.redacted_at is None


def test_what_is_just_leaving_is_taken_back_first(secret: Message, ada: User, sam: User) -> None:
    message = reply(secret.ticket_id, actor=make.actor(ada), body=f"Is it {CARD}?")
    with pytest.raises(ConflictError, match="Take it back"):
        redact(message.pk, actor=make.actor(sam))
    cancel_reply(message.pk, actor=make.actor(ada))

    redact(message.pk, passage=CARD, actor=make.actor(sam))

    assert Draft.objects.get().body == f"Is it {MARK}?"


def test_only_supervisors_of_the_team(secret: Message, ada: User, ben: User, eve: User) -> None:
    with pytest.raises(NotAllowedError):
        redact(secret.pk, actor=make.actor(ada))
    with pytest.raises(NotFoundError):
        redact(secret.pk, actor=make.actor(ben))
    assert redact(secret.pk, actor=make.actor(eve)).body == MARK
