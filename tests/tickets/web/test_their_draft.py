"""A colleague's draft: that it is there, and what it says while it is being written."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests import make
from tests.tickets.web.conftest import HTMX
from tickets import viewers
from tickets.actions.draft import save_draft
from tickets.models import Draft, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]


@pytest.fixture
def max_(ada: User) -> User:
    return make.agent("max", make.team("Support"))


@pytest.fixture
def draft(mine: Ticket, max_: User) -> Draft:
    return save_draft(mine.pk, mode="reply", body="Half a <thought>", version=0, actor=make.actor(max_))


def test_that_it_is_there_is_told_and_not_what_it_says(
    as_ada: Client, mine: Ticket, draft: Draft, max_: User
) -> None:
    page = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    strip = as_ada.get(f"/tickets/{mine.pk}/viewers/", **HTMX).content.decode()

    assert "Max has a draft here" in page
    assert "Max has a draft here" in strip
    assert "thought" not in page + strip
    assert as_ada.get(f"/tickets/{mine.pk}/drafts/{max_.pk}/").status_code == 404


def test_my_own_draft_is_no_news(as_ada: Client, mine: Ticket, ada: User) -> None:
    save_draft(mine.pk, mode="reply", body="Mine", version=0, actor=make.actor(ada))

    assert "has a draft here" not in as_ada.get(f"/tickets/{mine.pk}/").content.decode()


def test_while_it_is_written_it_can_be_seen(as_ada: Client, mine: Ticket, draft: Draft, max_: User) -> None:
    viewers.see(mine.pk, max_.pk, "tab", typing="reply")
    url = f"/tickets/{mine.pk}/drafts/{max_.pk}/"

    page = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    seen = as_ada.get(url, **HTMX).content.decode()

    assert f'href="{url}"' in page
    assert "has a draft here" not in page
    assert "Half a &lt;thought&gt;" in seen


def test_another_team_and_light_agents_see_nothing(
    as_ben: Client, as_lou: Client, mine: Ticket, draft: Draft, max_: User
) -> None:
    viewers.see(mine.pk, max_.pk, "tab", typing="reply")
    url = f"/tickets/{mine.pk}/drafts/{max_.pk}/"

    assert as_ben.get(url).status_code == 404
    assert as_lou.get(url).status_code in (403, 404)
