"""A real worker process on a real Redis, killed without warning while it takes a mail in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from channels_app import ingest, tasks
from channels_app.contract import Request
from channels_app.models import InboundCall
from customers.models import Identity
from tests.channels_app.mails import arrive, inbox, mail
from tickets.models import Message

pytestmark = [
    pytest.mark.redis,
    pytest.mark.postgres,
    pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis: set REDIS_URL"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: set DATABASE_URL"),
]
ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """Celery as production starts it, on the database of this test."""
    database = connections["default"].settings_dict
    place = f"{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}"
    who = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{who}@{place}/{database['NAME']}",
        "PROCESS": "worker",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    command = [sys.executable, "-m", "celery", "-A", "helpdesk", "worker", "--queues", "inbound",
               "--concurrency", "1", "--without-gossip", "--without-mingle"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group at once: parent and child have no time for anything."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def waits_for_a_lock() -> bool:
    """Another session stands in the middle of the intake, at the sender's row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else one transaction always sees the same
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE '%customers_identity%'"
        )
        return bool(cursor.fetchone()[0])


def state_of(call: InboundCall) -> str:
    return InboundCall.objects.values_list("state", flat=True).get(pk=call.pk)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_mail_loses_and_doubles_nothing() -> None:
    box = inbox()
    arrive(box, mail(subject="Before"))
    with worker() as first:
        call, _is_new = ingest.store_call(
            box, request=Request(mail(subject="During")), source="smtp", is_processed_here=True
        )
        with transaction.atomic():
            Identity.objects.select_for_update().get()
            tasks.process_calls.delay([call.pk])
            until(waits_for_a_lock)
            kill(first)
    assert (state_of(call), Message.objects.count()) == ("received", 1)

    InboundCall.objects.filter(pk=call.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert tasks.process_forgotten_calls() == 1
    with worker():
        until(lambda: state_of(call) == "done")

    assert Message.objects.filter(subject="During").count() == 1
    assert InboundCall.objects.get(pk=call.pk).verdict == "ticketed"
