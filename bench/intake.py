"""Mail intake: stored calls into tickets, by one Celery worker process, beside parsing and three inserts."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import psycopg
import redis
from django.db import connection
from django.db.models import Count, Max, Min
from django.utils import timezone

from bench import mix, scratch
from channels_app.contract import Request
from channels_app.ingest import store_call
from channels_app.models import InboundCall, Inbox
from helpdesk.celery import app
from tickets.models import Event

NUMBER = 500
PATIENCE_SECONDS = 300


@dataclass
class Intake:
    """Mails per second, and Celery tasks per mail."""

    inbound: float
    with_all_that_follows: float
    floor: float
    tasks: float
    verdicts: dict[str, int]


def measure(batch: str) -> Intake:
    """Take two batches: one by a worker of the inbound queue, one by a worker that does everything."""
    _forget()
    mails = mix.mails(NUMBER, batch=f"{batch}a")
    first, _tasks = _take(mails, queues="inbound")
    verdicts = InboundCall.objects.filter(pk__gt=first).values_list("verdict").annotate(Count("pk"))
    inbound = _rate(first)
    _drain()
    last_event = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    begun, tasks = _take(
        mix.mails(NUMBER, batch=f"{batch}b"), queues="inbound,rules,outbound,bulk", after=last_event
    )
    ends = Event.objects.filter(pk__gt=last_event).aggregate(end=Max("handled_at"))["end"]
    start = InboundCall.objects.filter(pk__gt=begun).aggregate(start=Min("processed_at"))["start"]
    return Intake(
        inbound=inbound,
        with_all_that_follows=NUMBER / (ends - start).total_seconds(),
        floor=_floor(mails),
        tasks=tasks / NUMBER,
        verdicts=dict(verdicts),
    )


def _forget() -> None:
    """What the pages left to be done is not mail: it would be measured as if it were."""
    redis.Redis.from_url(scratch.redis_url()).flushdb()
    Event.objects.filter(handled_at=None).update(handled_at=timezone.now())


def _take(mails: list[bytes], *, queues: str, after: int | None = None) -> tuple[int, int]:
    """Store them all, then let a worker loose; return the last call before them and the tasks it ran."""
    first = InboundCall.objects.aggregate(last=Max("pk"))["last"] or 0
    inbox = Inbox.objects.filter(channel="email").earliest("pk")
    for raw in mails:
        store_call(inbox, request=Request(raw), source="smtp")
    name = f"bench{int(time.time())}@localhost"
    with _worker(queues, name):
        _until(lambda: not InboundCall.objects.filter(pk__gt=first, state="received").exists(), "mails")
        if after is not None:
            _until(lambda: not Event.objects.filter(pk__gt=after, handled_at=None).exists(), "facts")
        tasks = _executed(name)
    return first, tasks


def _worker(queues: str, name: str) -> AbstractContextManager[object]:
    """One process of three threads: while one waits for the database another reads a mail."""
    pool = ("--pool", "threads", "--concurrency", "3", "--loglevel", "ERROR")
    words = ("celery", "--quiet", "-A", "helpdesk", "worker", *pool)
    lonely = ("--without-gossip", "--without-mingle")
    environment = {"PROCESS": "worker", "PYTHONWARNINGS": "ignore"}
    return scratch.process(*words, *lonely, "--queues", queues, "--hostname", name, **environment)


def _rate(first: int) -> float:
    times = InboundCall.objects.filter(pk__gt=first).aggregate(a=Min("processed_at"), z=Max("processed_at"))
    return (NUMBER - 1) / (times["z"] - times["a"]).total_seconds()


def _drain() -> None:
    """What the first batch left for other queues is done before the second is measured."""
    with _worker("rules,outbound,bulk", "drain@localhost"):
        _until(lambda: not Event.objects.filter(handled_at=None).exists(), "facts of the first batch")
    redis.Redis.from_url(scratch.redis_url()).flushdb()


def _executed(name: str) -> int:
    answers = app.control.inspect(destination=[name], timeout=10).stats() or {}
    return sum(sum(stats["total"].values()) for stats in answers.values())


def _until(is_done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise SystemExit(f"The worker did not finish: {what}.")
        time.sleep(0.2)
    connection.close()


def _floor(mails: list[bytes]) -> float:
    """Read each mail and write three rows in one transaction: what no helpdesk can do without."""
    adapter = Inbox.objects.filter(channel="email").earliest("pk").adapter
    with psycopg.connect(scratch.database_url()) as raw:
        raw.execute("CREATE TEMPORARY TABLE floor_rows (id bigserial PRIMARY KEY, name text, body text)")
        raw.commit()
        begun = time.perf_counter()
        for mail in mails:
            parsed = adapter.parse(Request(mail))
            body = parsed.messages[0].text if parsed.messages else ""
            for name in ("ticket", "message", "event"):
                raw.execute("INSERT INTO floor_rows (name, body) VALUES (%s, %s)", (name, body))
            raw.commit()
        return len(mails) / (time.perf_counter() - begun)
