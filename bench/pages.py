"""Pages and API calls over HTTP, beside a bare route of the same server and the same SQL by psycopg."""

from __future__ import annotations

import http.client
import json
import statistics
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from bench import scratch
from bench.long import ticket_with_messages
from tickets.models import Ticket

ROUNDS, WARM = 150, 15
FLOOR_ROUNDS = 50


@dataclass(frozen=True)
class Call:
    """One request to measure."""

    name: str
    path: str
    method: str = "GET"
    body: dict[str, object] | None = None


@dataclass
class Timing:
    """Milliseconds over HTTP, and what stands beside them."""

    p50: float
    p95: float
    queries: int
    sql_floor: float
    statements: list[str] = field(default_factory=list, repr=False)


def calls() -> Iterable[Call]:
    """What is measured: the names of the issue's table, and where each lives."""
    ticket = ticket_with_messages(20)
    yield Call("queue page", reverse("tickets:inbox") + "?view=unassigned")
    yield Call("ticket page", reverse("tickets:ticket", args=[ticket]) + "?view=unassigned")
    yield Call("API list of 25", "/api/v1/tickets/?page_size=25")
    yield Call("API create", "/api/v1/tickets/", "POST", _new_ticket())
    yield Call("search, common word", reverse("tickets:search") + "?q=account")


def _new_ticket() -> dict[str, object]:
    ticket = Ticket.objects.filter(inbox__channel="email").earliest("pk")
    return {
        "inbox": ticket.inbox_id,
        "subject": "Made for measuring",
        "body": "One line.",
        "address": "writer1@many.example",
    }


def measure(port: int, agent: User, call: Call) -> Timing | str:
    """Return the timing, or in words why there is none."""
    cookie = _session(agent)
    queries, statements, status = _capture(agent, call)
    if status >= 400:
        return f"answers {status}"
    times = _times(port, cookie, call)
    return Timing(
        p50=statistics.median(times),
        p95=statistics.quantiles(times, n=20)[-1],
        queries=queries,
        sql_floor=_sql_floor(statements) if call.method == "GET" else 0.0,
        statements=statements,
    )


def bare(port: int) -> float:
    """The median of a route that does nothing."""
    return statistics.median(_times(port, "", Call("bare", "/healthz")))


def _session(agent: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(agent.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = agent.get_session_auth_hash()
    store.save()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def _times(port: int, cookie: str, call: Call) -> list[float]:
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    token = uuid.uuid4().hex
    headers = {"Cookie": f"{cookie}; {settings.CSRF_COOKIE_NAME}={token}", "Accept-Encoding": "identity"}
    headers |= {"X-CSRFToken": token, "Content-Type": "application/json", "Accept": "*/*"}
    body = json.dumps(call.body) if call.body is not None else None
    times = []
    for number in range(ROUNDS + WARM):
        begun = time.perf_counter()
        server.request(call.method, call.path, body=body, headers=headers)
        answer = server.getresponse()
        answer.read()
        elapsed = (time.perf_counter() - begun) * 1000
        if answer.status >= 400:
            raise SystemExit(f"{call.name}: {call.path} answered {answer.status} over HTTP.")
        if number >= WARM:
            times.append(elapsed)
    return times


def _capture(agent: User, call: Call) -> tuple[int, list[str], int]:
    """Ask the same in this process, twice: the second time nothing is new to the caches."""
    client = Client(raise_request_exception=False)
    client.force_login(agent, settings.AUTHENTICATION_BACKENDS[0])
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            answer = client.generic(
                call.method,
                call.path,
                json.dumps(call.body) if call.body is not None else "",
                content_type="application/json",
            )
    statements = [query["sql"] for query in captured.captured_queries]
    return len(statements), statements, answer.status_code


def _sql_floor(statements: list[str]) -> float:
    """The same statements by psycopg alone, rows fetched."""
    reads = [each for each in statements if each.lstrip().upper().startswith(("SELECT", "WITH"))]
    times = []
    with psycopg.connect(scratch.database_url(), autocommit=True) as raw:
        for _ in range(FLOOR_ROUNDS):
            begun = time.perf_counter()
            for statement in reads:
                raw.execute(statement.encode()).fetchall()
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)
