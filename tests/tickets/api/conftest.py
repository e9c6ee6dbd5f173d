"""One program per member of the cast."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.api import Caller


@pytest.fixture
def call(ada: User) -> Caller:
    """Ada, who may work on the ticket."""
    return Caller(ada)


@pytest.fixture
def other(ben: User) -> Caller:
    """Ben, who must not see it."""
    return Caller(ben)


@pytest.fixture
def light(lou: User) -> Caller:
    """Lou, who reads and writes notes."""
    return Caller(lou)


@pytest.fixture
def supervisor(sam: User) -> Caller:
    return Caller(sam)
