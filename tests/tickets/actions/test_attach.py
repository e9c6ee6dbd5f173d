from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from helpdesk.errors import DomainError, NotAllowedError, NotFoundError, TooLargeError
from tests import make
from tickets.actions.attach import purge_orphans, upload
from tickets.actions.draft import save_draft
from tickets.actions.reply import reply
from tickets.files import file_response
from tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db


def test_it_waits_for_its_message(ticket: Ticket, ada: User) -> None:
    file = upload(ticket, name="../../etc/sổ.txt", content=b"hello", actor=make.actor(ada))

    assert (file.name, file.content_type, file.size, file.message) == ("sổ.txt", "text/plain", 5, None)
    with file.file.open() as stored:
        assert stored.read() == b"hello"


@pytest.mark.parametrize("name", ["run.exe", "RUN.JS", "a.pdf.scr", "x.lnk"])
def test_programs_are_not_sent(name: str, ticket: Ticket, ada: User) -> None:
    with pytest.raises(DomainError) as refused:
        upload(ticket, name=name, content=b"MZ", actor=make.actor(ada))
    assert refused.value.code == "blocked_type"


def test_neither_too_large_nor_empty(ticket: Ticket, ada: User, settings: object) -> None:
    settings.ATTACHMENT_MAX_BYTES = 4
    with pytest.raises(TooLargeError):
        upload(ticket, name="a.txt", content=b"hello", actor=make.actor(ada))
    with pytest.raises(DomainError):
        upload(ticket, name="a.txt", content=b"", actor=make.actor(ada))
    assert not Attachment.objects.exists()


def test_neither_to_foreign_tickets_nor_to_new_ones_by_light_agents(
    ticket: Ticket, ben: User, lou: User
) -> None:
    with pytest.raises(NotFoundError):
        upload(ticket, name="a.txt", content=b"hello", actor=make.actor(ben))
    with pytest.raises(NotAllowedError):
        upload(None, name="a.txt", content=b"hello", actor=make.actor(lou))


def test_what_nobody_sent_or_keeps_is_removed(
    ticket: Ticket, ada: User, django_capture_on_commit_callbacks: object
) -> None:
    actor = make.actor(ada)
    sent, drafted, orphan, fresh = (
        upload(ticket, name="a.txt", content=b"hello", actor=actor) for _ in range(4)
    )
    reply(ticket.pk, actor=actor, body="Hi", attachment_ids=[sent.pk])
    save_draft(ticket.pk, mode="reply", body="Hi", version=0, actor=actor, attachment_ids=[drafted.pk])
    Attachment.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - timedelta(days=3))

    with django_capture_on_commit_callbacks(execute=True):
        assert purge_orphans() == 1
    assert purge_orphans() == 0

    assert set(Attachment.objects.all()) == {sent, drafted, fresh}
    assert not default_storage.exists(orphan.file.name)
    assert default_storage.exists(sent.file.name)


@pytest.mark.parametrize(
    ("content_type", "inline", "shown"),
    [
        ("image/png", True, True),
        ("image/png", False, False),
        ("text/html", True, False),
        ("image/svg+xml", True, False),
    ],
)
def test_a_file_is_shown_only_when_it_is_a_plain_picture(
    content_type: str, inline: bool, shown: bool, ticket: Ticket, ada: User
) -> None:
    file = upload(ticket, name='bảng "kê".html', content=b"<script>", actor=make.actor(ada))
    file.content_type = content_type

    response = file_response(file, inline=inline)

    response.close()
    kind, name = response["Content-Disposition"].split(";", 1)
    assert kind == ("inline" if shown else "attachment")
    assert "filename*=utf-8''b%E1%BA%A3ng%20" in name
    assert response["Content-Type"] == (content_type if shown else "application/octet-stream")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
