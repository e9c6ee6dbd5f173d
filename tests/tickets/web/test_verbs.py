"""Menus, dialogs and the bulk bar: by script and as plain forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from tests import make
from tests.tickets.web.conftest import HTMX
from tickets.actions.reply import reply
from tickets.actions.split import split
from tickets.models import CustomField, Operation, Status, Ticket, TicketLink
from tickets.web.forms import TicketNumberField

pytestmark = pytest.mark.django_db


def other_ticket(team: str = "Support", **fields: Any) -> Ticket:
    from channels_app.contract import Sender

    sender = Sender("email", "olli@mail.example", "Olli")
    return make.ticket(
        inbox_=make.inbox(team=make.team(team), name="Other"), sender=sender, subject="Other", **fields
    )


def test_the_status_is_set_and_can_be_taken_back(as_ada: Client, mine: Ticket) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/status/", {"status": "solved"}, **HTMX)

    html = response.content.decode()
    assert 'id="ticket-head"' in html
    assert 'hx-swap-oob="beforeend:#toasts"' in html
    assert f"/tickets/{mine.pk}/status/?status=open" in html
    as_ada.post(f"/tickets/{mine.pk}/status/?status=open", **HTMX)
    mine.refresh_from_db()
    assert mine.status == Status.OPEN


def test_the_status_is_set_as_plain_html(as_ada: Client, mine: Ticket) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/status/", {"status": "pending"})

    assert (response.status_code, response.url) == (302, f"/tickets/{mine.pk}/")


def test_a_move_that_is_not_allowed_is_a_toast(as_ada: Client, mine: Ticket) -> None:
    response = as_ada.post(f"/tickets/{mine.pk}/status/", {"status": "closed"}, **HTMX)

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#toasts"
    assert as_ada.post(f"/tickets/{mine.pk}/status/", {"status": "closed"}).status_code == 409


def test_a_light_agent_changes_nothing(as_lou: Client, ticket: Ticket) -> None:
    for path, field in (
        ("status", "status"),
        ("priority", "priority"),
        ("assignment", "agent"),
        ("spam", "spam"),
    ):
        assert as_lou.post(f"/tickets/{ticket.pk}/{path}/", {field: "1"}, **HTMX).status_code in (400, 403), (
            path
        )


def test_priority_assignment_and_team(as_ada: Client, mine: Ticket, sam: User) -> None:
    as_ada.post(f"/tickets/{mine.pk}/priority/", {"priority": "4"}, **HTMX)
    as_ada.post(f"/tickets/{mine.pk}/assignment/", {"agent": sam.pk}, **HTMX)
    mine.refresh_from_db()
    assert (mine.priority, mine.assignee) == (4, sam)

    as_ada.post(f"/tickets/{mine.pk}/assignment/", {"agent": "me"}, **HTMX)
    mine.refresh_from_db()
    assert mine.assignee.username == "ada"
    as_ada.post(f"/tickets/{mine.pk}/assignment/", {"agent": ""}, **HTMX)
    mine.refresh_from_db()
    assert mine.assignee is None

    away = as_ada.post(f"/tickets/{mine.pk}/assignment/", {"team": make.team("Lending").pk}, **HTMX)
    assert away["HX-Redirect"] == "/", "it is no longer mine to see"


def test_whom_a_ticket_may_be_given_to(as_ada: Client, mine: Ticket, sam: User, lou: User, ben: User) -> None:
    html = as_ada.get(f"/tickets/{mine.pk}/assignment/choices/", **HTMX).content.decode()

    assert "Sam" in html
    assert "Lou" not in html
    assert "Ben" not in html
    assert "<html" in as_ada.get(f"/tickets/{mine.pk}/assignment/choices/").content.decode()


def test_snooze_wake_follow(as_ada: Client, mine: Ticket, ada: User) -> None:
    html = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    until = html.split('name="until" value="')[1].split('"')[0]

    as_ada.post(f"/tickets/{mine.pk}/snooze/", {"until": until.replace("+", "+")}, **HTMX)
    mine.refresh_from_db()
    assert mine.snoozed_until is not None
    as_ada.post(f"/tickets/{mine.pk}/snooze/", {"until": "wake"}, **HTMX)
    mine.refresh_from_db()
    assert mine.snoozed_until is None
    assert as_ada.post(f"/tickets/{mine.pk}/snooze/", {"until": "soon"}, **HTMX).status_code == 400
    as_ada.post(f"/tickets/{mine.pk}/following/", {"follow": "yes"}, **HTMX)
    assert list(mine.followers.all()) == [ada]
    as_ada.post(f"/tickets/{mine.pk}/following/", {"follow": "no"}, **HTMX)
    assert not mine.followers.exists()


@pytest.mark.parametrize(
    ("name", "fields"),
    [("subject", {"subject": "Lost card"}), ("type", {"type": "complaint"}), ("tags", {"tags": "card, lost"}),
     ("snooze", {"until": "2099-01-01T09:00"}), ("spam", {"block_sender": ""})],
)  # fmt: skip
def test_each_form_opens_refuses_and_saves(
    as_ada: Client, mine: Ticket, name: str, fields: dict[str, str]
) -> None:
    url = f"/tickets/{mine.pk}/change/{name}/"

    assert "<html" not in as_ada.get(url, **HTMX).content.decode()
    assert "<html" in as_ada.get(url).content.decode()
    if name == "snooze":
        assert as_ada.post(url, fields, **HTMX).status_code == 422
        fields = {"until": ""}
        assert as_ada.post(url, fields, **HTMX).status_code == 422
        return
    response = as_ada.post(url, fields, **HTMX)
    assert response.status_code == 200
    assert "dialog:done" in response["HX-Trigger"]
    assert as_ada.post(url, fields).status_code == 302


def test_tags_are_what_the_field_says(as_ada: Client, mine: Ticket) -> None:
    url = f"/tickets/{mine.pk}/change/tags/"
    as_ada.post(url, {"tags": "card, lost"})
    as_ada.post(url, {"tags": "lost, urgent"})

    assert list(mine.tags.values_list("name", flat=True)) == ["lost", "urgent"]


def test_custom_fields_are_asked_and_checked(as_ada: Client, mine: Ticket) -> None:
    CustomField.objects.create(key="amount", label="Amount", kind="number", is_required_to_solve=True)
    url = f"/tickets/{mine.pk}/change/fields/"

    assert "Amount" in as_ada.get(url, **HTMX).content.decode()
    wrong = as_ada.post(url, {"amount": "much"}, **HTMX)
    assert wrong.status_code == 422
    as_ada.post(url, {"amount": "86.4"}, **HTMX)
    mine.refresh_from_db()
    assert mine.custom == {"amount": 86.4}
    assert "86.4" in as_ada.get(f"/tickets/{mine.pk}/more/", **HTMX).content.decode()


def test_merging_leads_to_the_other_ticket_and_back(as_ada: Client, mine: Ticket) -> None:
    other = other_ticket()

    response = as_ada.post(f"/tickets/{mine.pk}/change/merge/", {"into": f"#{other.pk}"}, **HTMX)

    assert response["HX-Redirect"] == f"/tickets/{other.pk}/"
    html = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    assert f"Merged into #{other.pk}" in html
    undo = html.split('action="/tickets/')[1:]
    url = next(f"/tickets/{part.split(chr(34))[0]}" for part in undo if "/undo/" in part.split('"')[0])
    assert as_ada.post(url).status_code == 302
    mine.refresh_from_db()
    assert mine.merged_into is None


def test_a_merge_offers_the_other_tickets_of_the_customer(as_ada: Client, mine: Ticket) -> None:
    """Those one may see, by number and subject; nobody knows numbers by heart."""
    second, hidden = other_ticket(), other_ticket("Hidden")
    Ticket.objects.filter(pk__in=(second.pk, hidden.pk)).update(customer=mine.customer_id)
    Ticket.objects.filter(pk=second.pk).update(subject="Second <question>")

    html = as_ada.get(f"/tickets/{mine.pk}/change/merge/", **HTMX).content.decode()

    assert 'list="into-offered"' in html
    assert f'<option value="#{second.pk}">Second &lt;question&gt;</option>' in html
    assert f"#{hidden.pk}" not in html


def test_a_merge_into_what_one_may_not_see_is_refused(as_ada: Client, mine: Ticket) -> None:
    other = other_ticket("Billing")

    response = as_ada.post(f"/tickets/{mine.pk}/change/merge/", {"into": other.pk}, **HTMX)

    assert response.status_code == 422
    assert as_ada.post(f"/tickets/{mine.pk}/change/merge/", {"into": "none"}, **HTMX).status_code == 422


@pytest.mark.parametrize(
    "written",
    [
        "184", " #184 ", "＃184", "# 184", "#184 card 9095", "card 9095, #184", "#184 is #184",
        "see #184: 2nd card",
        "https://desk.bank.example/tickets/184/", "https://desk9.bank.example:8443/tickets/184/?view=team-4",
    ],
)  # fmt: skip
def test_a_ticket_is_named_as_people_write_it(written: str) -> None:
    assert TicketNumberField().clean(written) == 184


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("184 card 9095", "more than one number"),
        ("#184 or #185", "more than one number"),
        ("48 213", "more than one number"),
        ("the card", "Write the number of a ticket"),
        ("1234567890123456789012", "Write the number of a ticket"),
    ],
)
def test_what_names_no_ticket_or_two_is_asked_again(written: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        TicketNumberField().clean(written)


def test_links_come_and_go(as_ada: Client, mine: Ticket) -> None:
    other = other_ticket()
    as_ada.post(f"/tickets/{mine.pk}/change/link/", {"other": other.pk, "kind": "parent"}, **HTMX)

    html = as_ada.get(f"/tickets/{mine.pk}/more/", **HTMX).content.decode()
    link = TicketLink.objects.get()
    assert f"#{other.pk}" in html
    assert f"/links/{link.pk}/remove/" in html
    assert as_ada.post(f"/links/{link.pk}/remove/", **HTMX).status_code == 204
    assert not TicketLink.objects.exists()


def test_the_customer_can_be_changed_by_address(as_ada: Client, mine: Ticket) -> None:
    other = other_ticket()

    as_ada.post(f"/tickets/{mine.pk}/change/customer/", {"customer": "OLLI@mail.example"}, **HTMX)

    mine.refresh_from_db()
    assert mine.customer == other.customer
    refused = as_ada.post(f"/tickets/{mine.pk}/change/customer/", {"customer": "no@one.example"}, **HTMX)
    assert refused.status_code == 422


def test_a_message_becomes_a_ticket_of_its_own(as_ada: Client, mine: Ticket) -> None:
    second = make.reply_from_customer(mine, "By the way, my address changed")

    assert as_ada.get(f"/messages/{second.pk}/split/", **HTMX).status_code == 200
    response = as_ada.post(f"/messages/{second.pk}/split/", {"subject": "New address"}, **HTMX)

    new = Ticket.objects.get(subject="New address")
    assert response["HX-Redirect"] == f"/tickets/{new.pk}/"


def test_only_supervisors_remove_text(browse: Any, as_ada: Client, mine: Ticket, sam: User) -> None:
    message = mine.messages.get()
    url = f"/messages/{message.pk}/redact/"

    assert as_ada.post(url, {"passage": "card"}, **HTMX).status_code == 403
    assert browse(sam).post(url, {"passage": "card"}, **HTMX).status_code == 200
    message.refresh_from_db()
    assert "card" not in message.body


def test_many_tickets_at_once(as_ada: Client, mine: Ticket, ada: User) -> None:
    second = other_ticket()
    chosen = [mine.pk, second.pk]

    as_ada.post("/tickets/bulk/", {"ticket": chosen, "verb": "take"}, **HTMX)
    response = as_ada.post("/tickets/bulk/", {"ticket": chosen, "priority": "3"}, **HTMX)

    assert "2 tickets changed." in response.content.decode()
    assert response["HX-Trigger"] == "bulk:done"
    assert set(Ticket.objects.values_list("priority", "assignee")) == {(3, ada.pk)}
    plain = as_ada.post("/tickets/bulk/", {"ticket": chosen, "status": "pending", "next": "/?view=waiting"})
    assert (plain.status_code, plain.url) == (302, "/?view=waiting")


def test_a_bulk_change_says_what_was_refused(as_ada: Client, mine: Ticket, sam: User, browse: Any) -> None:
    foreign = other_ticket("Billing")

    response = as_ada.post("/tickets/bulk/", {"ticket": [mine.pk, foreign.pk], "status": "solved"}, **HTMX)

    text = response.content.decode()
    assert "1 ticket changed." in text
    assert f"#{foreign.pk}" in text
    assert as_ada.post("/tickets/bulk/", {"verb": "take"}, **HTMX).status_code == 400
    assert as_ada.post("/tickets/bulk/", {"ticket": [mine.pk], "verb": "dance"}, **HTMX).status_code == 400
    safe = as_ada.post("/tickets/bulk/", {"ticket": [mine.pk], "verb": "follow", "next": "//evil.example"})
    assert safe.url == "/"


def test_a_supervisor_moves_in_bulk(browse: Any, sam: User, mine: Ticket) -> None:
    browse(sam).post("/tickets/bulk/", {"ticket": [mine.pk], "team": make.team("Lending").pk}, **HTMX)

    mine.refresh_from_db()
    assert mine.team.name == "Lending"


def test_the_bulk_menus_and_their_page(as_ada: Client, mine: Ticket) -> None:
    assert "Ada" in as_ada.get("/tickets/bulk/choices/", **HTMX).content.decode()
    assert f"#{mine.pk}" in as_ada.post("/tickets/bulk/page/", {"ticket": [mine.pk]}).content.decode()


def test_an_agent_opens_a_ticket(as_ada: Client) -> None:
    inbox = make.inbox(team=make.team("Support"))
    fields = {
        "inbox": inbox.pk, "address": "new@mail.example", "name": "New", "subject": "Your loan",
        "body": "Good news", "type": "question", "priority": "2",
    }  # fmt: skip

    assert "<html" not in as_ada.get("/tickets/new/", **HTMX).content.decode()
    assert as_ada.post("/tickets/new/", {**fields, "body": ""}).status_code == 422
    response = as_ada.post("/tickets/new/", fields)

    ticket = Ticket.objects.get(subject="Your loan")
    assert (response.status_code, response.url) == (302, f"/tickets/{ticket.pk}/")


def test_a_light_agent_opens_none(as_lou: Client) -> None:
    assert as_lou.get("/tickets/new/", **HTMX).status_code == 403


def test_a_split_is_taken_back_where_it_led_to(as_ada: Client, mine: Ticket) -> None:
    make.reply_from_customer(mine, "Another matter")
    message = mine.messages.order_by("pk").last()
    as_ada.post(f"/messages/{message.pk}/split/", {"subject": "Fees"})
    new = Ticket.objects.get(subject="Fees")
    page = as_ada.get(f"/tickets/{new.pk}/").content.decode()
    assert f"Split off from #{mine.pk}." in page
    operation = Operation.objects.get(kind="split")
    undo = f"/tickets/{new.pk}/splits/{operation.pk}/undo/"
    assert f'action="{undo}"' in page

    response = as_ada.post(undo)

    assert response.url == f"/tickets/{mine.pk}/"
    assert mine.messages.filter(pk=message.pk).exists()
    assert "Take the split back" not in as_ada.get(f"/tickets/{new.pk}/").content.decode()


def test_a_split_that_was_answered_shows_no_button(as_ada: Client, mine: Ticket, ada: User) -> None:
    make.reply_from_customer(mine, "Another matter")
    new = split(mine.messages.order_by("pk").last().pk, actor=make.actor(ada))
    reply(new.pk, actor=make.actor(ada), body="Here")

    page = as_ada.get(f"/tickets/{new.pk}/").content.decode()
    assert "Split off from" in page
    assert "Take the split back" not in page


def test_nobody_takes_back_the_splits_of_another_team(as_ben: Client, mine: Ticket, ada: User) -> None:
    make.reply_from_customer(mine, "Another matter")
    new = split(mine.messages.order_by("pk").last().pk, actor=make.actor(ada))

    answer = as_ben.post(f"/tickets/{new.pk}/splits/{Operation.objects.get().pk}/undo/")

    assert answer.status_code == 404
    assert new.messages.exists()
