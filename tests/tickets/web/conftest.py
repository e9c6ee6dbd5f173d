"""Browsers of the cast, and a ticket that Ada works on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests import make
from tickets.actions.assign import assign
from tickets.models import Ticket

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def browse() -> Callable[[User], Client]:
    """A browser in which somebody is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="accounts.backends.Backend")
        return client

    return signed_in


@pytest.fixture
def as_ada(browse: Callable[[User], Client], ada: User) -> Client:
    return browse(ada)


@pytest.fixture
def as_ben(browse: Callable[[User], Client], ben: User) -> Client:
    return browse(ben)


@pytest.fixture
def as_lou(browse: Callable[[User], Client], lou: User) -> Client:
    return browse(lou)


@pytest.fixture
def mine(ticket: Ticket, ada: User) -> Ticket:
    """Mia's ticket, given to Ada."""
    return assign(ticket.pk, to=ada, actor=make.actor(ada))
