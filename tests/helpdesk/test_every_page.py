"""A browser looks at every page (tests/browser/test_pages.py); here, that its list leaves none out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from tests import make
from tests.browser import pages


def test_no_page_is_forgotten() -> None:
    looked_at = {visit.shows or visit.name for visit in pages.VISITS}

    assert set(pages.addresses()) == looked_at | set(pages.ELSEWHERE)
    assert not looked_at & set(pages.ELSEWHERE)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, why in pages.ELSEWHERE.items() if why == pages.WRITES))
def test_what_is_said_to_take_forms_only_shows_nothing(client: Client, name: str) -> None:
    """An address that answers a GET is a page, and belongs among those that are looked at."""
    client.force_login(make.agent("eve", role=Role.ADMINISTRATOR))
    words = {"key": "8ab1f0d2-7c66-4be8-9a8e-1f3a5b0c9d11", "door": "status", "verb": "block"}

    response = client.get(
        reverse(name, kwargs={each: words.get(each, 1) for each in pages.addresses()[name]})
    )

    assert response.status_code == 405
