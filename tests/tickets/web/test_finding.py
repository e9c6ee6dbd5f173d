"""Search, palette, saved views, the bell and who else is here."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests import make
from tests.tickets.web.conftest import HTMX
from tickets import search, viewers
from tickets.actions.note import add_note
from tickets.actions.read import mark_read
from tickets.models import Message, Notification, SavedView, Ticket
from tickets.notify import on_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def indexed(mine: Ticket) -> Ticket:
    search.index_messages(Message.objects.all())
    return mine


def test_search_finds_marks_and_narrows(as_ada: Client, indexed: Ticket) -> None:
    found = as_ada.get("/search/?q=blocked").content.decode()

    assert f"/tickets/{indexed.pk}/#m-" in found
    assert "<mark>" in found
    assert f"/tickets/{indexed.pk}/" not in as_ada.get("/search/?q=blocked&status=solved").content.decode()
    assert "Nothing found" in as_ada.get("/search/?q=zebra").content.decode()
    assert as_ada.get("/search/").status_code == 200
    assert as_ada.get("/search/?q=blocked&team=x&offset=-1&priority=9").status_code == 200


def test_another_team_finds_none_of_it(as_ben: Client, indexed: Ticket) -> None:
    assert f"/tickets/{indexed.pk}/" not in as_ben.get("/search/?q=blocked").content.decode()
    assert f"/tickets/{indexed.pk}/" not in as_ben.get("/palette/?q=blocked", **HTMX).content.decode()
    assert "Do this to" not in as_ben.get(f"/palette/?ticket={indexed.pk}", **HTMX).content.decode()


def test_the_palette_offers_tickets_and_commands(as_ada: Client, indexed: Ticket) -> None:
    found = as_ada.get(f"/palette/?q=blocked&ticket={indexed.pk}", **HTMX).content.decode()
    commands = as_ada.get(f"/palette/?q=>sol&ticket={indexed.pk}", **HTMX).content.decode()

    assert f"#{indexed.pk}" in found
    assert 'data-press="e"' in commands
    assert 'data-press="r"' not in commands
    assert f"/tickets/{indexed.pk}/" in as_ada.get(f"/palette/?q=%23{indexed.pk}", **HTMX).content.decode()


def condition(uid: str, field: str, op: str, *values: str, group: str = "") -> dict[str, Any]:
    return {
        f"c-{uid}-group": group, f"c-{uid}-field": field, f"c-{uid}-op": op, f"c-{uid}-value": list(values)
    }  # fmt: skip


def test_a_view_is_built_changed_and_deleted(as_ada: Client, mine: Ticket, ada: User) -> None:
    form = {
        "name": "Hot", "order": "newest", "g--how": "all", "g-x1-how": "any",
        **condition("a1", "priority", "in", "high", "normal"),
        **condition("b1", "subject", "contains", "card", group="x1"),
        **condition("b2", "assignee", "is", "me", group="x1"),
        **condition("b3", "created_at", "within", "3", group="x1"), "c-b3-unit": "days",
        **condition("c1", "", ""),
    }  # fmt: skip

    response = as_ada.post("/views/new/", form)

    view = SavedView.objects.get()
    assert response.url == f"/?view=view-{view.pk}"
    assert view.conditions == {
        "all": [
            {"field": "priority", "op": "in", "value": ["high", "normal"]},
            {"any": [
                {"field": "subject", "op": "contains", "value": "card"},
                {"field": "assignee", "op": "is", "value": "me"},
                {"field": "created_at", "op": "within", "value": {"days": 3}},
            ]},
        ]
    }  # fmt: skip
    assert f'id="row-{mine.pk}"' in as_ada.get(response.url).content.decode()
    shown = as_ada.get(f"/views/{view.pk}/").content.decode()
    assert shown.count('class="condition"') == 4
    as_ada.post(f"/views/{view.pk}/", {**form, "name": "Hotter"})
    view.refresh_from_db()
    assert view.name == "Hotter"
    as_ada.post(f"/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused_with_its_rows(as_ada: Client) -> None:
    response = as_ada.post("/views/new/", {"name": "", **condition("a1", "subject", "contains", "")})

    assert response.status_code == 422
    assert 'value="subject" selected' in response.content.decode()


def test_rows_are_added_without_scripts(as_ada: Client) -> None:
    form = {"name": "x", "g--how": "all", **condition("a1", "status", "is", "open")}

    more = as_ada.post("/views/new/", {**form, "add": "row-"}).content.decode()
    grouped = as_ada.post("/views/new/", {**form, "add": "group"}).content.decode()

    assert more.count('class="condition"') == 2
    assert grouped.count('class="conditions"') == 2
    assert not SavedView.objects.exists()


def test_a_row_follows_its_field(as_ada: Client) -> None:
    asked = {"c-a1-field": "priority", "c-a1-op": "contains", "c-a1-group": ""}

    html = as_ada.get("/views/rows/", asked, **HTMX).content.decode()

    assert 'id="c-a1"' in html
    assert "Urgent" in html
    assert 'class="condition"' in as_ada.get("/views/rows/", **HTMX).content.decode()


def test_deep_conditions_stay_as_they_are(as_ada: Client, ada: User) -> None:
    deep = {"all": [{"any": [{"all": [{"field": "status", "op": "is", "value": "open"}]}]}]}
    view = SavedView.objects.create(name="Deep", owner=ada, conditions=deep)

    html = as_ada.get(f"/views/{view.pk}/").content.decode()
    kept = html.split('name="kept" value="')[1].split('"')[0].replace("&quot;", '"')
    as_ada.post(f"/views/{view.pk}/", {"name": "Deeper", "order": "due", "kept": kept})

    view.refresh_from_db()
    assert (view.name, view.conditions) == ("Deeper", deep)


def test_sharing_takes_a_supervisor(as_ada: Client, browse: Any, sam: User, ben: User) -> None:
    form = {"name": "Team", "share": make.team("Support").pk, **condition("a1", "status", "is", "open")}

    assert as_ada.post("/views/new/", form).status_code == 422
    assert browse(sam).post("/views/new/", form).status_code == 302
    assert "Team" in as_ada.get("/").content.decode()
    view = SavedView.objects.get()
    assert browse(ben).get(f"/views/{view.pk}/").status_code == 404
    assert as_ada.post(f"/views/{view.pk}/delete/", **HTMX).status_code == 403


@pytest.fixture
def told(mine: Ticket, sam: User, ada: User) -> Notification:
    note = add_note(mine.pk, actor=make.actor(sam), body="@Ada look", mention_ids=(ada.pk,))
    on_event(note.events.get())
    return Notification.objects.get(user=ada)


def test_the_bell_counts_lists_and_is_read(as_ada: Client, told: Notification) -> None:
    bell = as_ada.get("/notifications/bell/", **HTMX).content.decode()
    page = as_ada.get("/notifications/").content.decode()

    assert 'class="dot"' in bell
    assert "mentioned you" in bell
    assert f"/tickets/{told.ticket_id}/#m-" in page
    assert as_ada.post("/notifications/read/").status_code == 302
    assert 'class="dot"' not in as_ada.get("/notifications/bell/", **HTMX).content.decode()
    assert as_ada.get("/notifications/read/").status_code == 405


def test_the_inbox_wears_the_number_of_own_tickets_with_news(as_ada: Client, ada: User, mine: Ticket) -> None:
    assert (
        '<span class="badge-count" aria-hidden="true">1</span>'
        in as_ada.get("/notifications/bell/").content.decode()
    )

    mark_read(mine.pk, last_message_id=mine.last_message_id or 0, actor=make.actor(ada))

    assert "badge-count" not in as_ada.get("/notifications/bell/").content.decode()


def test_notices_of_tickets_one_no_longer_sees_are_gone(as_ada: Client, told: Notification) -> None:
    Ticket.objects.update(team=make.team("Lending"))

    assert f"/tickets/{told.ticket_id}/" not in as_ada.get("/notifications/").content.decode()


def test_faces_and_writers_are_shown(as_ada: Client, mine: Ticket, sam: User, ada: User) -> None:
    viewers.see(mine.pk, ada.pk, "tab-a")
    viewers.see(mine.pk, sam.pk, "tab-s", typing="note")

    html = as_ada.get(f"/tickets/{mine.pk}/viewers/", **HTMX).content.decode()

    assert "Sam is viewing" in html
    assert "Sam is also writing a note" in html
    assert "Ada is viewing" not in html
    viewers.leave(mine.pk, sam.pk, "tab-s")
    viewers.leave(mine.pk, ada.pk, "tab-a")
