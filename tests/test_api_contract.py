"""Made-up requests over the whole schema: no answer is a failure of ours, each is as described.

Bounded: a few examples per operation, derandomised, so that a run is the same everywhere. What it finds is
kept as a plain test beside the resource. `API_CONTRACT=full` tries each limit of each field as well: some
4,500 requests, a minute or two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import Role
from helpdesk.wsgi import application
from tests import make
from tests.api import Caller

EXAMPLES = 4
IS_FULL = os.environ.get("API_CONTRACT") == "full"
pytestmark = pytest.mark.django_db  # so that there is a database; each test is a savepoint in the desk's
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip

schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app = application
schema.config.phases.coverage.enabled = IS_FULL


class Desk:
    """A small desk with one of each, and the key of somebody who may do everything."""

    def __init__(self) -> None:
        eve = make.agent("eve", make.team("Support"), role=Role.ADMINISTRATOR)
        call = Caller(eve)
        self.headers = {"Authorization": f"Bearer {call.key}"}
        ticket, other = (make.ticket(team=make.team("Support")) for _ in range(2))
        reply = call.post(f"tickets/{ticket.pk}/replies/", {"body": "Hello"}).json()
        call.patch(f"tickets/{ticket.pk}/tags/", {"add": ["vip"]})
        rule = {"name": "All", "conditions": {}, "team": ticket.team_id}
        field = {"key": "branch", "label": "Branch", "kind": "text"}
        link = {"ticket": other.pk, "kind": "related"}
        self.rows = {
            "tickets": ticket.pk,
            "messages": reply["id"],
            "customers": ticket.customer_id,
            "identities": ticket.customer.identities.get().pk,
            "agents": eve.pk,
            "teams": ticket.team_id,
            "inboxes": ticket.inbox_id,
            "tags": ticket.tags.get().pk,
            "keys": eve.api_keys.get().pk,
            "companies": call.post("companies/", {"name": "Orchid"}).json()["id"],
            "saved-views": call.post("saved-views/", {"name": "All", "conditions": {}}).json()["id"],
            "routing-rules": call.post("routing-rules/", rule).json()["id"],
            "custom-fields": call.post("custom-fields/", field).json()["id"],
            "links": call.post(f"tickets/{ticket.pk}/links/", link).json()["id"],
            "attachments": call.upload("attachments/", "a.txt", b"words").json()["id"],
        }

    def aim(self, case: Any) -> None:
        """Name a row that is there: what lies behind a 404 is what should be tried."""
        resource = case.path.split("/")[3]
        if "id" in case.path_parameters and resource in self.rows:
            case.path_parameters["id"] = self.rows[resource]
        if "agent" in case.path_parameters:
            case.path_parameters["agent"] = self.rows["agents"]
        if "key" in case.path_parameters:
            case.path_parameters["key"] = f"team-{self.rows['teams']}"


@pytest.fixture(scope="module")
def desk(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Made once for all: what a request changes is rolled back after it."""
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with files, django_db_blocker.unblock(), transaction.atomic():
        yield Desk()
        transaction.set_rollback(True)


@contextmanager
def one_connection() -> Iterator[None]:
    """As the test client does: a request must not close the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate] if IS_FULL else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_desk(case: Any, desk: Desk) -> None:
    desk.aim(case)
    with one_connection(), transaction.atomic():
        response = case.call(headers=desk.headers)
        transaction.set_rollback(True)
    case.validate_response(response, checks=CHECKS)
