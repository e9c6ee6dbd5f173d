"""The cast: Ada works in Support, Ben in Billing and must not see what Support sees, Eve runs the desk."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.utils import timezone, translation

from accounts.models import Role, User
from tests import make
from tickets.models import Ticket

SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).resolve().parent.parent.parent / "shared"))


# A machine under load is no failure: how long an example takes is not what these tests ask.
hypothesis.settings.register_profile(
    "helpdesk", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("helpdesk")


def pytest_configure() -> None:
    """Each test process has a corner of its own in a shared cache."""
    from django.conf import settings

    process = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    settings.CACHES["default"]["KEY_PREFIX"] = f"tests-{os.getpid()}-{process}"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real cases by others; without them the test is skipped, with the reason printed."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no real cases in {SHARED}: set SHARED_DIR")
    return SHARED / "data"


@pytest.fixture(autouse=True)
def _own_files(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A request of the test before may have left its reader's language and time zone behind."""
    with translation.override("en"), timezone.override(None):
        yield


@pytest.fixture(autouse=True)
def _quick_passwords(settings: object) -> None:
    """The slow hash of a password is the library's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_throttles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts live in the cache, where one test would see another's."""
    from rest_framework.throttling import SimpleRateThrottle

    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": None, "anon": None})


@pytest.fixture
def own_cache(settings: object) -> None:
    """Nothing counted yet, and nothing of others: on Redis `cache.clear()` would empty it for everybody."""
    own = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": uuid.uuid4().hex}
    settings.CACHES = {"default": own}  # type: ignore[attr-defined]


@pytest.fixture
def ada(db: None) -> User:
    """Works in Support."""
    return make.agent("ada", make.team("Support"))


@pytest.fixture
def ben(db: None) -> User:
    """Works in Billing, and must not see what Support sees."""
    return make.agent("ben", make.team("Billing"))


@pytest.fixture
def eve(db: None) -> User:
    """Runs the desk."""
    return make.agent("eve", role=Role.ADMINISTRATOR)


@pytest.fixture
def lou(db: None) -> User:
    """A light agent in Support: reads, writes notes."""
    return make.agent("lou", make.team("Support"), role=Role.LIGHT)


@pytest.fixture
def sam(db: None) -> User:
    """Supervises Support."""
    return make.agent("sam", make.team("Support"), role=Role.SUPERVISOR)


@pytest.fixture
def ticket(db: None) -> Ticket:
    """Mia wrote to Support."""
    return make.ticket(team=make.team("Support"))
