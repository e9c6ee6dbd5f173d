"""What is said on a ticket: replies, notes, undo, retry, split, redaction, files."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings

from accounts.models import User
from tests import make
from tests.api import V1, Caller, refused
from tickets.models import Attachment, Message, Ticket


def test_a_reply_waits_and_may_be_taken_back(call: Caller, ticket: Ticket) -> None:
    made = call.post(f"tickets/{ticket.pk}/replies/", {"body": "On its way.", "status_after": "pending"})

    assert made.status_code == 201
    assert made.json() | {"kind": "out", "delivery": "queued", "body": "On its way."} == made.json()
    assert call.get(f"tickets/{ticket.pk}/").json()["status"] == "pending"
    back = call.delete(f"messages/{made.json()['id']}/sending/")
    assert back.json()["delivery"] == "cancelled"
    assert call.get(f"tickets/{ticket.pk}/").json()["status"] == "new"
    listed = call.get(f"tickets/{ticket.pk}/messages/").json()["results"]
    assert [each["kind"] for each in listed] == ["in"]


def test_a_stale_reply_is_refused(call: Caller, ticket: Ticket) -> None:
    seen = ticket.last_message_id
    make.reply_from_customer(ticket)
    answer = call.post(f"tickets/{ticket.pk}/replies/", {"body": "x", "seen_message": seen})
    refused(answer, 409, "stale")


def test_a_failed_reply_is_sent_again_or_now(call: Caller, ticket: Ticket) -> None:
    later = {"body": "Hello", "send_at": "2026-12-31T09:00:00Z"}
    made = call.post(f"tickets/{ticket.pk}/replies/", later).json()
    now = call.put(f"messages/{made['id']}/sending/").json()
    assert now["send_at"] < made["send_at"]
    refused(call.post(f"messages/{made['id']}/sending/"), 409, "not_failed")
    Message.objects.filter(pk=made["id"]).update(delivery="failed")
    assert call.post(f"messages/{made['id']}/sending/").json()["delivery"] == "queued"


def test_light_agents_write_notes_only(light: Caller, ticket: Ticket, ada: User) -> None:
    refused(light.post(f"tickets/{ticket.pk}/replies/", {"body": "x"}), 403, "not_allowed")
    note = light.post(f"tickets/{ticket.pk}/notes/", {"body": "Look @ada", "mentions": [ada.pk]})
    assert note.status_code == 201
    assert note.json()["mentions"] == [{"id": ada.pk, "name": "Ada"}]


def test_bad_replies(call: Caller, ticket: Ticket) -> None:
    def reply(**data: Any) -> Any:
        return call.post(f"tickets/{ticket.pk}/replies/", data)

    refused(reply(), 400, "empty", "body")
    refused(reply(body=["x"]), 400, "invalid", "body")
    refused(reply(body="x" * 200_001), 400, "invalid", "body")
    refused(reply(body="x", cc=[{"address": "nobody"}]), 400, "invalid", "cc.0.address")
    refused(reply(body="x", send_at="soon"), 400, "invalid", "send_at")
    refused(reply(body="x", status_after="gone"), 400, "invalid", "status_after")
    refused(reply(body="x", attachments=[999]), 409, "attachment")
    assert reply(body="x", conversation=999).status_code in (400, 404, 409)
    assert reply(body="x", identity=999).status_code in (400, 404, 409)
    assert not Message.objects.filter(kind="out").exists()


def test_copies_are_spoken_of_as_people(call: Caller, ticket: Ticket) -> None:
    copies = [{"name": "Bo", "address": "bo@mail.example"}]
    made = call.post(f"tickets/{ticket.pk}/replies/", {"body": "x", "cc": copies}).json()
    assert made["cc"] == copies


def test_other_teams_messages_are_not_there(other: Caller, ticket: Ticket) -> None:
    pk = ticket.last_message_id
    refused(other.get(f"messages/{pk}/"), 404, "not_found")
    refused(other.post(f"messages/{pk}/split/"), 404, "not_found")
    refused(other.post(f"messages/{pk}/redaction/"), 404, "not_found")
    refused(other.delete(f"messages/{pk}/sending/"), 404, "not_found")
    refused(other.post(f"tickets/{ticket.pk}/replies/", {"body": "x"}), 404, "not_found")


def test_split_and_undo(call: Caller, ticket: Ticket) -> None:
    second = make.reply_from_customer(ticket)
    made = call.post(f"messages/{second.pk}/split/", {"subject": "Another matter"})
    assert made.status_code == 201
    operation = call.get(f"tickets/{ticket.pk}/operations/").json()[0]
    assert operation["kind"] == "split"
    assert call.delete(f"operations/{operation['id']}/").status_code == 204
    assert Message.objects.get(pk=second.pk).ticket_id == ticket.pk


def test_redaction_is_for_supervisors(call: Caller, supervisor: Caller, ticket: Ticket) -> None:
    path = f"messages/{ticket.last_message_id}/redaction/"
    refused(call.post(path, {"passage": "blocked"}), 403, "not_allowed")
    refused(supervisor.post(path, {"passage": "not in there"}), 400, "not_there", "passage")
    redacted = supervisor.post(path, {"passage": "blocked"}).json()
    assert "blocked" not in redacted["body"]
    assert redacted["redacted_at"]


def test_conversations_are_the_ways_to_answer(call: Caller, ticket: Ticket) -> None:
    (thread,) = call.get(f"tickets/{ticket.pk}/conversations/").json()
    assert thread["address"] == "mia@mail.example"
    answer = call.post(f"tickets/{ticket.pk}/replies/", {"body": "x", "conversation": thread["id"]})
    assert answer.json()["conversation"] == thread["id"]


def test_messages_take_the_same_few_queries(
    call: Caller, ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        make.reply_from_customer(ticket)
    call.get("me/")
    with django_assert_max_num_queries(6):
        page = call.get(f"tickets/{ticket.pk}/messages/", order="oldest").json()
    assert len(page["results"]) == 11
    assert page["results"][0]["id"] < page["results"][-1]["id"]


def test_a_file_goes_along_and_comes_back(call: Caller, other: Caller, ticket: Ticket) -> None:
    kept = call.upload(f"tickets/{ticket.pk}/attachments/", "terms.txt", b"the terms")
    assert kept.status_code == 201
    pk = kept.json()["id"]
    refused(other.get(f"attachments/{pk}/"), 404, "not_found")

    reply = call.post(f"tickets/{ticket.pk}/replies/", {"body": "See file", "attachments": [pk]}).json()

    assert [each["name"] for each in reply["attachments"]] == ["terms.txt"]
    content = call.client.get(reply["attachments"][0]["url"], headers={"Accept": "text/plain"})
    assert b"".join(content.streaming_content) == b"the terms"
    assert content["Content-Disposition"].startswith("attachment")
    assert call.get(f"tickets/{ticket.pk}/attachments/").json()[0]["id"] == pk
    refused(other.get(f"attachments/{pk}/content/"), 404, "not_found")
    refused(other.delete(f"attachments/{pk}/"), 404, "not_found")
    refused(call.delete(f"attachments/{pk}/"), 403, "not_allowed")


def test_bad_files(call: Caller, ticket: Ticket, settings: Any) -> None:
    path = f"tickets/{ticket.pk}/attachments/"
    refused(call.upload(path, "x.exe", b"MZ"), 400, "blocked_type", "file")
    refused(call.upload(path, "x.txt", b""), 400, "invalid", "file")
    refused(call.post(path, {"file": "x"}), 415, "unsupported_media_type")
    refused(call.client.post(V1 + path, {"file": "words"}, format="multipart"), 400, "invalid", "file")
    refused(call.client.post(V1 + path, {}, format="multipart"), 400, "invalid", "file")
    settings.ATTACHMENT_MAX_BYTES = 3
    refused(call.upload(path, "x.txt", b"four"), 413, "too_large", "file")
    assert not Attachment.objects.exists()
    settings.ATTACHMENT_MAX_BYTES = 1000
    broken = "multipart/form-data; boundary=x"
    refused(call.client.post(V1 + path, b"--y", content_type=broken), 400, "invalid", "file")
    refused(call.client.post(V1 + path, b"", content_type="multipart/form-data"), 400, "invalid", "file")


def test_a_file_name_cannot_leave_its_folder(call: Caller, ticket: Ticket) -> None:
    kept = call.upload(f"tickets/{ticket.pk}/attachments/", "../../etc/pass\u202ewd.txt", b"x")
    assert kept.json()["name"] == "passwd.txt"


def test_a_file_whose_bytes_are_gone(call: Caller, ticket: Ticket) -> None:
    pk = call.upload("attachments/", "terms.txt", b"the terms").json()["id"]
    attachment = Attachment.objects.get(pk=pk)
    assert str(django_settings.MEDIA_ROOT) in attachment.file.path
    attachment.file.storage.delete(attachment.file.name)
    refused(call.get(f"attachments/{pk}/content/"), 404, "not_found")
