"""Is the process alive (/healthz), and can the desk do its work (/readyz)?

Answered before any other middleware: a load balancer asks by address, not by the site's name, and wants
an answer also when sessions or the database are away.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from channels_app.models import InboundCall
from helpdesk import heartbeats, live

logger = logging.getLogger(__name__)

WAIT_SECONDS = 3
MAX_CALL_AGE_SECONDS = 120


class NotReadyError(Exception):
    """A check failed; the text says what is wrong, without addresses or secrets."""


def check_database() -> str:
    pool = getattr(connection, "pool", None)
    if pool is not None:  # requests may wait longer for a connection than who asks this
        pool.open()
        with pool.connection(timeout=WAIT_SECONDS) as pooled:
            pooled.execute("SELECT 1")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    return "answers"


def check_broker() -> str:
    """Write, not only connect: a broker out of memory or read-only takes no tasks."""
    if settings.EMBEDDED:
        return "in this process"
    import redis

    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS
    )
    with client:
        client.set("helpdesk.ready", "1", ex=60)
    return "takes tasks"


def check_live() -> str:
    """Send as a poke is sent, where nobody listens."""
    live.bus().check()
    return "takes pokes"


def check_workers() -> str:
    names = [f"queue.{name}" for name in heartbeats.QUEUES]
    _require_recent(heartbeats.ages(*names))
    return "all queues served"


def check_beat() -> str:
    _require_recent(heartbeats.ages(heartbeats.BEAT))
    return "ticks"


def check_calls() -> str:
    """A stored call that nobody has tried yet must not grow old."""
    waiting = InboundCall.objects.filter(state=InboundCall.State.RECEIVED, attempts=0)
    oldest = waiting.order_by("received_at").values_list("received_at", flat=True).first()
    if oldest is None:
        return "none waiting"
    age = int((timezone.now() - oldest).total_seconds())
    if age > MAX_CALL_AGE_SECONDS:
        raise NotReadyError(f"the oldest unprocessed call has waited {age} s")
    return f"the oldest has waited {age} s"


def _require_recent(ages: dict[str, float | None]) -> None:
    lost = [
        f"{name} not heard" + ("" if age is None else f" for {int(age)} s")
        for name, age in ages.items()
        if age is None or age > heartbeats.LOST_AFTER_SECONDS
    ]
    if lost:
        raise NotReadyError("; ".join(lost))


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "broker": check_broker,
    "channel_layer": check_live,
    "workers": check_workers,
    "beat": check_beat,
    "calls": check_calls,
}


def _no_database() -> str:
    raise NotReadyError("the database does not answer")


def _result(name: str, check: Callable[[], str]) -> dict[str, object]:
    begun = time.perf_counter()
    try:
        is_ok, detail = True, check()
    except NotReadyError as error:
        is_ok, detail = False, str(error)
    except Exception as error:  # whatever is wrong is the answer
        is_ok, detail = False, type(error).__name__
        logger.warning("not ready", exc_info=True, extra={"check": name})
    return {"ok": is_ok, "detail": detail, "ms": round((time.perf_counter() - begun) * 1000, 1)}


def readiness() -> tuple[bool, dict[str, dict[str, object]]]:
    """Run every check, whatever the others say; without a database there is nothing to count in it."""
    results: dict[str, dict[str, object]] = {}
    for name, check in CHECKS.items():
        is_lost = name == "calls" and not results["database"]["ok"]
        results[name] = _result(name, _no_database if is_lost else check)
    return all(result["ok"] for result in results.values()), results


class HealthMiddleware:
    """Answer /healthz and /readyz; pass everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"ok": True})
        if request.path == "/readyz":
            is_ready, checks = readiness()
            return JsonResponse({"ok": is_ready, "checks": checks}, status=200 if is_ready else 503)
        return self.get_response(request)
