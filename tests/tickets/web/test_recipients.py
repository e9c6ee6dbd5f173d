"""Above the text of a reply: addresses, inboxes and copies, with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from channels_app.contract import Sender
from channels_app.models import Inbox
from customers.models import Identity
from tests import make
from tests.tickets.web.conftest import HTMX
from tickets.actions.assign import assign
from tickets.actions.draft import save_draft
from tickets.actions.reply import cancel_reply, reply
from tickets.models import Draft, Ticket

pytestmark = pytest.mark.django_db
COPIED = "&quot;Boss, Big&quot; &lt;boss@corp.example&gt;"


@pytest.fixture
def cards(ada: User) -> Inbox:
    return make.inbox("email", team=make.team("Support"), name="Cards", address="cards@desk.example")


@pytest.fixture
def mine(ada: User, cards: Inbox) -> Ticket:
    """A mail by which Mia copies her boss."""
    care = make.inbox("email", team=make.team("Support"), name="Care", address="care@desk.example")
    ticket = make.ticket(inbox_=care, cc=(("Boss, Big", "boss@corp.example"), ("Ben", "ben@desk.example")))
    return assign(ticket.pk, to=ada, actor=make.actor(ada))


@pytest.fixture
def max_(ada: User) -> User:
    return make.agent("max", make.team("Support"))


@pytest.fixture
def work(mine: Ticket) -> Identity:
    return Identity.objects.create(customer=mine.customer, kind="email", address="mia@work.example")


def test_copies_are_proposed_and_stay_on_the_reply(as_ada: Client, mine: Ticket) -> None:
    page = as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    as_ada.post(
        f"/tickets/{mine.pk}/replies/", {"body": "Hi", "cc": '"Boss, Big" <boss@corp.example>'}, **HTMX
    )

    assert COPIED in page
    assert mine.messages.get(kind="out").cc == [["Boss, Big", "boss@corp.example"]]


def test_copies_cost_no_query_more_than_the_budget(
    as_ada: Client, mine: Ticket, django_assert_max_num_queries: Any
) -> None:
    as_ada.get(f"/tickets/{mine.pk}/")

    with django_assert_max_num_queries(16):
        as_ada.get(f"/tickets/{mine.pk}/")


def test_every_inbox_and_address_can_be_chosen(
    as_ada: Client, mine: Ticket, work: Identity, cards: Inbox
) -> None:
    make.inbox("email", team=make.team("Billing"), name="Billing", address="billing@desk.example")
    make.inbox("form", team=mine.team, name="Form")
    make.inbox("api", team=mine.team, name="Terminals")
    Identity.objects.create(customer=mine.customer, kind="phone", address="+84 1")

    page = as_ada.get(f"/tickets/{mine.pk}/recipients/", **HTMX).content.decode()

    assert "mia@work.example" in page
    assert "Cards (cards@desk.example)" in page
    assert not [name for name in ("Billing", "Form", "+84") if name in page]
    assert f'<option value="{mine.inbox_id}" selected>' in page
    assert COPIED in page


def test_the_choice_starts_a_conversation(as_ada: Client, mine: Ticket, work: Identity, cards: Inbox) -> None:
    fields = {"body": "Hi", "inbox": cards.pk, "identity": work.pk}
    response = as_ada.post(f"/tickets/{mine.pk}/replies/", fields, **HTMX)

    sent = mine.messages.get(kind="out")
    assert response.status_code == 201
    assert (sent.inbox, sent.identity) == (cards, work)


def test_without_scripts_a_page_leads_back_with_the_choice(
    as_ada: Client, mine: Ticket, work: Identity, cards: Inbox
) -> None:
    choose = as_ada.get(f"/tickets/{mine.pk}/recipients/").content.decode()
    page = as_ada.get(f"/tickets/{mine.pk}/?identity={work.pk}&inbox={cards.pk}").content.decode()

    assert f'action="/tickets/{mine.pk}/"' in choose
    assert f'name="inbox" value="{cards.pk}"' in page
    assert f'name="identity" value="{work.pk}"' in page
    assert "mia@work.example via Cards" in page
    assert COPIED in page


def test_a_refused_reply_keeps_the_choice(as_ada: Client, mine: Ticket, work: Identity, cards: Inbox) -> None:
    fields = {"body": " ", "inbox": cards.pk, "identity": work.pk, "cc": "lee@mail.example"}
    page = as_ada.post(f"/tickets/{mine.pk}/replies/", fields).content.decode()

    assert "mia@work.example via Cards" in page
    assert 'value="lee@mail.example"' in page


def test_what_somebody_else_may_use_is_not_taken(as_ada: Client, mine: Ticket, work: Identity) -> None:
    billing = make.inbox("email", team=make.team("Billing"), name="Billing", address="b@desk.example")
    stranger = make.message(inbox_=mine.inbox, sender=Sender("email", "x@mail.example")).identity

    for query in (f"identity={work.pk}&inbox={billing.pk}", f"identity={stranger.pk}&inbox={mine.inbox_id}"):
        page = as_ada.get(f"/tickets/{mine.pk}/?{query}").content.decode()
        assert "mia@mail.example via Care" in page


def test_the_draft_remembers_the_choice_and_edited_copies(
    as_ada: Client, mine: Ticket, work: Identity, cards: Inbox
) -> None:
    fields = {"mode": "reply", "body": "Half", "version": 0, "identity": work.pk, "inbox": cards.pk}
    as_ada.post(f"/tickets/{mine.pk}/draft/", {**fields, "cc": "lee@mail.example", "cc_kept": "x"}, **HTMX)

    page = as_ada.get(f"/tickets/{mine.pk}/").content.decode()

    assert "mia@work.example via Cards" in page
    assert 'value="lee@mail.example"' in page
    again = {**fields, "version": 1, "cc": "same", "cc_kept": "same"}
    as_ada.post(f"/tickets/{mine.pk}/draft/", again, **HTMX)
    assert Draft.objects.get().cc is None


def test_edited_copies_are_remembered_before_a_word_is_written(
    as_ada: Client, mine: Ticket, max_: User
) -> None:
    url, fields = f"/tickets/{mine.pk}/draft/", {"mode": "reply", "body": "", "version": 0, "cc_kept": "x"}

    assert as_ada.post(url, {**fields, "cc": "lee@mail.example"}, **HTMX).json() == {"version": 1}

    assert 'value="lee@mail.example"' in as_ada.get(f"/tickets/{mine.pk}/").content.decode()
    as_ada.force_login(max_)
    assert "has a draft here" not in as_ada.get(f"/tickets/{mine.pk}/").content.decode()


@pytest.mark.parametrize(
    "fields", [{"mode": "reply", "cc": "x "}, {"mode": "note", "cc": "lee@mail.example"}]
)
def test_nothing_written_and_nobody_chosen_is_no_draft(
    as_ada: Client, mine: Ticket, fields: dict[str, str]
) -> None:
    fields = {"body": " ", "version": "0", "cc_kept": "x", **fields}

    assert as_ada.post(f"/tickets/{mine.pk}/draft/", fields, **HTMX).json() == {"version": 0}
    assert not Draft.objects.exists()


def test_taking_back_fills_a_draft_that_says_only_whom_to_copy(mine: Ticket, ada: User) -> None:
    actor = make.actor(ada)
    sent = reply(mine.pk, actor=actor, body="Too soon")
    save_draft(mine.pk, mode="reply", body="", version=0, cc="lee@mail.example", actor=actor)

    cancel_reply(sent.pk, actor=actor)

    assert Draft.objects.get().body == "Too soon"


def test_a_draft_is_kept_for_no_foreign_inbox(mine: Ticket, work: Identity, ada: User) -> None:
    billing = make.inbox("email", team=make.team("Billing"), name="Billing", address="b@desk.example")

    draft = save_draft(
        mine.pk, mode="reply", body="x", version=0, actor=make.actor(ada), inbox_id=billing.pk,
        identity_id=work.pk,
    )  # fmt: skip

    assert (draft.inbox, draft.identity) == (None, None)


def test_taking_back_brings_the_copies_back(as_ada: Client, mine: Ticket) -> None:
    sent = as_ada.post(
        f"/tickets/{mine.pk}/replies/", {"body": "Hi", "cc": "lee@mail.example"}, **HTMX
    ).json()

    back = as_ada.post(f"/messages/{sent['message']}/cancel/", **HTMX).json()

    assert back["cc"] == "lee@mail.example"
    assert 'value="lee@mail.example"' in as_ada.get(f"/tickets/{mine.pk}/").content.decode()


def test_a_ticket_without_conversation_can_be_answered_where_the_customer_has_an_address(
    as_ada: Client, mine: Ticket, cards: Inbox
) -> None:
    mine.messages.all().delete()
    mine.conversations.all().delete()

    page = as_ada.get(f"/tickets/{mine.pk}/").content.decode()

    assert 'value="reply"' in page
    assert "mia@mail.example via" in page


def test_a_colleague_in_cc_can_be_made_a_follower(as_ada: Client, mine: Ticket) -> None:
    ben = make.agent("ben", make.team("Support"))
    more = as_ada.get(f"/tickets/{mine.pk}/more/", **HTMX).content.decode()
    assert "Make follower" in more

    as_ada.post(f"/tickets/{mine.pk}/following/", {"follow": "yes", "agent": ben.pk}, **HTMX)

    assert list(mine.followers.all()) == [ben]
    assert "Make follower" not in as_ada.get(f"/tickets/{mine.pk}/more/", **HTMX).content.decode()
    assert mine.events.filter(kind="ticket.followed").exists()
