"""What breaks in life: nothing is lost, nothing is doubled, and the ledger says what happened."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.utils import timezone
from kombu.exceptions import OperationalError

from channels_app import ingest, tasks
from channels_app.contract import Request
from channels_app.models import InboundCall, Inbox
from customers.models import Customer, Identity
from tests.channels_app.mails import arrive, inbox, mail
from tickets.models import Attachment, Conversation, Event, Message, Ticket

PART = 'Content-Type: application/pdf\nContent-Disposition: attachment; filename="{0}.pdf"\n\n%PDF-{0}\n--b'
RAW_WITH_FILE = (
    "From: mia@mail.example\nTo: support@bank.example\nSubject: Files\nMessage-ID: <f1@mail.example>\n"
    'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nTwo files\n--b\n'
    f"{PART.format('one')}\n{PART.format('two')}--\n"
).encode()


def rows() -> dict[str, int]:
    models = (Ticket, Conversation, Message, Customer, Identity, Attachment, Event)
    return {model.__name__: model.objects.count() for model in models}


def files() -> list[str]:
    found: list[str] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            inner, names = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        found += names
        folders += [f"{folder}/{name}".strip("/") for name in inner]
    return found


def store(box: Inbox, raw: bytes) -> InboundCall:
    return ingest.store_call(box, request=Request(raw), source="smtp", is_processed_here=True)[0]


def sweep() -> int:
    """What beat does, with the worker's part done here."""
    InboundCall.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    due = InboundCall.objects.filter(state="received").values_list("pk", flat=True)
    for call_id in list(due):
        tasks.process_calls([call_id])
    return len(due)


class Killed(BaseException):
    """SIGKILL leaves no time to tidy up."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place",
    [
        "channels_app.ingest.receive",
        "tickets.actions.receive.resolve_identity",
        "tickets.actions.receive._insert_message",
        "tickets.actions.receive.record_all",
        "channels_app.after.received",
        "channels_app.ingest._conclude",
    ],
)
def test_a_worker_killed_anywhere_leaves_nothing_and_the_sweep_takes_the_mail(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    call = store(inbox(), RAW_WITH_FILE)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, die)
        with pytest.raises(Killed):
            tasks.process_calls([call.pk])
    assert set(rows().values()) == {0}
    assert sweep() == 1

    call.refresh_from_db()
    assert (call.state, call.verdict) == ("done", "ticketed")
    assert rows() == {"Ticket": 1, "Conversation": 1, "Message": 1, "Customer": 1, "Identity": 1,
                      "Attachment": 2, "Event": 2}  # fmt: skip
    assert sweep() == 0


@pytest.mark.django_db
def test_a_full_disk_keeps_nothing_half_and_no_orphan_file(monkeypatch: pytest.MonkeyPatch) -> None:
    call = store(inbox(), RAW_WITH_FILE)
    save, saved = default_storage.save, []

    def full(name: str, content: Any, **kwargs: Any) -> str:
        if saved:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(save(name, content, **kwargs))
        return saved[0]

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", full)
        with pytest.raises(OSError, match="No space"):
            tasks.process_calls([call.pk])
    assert saved, "the first file was written"
    assert files() == []
    assert set(rows().values()) == {0}
    call.refresh_from_db()
    assert (call.state, call.verdict, call.reason) == ("received", "failed", "OSError")
    assert "No space left" in call.error

    sweep()

    assert (Attachment.objects.count(), len(files())) == (2, 2)


@pytest.mark.django_db
def test_files_go_when_the_mail_fails_after_they_were_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    call = store(inbox(), RAW_WITH_FILE)

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "_conclude", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.process_calls([call.pk])

    assert files() == []


@pytest.mark.django_db
def test_a_broker_that_is_away_leaves_the_mail_to_the_sweep(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.process_calls, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        call, _is_new = ingest.store_call(inbox(), request=Request(mail()), source="smtp")
    assert call.state == "received"

    assert sweep() == 1

    assert Ticket.objects.count() == 1


@pytest.mark.django_db
def test_the_sweep_hands_over_each_call_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them may be what kills its worker: the others must not go with it."""
    box = inbox()
    calls = [store(box, mail(subject=f"Number {number}")) for number in range(3)]
    InboundCall.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    handed: list[list[int]] = []
    monkeypatch.setattr(tasks.process_calls, "delay", handed.append)

    assert tasks.process_forgotten_calls() == 3

    assert sorted(handed) == [[call.pk] for call in calls]


@pytest.mark.django_db
def test_a_call_that_never_works_ends_as_failed_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    call = store(inbox(), mail())
    monkeypatch.setattr(ingest, "receive", lambda *args, **kwargs: 1 / 0)

    for _try in range(ingest.MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            sweep()

    call.refresh_from_db()
    assert (call.state, call.verdict, call.attempts) == ("failed", "failed", ingest.MAX_ATTEMPTS)
    assert "division by zero" in call.error
    assert sweep() == 0


@pytest.mark.django_db
def test_the_automatic_reply_cannot_lose_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    from helpdesk.errors import DomainError

    def refuse(*args: object, **kwargs: object) -> None:
        raise DomainError("no")

    monkeypatch.setattr("channels_app.after.reply", refuse)

    assert arrive(inbox(is_auto_reply_on=True), mail()).verdict == "ticketed"


def at_once(number: int, work: Callable[[int], object]) -> list[object]:
    """Run in threads that all start at the same moment, each with its own connection."""
    barrier, results = threading.Barrier(number), []

    def run(index: int) -> None:
        barrier.wait()
        try:
            results.append(work(index))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(params=["known sender", "unknown sender"])
def busy_box(request: pytest.FixtureRequest, transactional_db: None) -> Inbox:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL's row locks: set DATABASE_URL")
    box = inbox(is_auto_reply_on=True, auto_reply="Thank you")
    if request.param == "known sender":
        arrive(box, mail(subject="An earlier matter"))
    return box


@pytest.mark.postgres
def test_the_same_mail_eight_times_at_once_is_one_message(busy_box: Inbox) -> None:
    before, raw = rows(), mail(subject="The same")

    at_once(8, lambda _index: ingest.store_call(busy_box, request=Request(raw), source="smtp"))
    call = InboundCall.objects.get(subject="", verdict="")
    at_once(8, lambda _index: tasks.process_calls([call.pk]))

    call.refresh_from_db()
    after = rows()
    assert (call.state, call.verdict) == ("done", "ticketed")
    assert after["Ticket"] - before["Ticket"] == 1
    assert after["Message"] - before["Message"] == 2, "the mail and one automatic reply"
    assert Identity.objects.count() == Customer.objects.count() == 1


@pytest.mark.postgres
def test_eight_mails_of_one_sender_at_once_are_eight_messages_of_one_customer(busy_box: Inbox) -> None:
    before = rows()
    calls = [store(busy_box, mail(subject=f"Matter {number}")) for number in range(8)]

    at_once(8, lambda index: tasks.process_calls([calls[index].pk]))

    assert {call.verdict for call in InboundCall.objects.all()} == {"ticketed"}
    assert rows()["Ticket"] - before["Ticket"] == 8
    assert Identity.objects.count() == Customer.objects.count() == 1


@pytest.mark.postgres
def test_eight_answers_to_one_ticket_at_once_count_up_without_gaps(busy_box: Inbox) -> None:
    first = arrive(busy_box, mail(subject="One matter", message_id="root@mail.example"))
    calls = [
        store(busy_box, mail(f"Number {number}", subject="Re: One matter", References="<root@mail.example>"))
        for number in range(8)
    ]

    at_once(8, lambda index: tasks.process_calls([calls[index].pk]))

    inbound = first.ticket.messages.filter(kind="in")
    assert inbound.count() == 9
    seqs = sorted(first.ticket.messages.values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
