"""Writing from the page: replies, notes, taking back, trying again, and what came in between."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from tests import make
from tests.tickets.web.conftest import HTMX
from tickets.actions.delivery import mark_failed
from tickets.actions.reply import reply
from tickets.models import Draft, Message, Status, Ticket

pytestmark = pytest.mark.django_db


def test_a_reply_works_as_plain_html(as_ada: Client, mine: Ticket) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "We look into it", "after": ""})

    message = mine.messages.get(kind=Message.Kind.REPLY)
    assert response.status_code == 302
    assert response.url == f"/tickets/{mine.pk}/#m-{message.pk}"
    assert message.body == "We look into it"
    assert message.delivery == Message.Delivery.QUEUED


def test_a_reply_by_script_tells_what_can_be_taken_back(as_ada: Client, mine: Ticket) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "Hello", "client_id": "a1"}, **HTMX)
    again = as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "Hello", "client_id": "a1"}, **HTMX)

    assert response.status_code == again.status_code == 201
    assert response.json()["message"] == again.json()["message"]
    assert mine.messages.filter(kind="out").count() == 1


def test_send_and_set_solved_is_remembered(as_ada: Client, mine: Ticket, ada: User) -> None:
    as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "Done", "after": "solved"}, **HTMX)

    mine.refresh_from_db()
    ada.refresh_from_db()
    assert mine.status == Status.SOLVED
    assert ada.last_send_choice == "solved"
    assert "Send and set Solved" in as_ada.get(f"/tickets/{mine.pk}/").content.decode()


def test_an_empty_reply_is_refused_and_nothing_is_kept(as_ada: Client, mine: Ticket) -> None:
    plain = as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "  ", "cc": "a@b.example"})
    script = as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "  "}, **HTMX)

    assert plain.status_code == script.status_code == 422
    assert "a@b.example" in plain.content.decode()
    assert "form-error" in script.content.decode()
    assert not mine.messages.filter(kind="out").exists()


def test_a_wrong_address_in_cc_is_named(as_ada: Client, mine: Ticket) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "Hi", "cc": "nobody"}, **HTMX)

    assert response.status_code == 422
    assert "nobody" in response.content.decode()


def test_a_message_that_came_in_between_is_shown_first(as_ada: Client, mine: Ticket) -> None:
    seen = mine.messages.get()
    make.reply_from_customer(mine, "Wait, I found it")
    fields = {"body": "Your card is blocked", "seen": seen.pk, "client_id": "b1"}

    script = as_ada.post(f"/tickets/{mine.pk}/replies/", fields, **HTMX)
    plain = as_ada.post(f"/tickets/{mine.pk}/replies/", fields)

    assert script.status_code == plain.status_code == 409
    assert "Wait, I found it" in script.content.decode()
    assert "Send anyway" in script.content.decode()
    assert "Your card is blocked" in plain.content.decode(), "the text stays"
    assert not mine.messages.filter(kind="out").exists()

    anyway = as_ada.post(f"/tickets/{mine.pk}/replies/", {**fields, "anyway": "1"}, **HTMX)
    assert anyway.status_code == 201


def test_taking_back_returns_the_text(as_ada: Client, mine: Ticket, ada: User) -> None:
    sent = reply(mine.pk, actor=make.actor(ada), body="Too early")

    response = as_ada.post(f"/messages/{sent.pk}/cancel/", **HTMX)

    assert response.json()["body"] == "Too early"
    sent.refresh_from_db()
    assert sent.delivery == Message.Delivery.CANCELLED
    assert "Too early" in as_ada.get(f"/tickets/{mine.pk}/").content.decode(), "it is the draft again"


def test_taking_back_works_as_plain_html(as_ada: Client, mine: Ticket, ada: User) -> None:
    sent = reply(mine.pk, actor=make.actor(ada), body="Too early")
    html = as_ada.get(f"/tickets/{mine.pk}/").content.decode()

    assert f'action="/messages/{sent.pk}/cancel/"' in html
    assert as_ada.post(f"/messages/{sent.pk}/cancel/").status_code == 302


def test_a_reply_that_left_cannot_be_taken_back(as_ada: Client, mine: Ticket, ada: User) -> None:
    sent = reply(mine.pk, actor=make.actor(ada), body="Gone")
    Message.objects.filter(pk=sent.pk).update(delivery="sent")

    assert as_ada.post(f"/messages/{sent.pk}/cancel/", **HTMX).status_code == 409


def test_a_failed_reply_can_be_tried_again(as_ada: Client, mine: Ticket, ada: User) -> None:
    sent = reply(mine.pk, actor=make.actor(ada), body="Hello")
    mark_failed(sent.pk, reason="mailbox is full")

    html = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    assert "Not delivered: mailbox is full" in html
    assert as_ada.post(f"/messages/{sent.pk}/retry/", **HTMX).status_code == 204
    sent.refresh_from_db()
    assert sent.delivery == Message.Delivery.QUEUED


def test_a_note_tells_those_it_names(as_ada: Client, mine: Ticket, sam: User) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/notes/", {"body": "@Sam please look"})

    note = mine.messages.get(kind=Message.Kind.NOTE)
    assert response.status_code == 302
    assert list(note.mentions.all()) == [sam]
    assert '<span class="at">@Sam</span>' in as_ada.get(f"/tickets/{mine.pk}/").content.decode()


def test_a_light_agent_writes_notes_but_no_replies(as_lou: Client, ticket: Ticket) -> None:
    assert as_lou.post(f"/tickets/{ticket.pk}/notes/", {"body": "I know them"}).status_code == 302
    assert as_lou.post(f"/tickets/{ticket.pk}/replies/", {"body": "Hi"}, **HTMX).status_code == 403


@pytest.mark.parametrize(
    "path", ["replies/", "notes/", "draft/", "status/", "priority/", "assignment/", "snooze/"]
)
def test_another_team_finds_nothing_to_write_to(as_ben: Client, ticket: Ticket, path: str) -> None:
    assert (
        as_ben.post(f"/tickets/{ticket.pk}/{path}", {"body": "x", "status": "open"}, **HTMX).status_code
        == 404
    )
    assert as_ben.get(f"/tickets/{ticket.pk}/{path}", **HTMX).status_code == 405


def test_markup_in_a_text_is_shown_as_text(as_ada: Client, mine: Ticket) -> None:
    make.reply_from_customer(mine, "<script>alert(1)</script> https://bank.example/?a=1&b=2")

    html = as_ada.get(f"/tickets/{mine.pk}/").content.decode()

    assert "<script>alert(1)" not in html
    assert 'href="https://bank.example/?a=1&amp;b=2"' in html


def test_a_mail_is_framed_under_a_policy_of_its_own(as_ada: Client, mine: Ticket) -> None:
    Message.objects.filter(ticket=mine).update(
        html='<p>Hi</p><script>alert(1)</script><img src="https://spy.example/x.png">'
    )
    message = mine.messages.get()

    closed = as_ada.get(f"/messages/{message.pk}/html/")
    opened = as_ada.get(f"/messages/{message.pk}/html/?images=1")

    policy = closed["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "https:" not in policy
    assert "https:" in opened["Content-Security-Policy"]
    assert closed["X-Frame-Options"] == "SAMEORIGIN"
    assert "script" not in closed.content.decode()
    assert "spy.example" not in closed.content.decode()
    assert "spy.example" in opened.content.decode()
    page = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    assert f'src="/messages/{message.pk}/html/"' in page
    assert "Show images" in page


def test_another_team_sees_no_mail(as_ben: Client, ticket: Ticket) -> None:
    assert as_ben.get(f"/messages/{ticket.messages.get().pk}/html/").status_code == 404
    assert as_ben.post(f"/messages/{ticket.messages.get().pk}/cancel/").status_code == 404


def test_a_draft_is_kept_and_thrown_away_when_empty(as_ada: Client, mine: Ticket, ada: User) -> None:
    kept = as_ada.post(f"/tickets/{mine.pk}/draft/", {"mode": "note", "body": "half", "version": 0}, **HTMX)

    assert kept.json() == {"version": 1}
    assert "half" in as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    as_ada.post(f"/tickets/{mine.pk}/draft/", {"mode": "note", "body": "", "version": 1}, **HTMX)
    assert not Draft.objects.filter(agent=ada).exists()


def test_an_older_tab_does_not_overwrite_a_draft(as_ada: Client, mine: Ticket) -> None:
    url = f"/tickets/{mine.pk}/draft/"
    as_ada.post(url, {"mode": "reply", "body": "one", "version": 0}, **HTMX)
    as_ada.post(url, {"mode": "reply", "body": "two", "version": 1}, **HTMX)

    late = as_ada.post(url, {"mode": "reply", "body": "old", "version": 1}, **HTMX)

    assert late.status_code == 409
    assert late.json()["code"] == "draft_newer"
    assert Draft.objects.get().body == "two"


def test_files_go_along_as_plain_html(as_ada: Client, mine: Ticket) -> None:
    file = SimpleUploadedFile("form.pdf", b"%PDF-1.4 x")

    as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "See the form", "files": [file]})

    attachment = mine.messages.get(kind="out").attachments.get()
    assert attachment.name == "form.pdf"
    download = as_ada.get(f"/attachments/{attachment.pk}/")
    assert download.content == b"%PDF-1.4 x"
    assert download["Content-Disposition"] == 'attachment; filename="form.pdf"'
    assert "sandbox" in download["Content-Security-Policy"]


def test_an_upload_waits_in_the_draft(as_ada: Client, mine: Ticket, ada: User) -> None:
    file = SimpleUploadedFile("ảnh.png", b"\x89PNG\r\n\x1a\n" + b"x" * 20)

    chip = as_ada.post(f"/tickets/{mine.pk}/attachments/", {"file": file}, **HTMX)

    assert chip.status_code == 201
    pk = mine.attachments.get().pk
    assert f'name="attachment" value="{pk}"' in chip.content.decode()
    as_ada.post(f"/tickets/{mine.pk}/replies/", {"body": "Here", "attachment": [pk]}, **HTMX)
    assert mine.messages.get(kind="out").attachments.get().pk == pk


def test_a_file_of_another_team_is_not_given(as_ben: Client, as_ada: Client, mine: Ticket) -> None:
    as_ada.post(f"/tickets/{mine.pk}/attachments/", {"file": SimpleUploadedFile("a.txt", b"secret")}, **HTMX)

    assert as_ben.get(f"/attachments/{mine.attachments.get().pk}/").status_code == 404
    assert as_ada.get("/attachments/999999/").status_code == 404
    assert as_ada.post(f"/tickets/{mine.pk}/attachments/", {}, **HTMX).status_code == 400


def test_mentions_are_offered_from_those_who_see_the_ticket(
    as_ada: Client, mine: Ticket, sam: User, ben: User
) -> None:
    html = as_ada.get(f"/tickets/{mine.pk}/mentions/?q=", **HTMX).content.decode()

    assert 'data-name="Sam"' in html
    assert 'data-name="Ben"' not in html
    assert 'data-name="Sam"' not in as_ada.get(f"/tickets/{mine.pk}/mentions/?q=zzz", **HTMX).content.decode()
