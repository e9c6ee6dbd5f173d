"""/healthz and /readyz: each check must be able to fail, and say what is wrong."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from channels_app.models import InboundCall
from helpdesk import health, heartbeats, live
from helpdesk.bus import MemoryBus
from tests import make

ALL = [heartbeats.BEAT, *(f"queue.{name}" for name in heartbeats.QUEUES)]


@pytest.fixture(autouse=True)
def _everything_alive() -> None:
    heartbeats.stamp(*ALL)


def ready(client: Client) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


def failing(checks: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, result in checks.items() if not result["ok"]]


def test_alive_needs_neither_database_nor_a_known_host(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "10.1.2.3"})

    assert answer.status_code == 200  # without the db fixture, a query would have raised
    assert answer.json() == {"ok": True}


@pytest.mark.django_db
def test_ready_when_all_is_well(client: Client) -> None:
    status, checks = ready(client)

    assert (status, failing(checks)) == (200, [])
    assert set(checks) == {"database", "broker", "channel_layer", "workers", "beat", "calls"}


def test_a_database_that_does_not_answer_fails_its_check_and_hides_nothing_else(client: Client) -> None:
    status, checks = ready(client)  # no db fixture: every query raises

    assert status == 503
    assert set(failing(checks)) == {"database", "calls"}


@pytest.mark.django_db
def test_a_broker_that_is_away_fails(client: Client, settings: Any) -> None:
    settings.EMBEDDED = False
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    status, checks = ready(client)

    assert (status, failing(checks)) == (503, ["broker"])
    assert checks["broker"]["detail"] == "ConnectionError"


@pytest.mark.django_db
def test_a_channel_layer_that_refuses_fails(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(MemoryBus):
        def check(self) -> None:
            raise OSError("away")

    monkeypatch.setattr(live, "bus", Broken)

    status, checks = ready(client)

    assert (status, failing(checks)) == (503, ["channel_layer"])


@pytest.mark.django_db
def test_a_queue_that_no_worker_serves_is_named(client: Client) -> None:
    cache.delete("heartbeat.queue.outbound")

    status, checks = ready(client)

    assert (status, failing(checks)) == (503, ["workers"])
    assert checks["workers"]["detail"] == "queue.outbound not heard"


@pytest.mark.django_db
def test_a_worker_that_fell_silent_fails(client: Client) -> None:
    cache.set("heartbeat.queue.inbound", time.time() - 45)

    status, checks = ready(client)

    assert (status, failing(checks)) == (503, ["workers"])
    assert checks["workers"]["detail"] == "queue.inbound not heard for 45 s"


@pytest.mark.django_db
def test_beat_that_fell_silent_fails(client: Client) -> None:
    cache.set("heartbeat.beat", time.time() - 31)

    status, checks = ready(client)

    assert (status, failing(checks)) == (503, ["beat"])


@pytest.mark.django_db
def test_a_call_that_nobody_takes_up_fails(client: Client) -> None:
    call = InboundCall.objects.create(
        inbox=make.inbox(), provider_id="1", source="api", body=b"{}", received_at=timezone.now()
    )
    assert ready(client)[0] == 200

    call.received_at = timezone.now() - timedelta(seconds=health.MAX_CALL_AGE_SECONDS + 5)
    call.save(update_fields=["received_at"])
    status, checks = ready(client)

    assert (status, failing(checks)) == (503, ["calls"])
    assert "has waited 125 s" in checks["calls"]["detail"]


@pytest.mark.django_db
def test_a_call_that_is_tried_again_later_does_not_fail(client: Client) -> None:
    InboundCall.objects.create(
        inbox=make.inbox(), provider_id="1", source="api", body=b"{}", attempts=2,
        received_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip

    assert ready(client)[0] == 200
