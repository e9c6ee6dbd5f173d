"""Tags, custom fields and saved views in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import make
from tickets.actions.assign import assign
from tickets.actions.properties import set_custom
from tickets.actions.tag import tag
from tickets.models import CustomField, Notification, SavedView, Tag
from tickets.notify import KINDS, unwanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.test import Client

    from accounts.models import User
    from tickets.models import Ticket

TAGS, FIELDS, VIEWS = "/settings/tags/", "/settings/fields/", "/settings/views/"


def field(**changes: object) -> dict[str, object]:
    return {"label": "Branch", "key": "branch", "kind": "text", "position": "0", "is_active": "on", **changes}


@pytest.fixture
def tagged(ticket: Ticket, ada: User) -> Ticket:
    return tag(ticket.pk, add=["cards", "fraud"], actor=make.actor(ada))


@pytest.mark.parametrize("path", [TAGS, FIELDS, f"{FIELDS}new/"])
def test_others_are_told_who_can_do_it(client: Client, sam: User, eve: User, path: str) -> None:
    client.force_login(sam)

    assert client.get(path).status_code == 403


def test_an_agent_neither_renames_nor_deletes(client: Client, ada: User, tagged: Ticket) -> None:
    client.force_login(ada)
    cards = Tag.objects.get(name="cards")

    assert client.post(f"{TAGS}{cards.pk}/", {"name": "x"}).status_code == 403
    assert client.post(f"{TAGS}{cards.pk}/delete/").status_code == 403
    assert Tag.objects.filter(name="cards").exists()


def test_a_tag_is_renamed_on_all_its_tickets(client: Client, eve: User, tagged: Ticket) -> None:
    client.force_login(eve)
    cards = Tag.objects.get(name="cards")
    assert "1 ticket" in client.get(f"{TAGS}?q=card").content.decode()

    client.post(f"{TAGS}{cards.pk}/", {"name": "  Bank Cards "})

    assert set(tagged.tags.values_list("name", flat=True)) == {"bank cards", "fraud"}


def test_a_taken_name_is_refused_at_its_field(client: Client, eve: User, tagged: Ticket) -> None:
    client.force_login(eve)
    cards = Tag.objects.get(name="cards")

    answer = client.post(f"{TAGS}{cards.pk}/", {"name": "Fraud"})

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert client.post(f"{TAGS}{cards.pk}/", {"name": ","}).status_code == 422


def test_tags_are_merged_and_nothing_is_doubled(client: Client, eve: User, ada: User, tagged: Ticket) -> None:
    other = tag(make.ticket(inbox_=tagged.inbox).pk, add=["cards"], actor=make.actor(eve))
    cards, fraud = Tag.objects.get(name="cards"), Tag.objects.get(name="fraud")
    client.force_login(eve)

    client.post(f"{TAGS}{cards.pk}/", {"name": "cards", "into": fraud.pk})

    assert not Tag.objects.filter(pk=cards.pk).exists()
    assert list(tagged.tags.all()) == list(other.tags.all()) == [fraud]


def test_a_tag_is_deleted(client: Client, eve: User, tagged: Ticket) -> None:
    client.force_login(eve)

    client.post(f"{TAGS}{Tag.objects.get(name='cards').pk}/delete/")

    assert list(tagged.tags.values_list("name", flat=True)) == ["fraud"]
    assert client.post(f"{TAGS}999/delete/").status_code == 404
    assert client.get(f"{TAGS}999/").status_code == 404
    assert client.get(f"{TAGS}999/delete/").status_code == 405


def test_a_field_is_made_and_changed(client: Client, eve: User) -> None:
    client.force_login(eve)

    client.post(f"{FIELDS}new/", field(kind="choice", choices="Hanoi\nHue", types=["complaint"]))
    made = CustomField.objects.get()
    assert (made.kind, made.choices, made.types) == ("choice", ["Hanoi", "Hue"], ["complaint"])
    assert "Complaint" in client.get(FIELDS).content.decode()

    client.post(f"{FIELDS}{made.pk}/", field(kind="choice", choices="Hanoi", is_required_to_solve="on"))
    made.refresh_from_db()
    assert (made.choices, made.types, made.is_required_to_solve) == (["Hanoi"], [], True)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [({"key": "two words"}, "key"), ({"label": ""}, "label"), ({"kind": "choice"}, "choices")],
)
def test_what_is_wrong_with_a_field_is_said_there(
    client: Client, eve: User, wrong: dict[str, str], name: str
) -> None:
    client.force_login(eve)

    answer = client.post(f"{FIELDS}new/", field(**wrong))

    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert not CustomField.objects.exists()


def test_an_answered_field_is_not_deleted(client: Client, eve: User, ada: User, ticket: Ticket) -> None:
    client.force_login(eve)
    client.post(f"{FIELDS}new/", field())
    made = CustomField.objects.get()
    set_custom(ticket.pk, values={"branch": "Hue"}, actor=make.actor(ada))

    assert client.post(f"{FIELDS}{made.pk}/delete/").status_code == 409
    set_custom(ticket.pk, values={"branch": None}, actor=make.actor(ada))
    assert client.post(f"{FIELDS}{made.pk}/delete/").status_code == 302
    assert not CustomField.objects.exists()
    assert client.get(f"{FIELDS}999/").status_code == 404


def test_only_views_that_one_may_see_are_listed(client: Client, ada: User, ben: User) -> None:
    SavedView.objects.create(name="Of Ada", owner=ada)
    SavedView.objects.create(name="Of Ben", owner=ben)
    SavedView.objects.create(name="For all", owner=ben, is_shared=True)
    client.force_login(ada)

    shown = client.get(VIEWS).content.decode()

    assert ("Of Ada" in shown, "Of Ben" in shown, "For all" in shown) == (True, False, True)
    assert client.post(VIEWS).status_code == 405


def test_lists_cost_the_same_with_more(
    client: Client,
    eve: User,
    tagged: Ticket,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    Tag.objects.bulk_create(Tag(name=f"tag {number}") for number in range(20))
    for number in range(10):
        SavedView.objects.create(name=f"View {number}", owner=eve, team=make.team("Support"), is_shared=True)
    client.force_login(eve)

    with django_assert_max_num_queries(4):
        client.get(TAGS)
    with django_assert_max_num_queries(4):
        client.get(VIEWS)


def test_a_saved_view_follows_the_name_of_a_tag(client: Client, eve: User, tagged: Ticket) -> None:
    asked = {
        "any": [{"field": "tags", "op": "is", "value": "cards"}, {"not": {"field": "tags", "value": "Cards"}}]
    }
    view = SavedView.objects.create(owner=eve, name="Cards", conditions=asked)
    client.force_login(eve)

    client.post(f"{TAGS}{Tag.objects.get(name='cards').pk}/", {"name": "plastic"})

    view.refresh_from_db()
    assert [asked["value"] for asked in (view.conditions["any"][0], view.conditions["any"][1]["not"])] == [
        "plastic", "plastic",
    ]  # fmt: skip


TOLD = "/settings/notifications/"


def test_kinds_are_muted_and_ways_are_chosen(client: Client, ada: User) -> None:
    client.force_login(ada)
    page = client.get(TOLD).content.decode()
    assert page.count(" checked") == 20, "all is on at first"

    on = {"browser": "on", "message": "on", "message.browser": "on", "assigned": "on", "assigned.email": "on"}
    assert client.post(TOLD, on).status_code == 302

    ada.refresh_from_db()
    assert unwanted(ada, "browser") == set(KINDS) - {"message"}
    assert unwanted(ada, "email") == set(KINDS), "switched off as a whole"
    assert ada.notifications["woken"] is False
    assert client.get(TOLD).content.decode().count(" checked") == 5


def test_the_profile_leaves_the_choice_alone(client: Client, ada: User) -> None:
    client.force_login(ada)
    client.post(TOLD, {"message": "on"})

    client.post("/settings/profile/", {
        "name": "Ada", "language": "en", "time_zone": "UTC", "theme": "system", "signature": "",
    })  # fmt: skip

    ada.refresh_from_db()
    assert ada.notifications["woken"] is False


def test_the_browser_shows_only_what_is_wanted(client: Client, ada: User, ticket: Ticket) -> None:
    assign(ticket.pk, to=ada, actor=make.actor(make.agent("Max", ticket.team)))
    event = ticket.events.get(kind="ticket.assigned")
    Notification.objects.create(user=ada, ticket=ticket, event=event, kind="assigned")
    client.force_login(ada)
    assert "data-newest" in client.get("/notifications/bell/").content.decode()

    client.post(TOLD, {"browser": "on", "assigned": "on", "assigned.email": "on"})

    bell = client.get("/notifications/bell/").content.decode()
    assert "data-newest" not in bell
    assert "1 unread" in bell
