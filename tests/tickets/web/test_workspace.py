"""The pages of the workspace: what they show, to whom, and at what price."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Presence, User
from tests import make
from tests.tickets.web.conftest import HTMX
from tickets.actions.assign import assign
from tickets.actions.note import add_note
from tickets.actions.reply import reply
from tickets.actor import AUTOMATION
from tickets.models import SavedView, Ticket

pytestmark = pytest.mark.django_db
LIST_BUDGET, TICKET_BUDGET = 10, 16


def page(client: Client, url: str, **headers: Any) -> str:
    response = client.get(url, **headers)
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def test_a_stranger_is_asked_to_sign_in() -> None:
    assert Client().get("/").status_code == 302
    assert Client().get("/tickets/1/").status_code == 302


def test_the_inbox_lists_what_is_mine(as_ada: Client, mine: Ticket) -> None:
    html = page(as_ada, "/")

    assert f'id="row-{mine.pk}"' in html
    assert "Blocked card" in html
    assert 'data-pane="queue"' in html


def test_an_empty_view_says_so(as_ada: Client) -> None:
    assert "No tickets in this view." in page(as_ada, "/")
    assert "No tickets match." in page(as_ada, "/?show=reply")


def test_a_ticket_comes_first_and_fetches_the_queue_beside_it(as_ada: Client, mine: Ticket) -> None:
    html = page(as_ada, f"/tickets/{mine.pk}/?view=unassigned")

    assert 'id="composer-form"' in html
    assert 'id="context"' in html
    assert "My card is blocked" in html
    assert 'id="queue" aria-labelledby="queue-title" aria-busy="true"' in html
    assert 'hx-get="/?view=unassigned" hx-trigger="load"' in html
    assert '<a href="/?view=unassigned">Show the queue</a>' in html


def test_the_queue_that_a_ticket_fetches_marks_it_and_brings_the_views(as_ada: Client, mine: Ticket) -> None:
    asked_on = f"http://testserver/tickets/{mine.pk}/"
    html = page(as_ada, "/", **HTMX, HTTP_HX_TARGET="queue", HTTP_HX_CURRENT_URL=asked_on)

    assert f'id="row-{mine.pk}"' in html
    assert 'aria-current="true"' in html
    assert 'id="views-lists" hx-swap-oob="true"' in html


def test_opening_by_htmx_brings_only_ticket_and_details(as_ada: Client, mine: Ticket) -> None:
    html = page(as_ada, f"/tickets/{mine.pk}/", **HTMX, HTTP_HX_TARGET="conversation")

    assert "<title>" in html
    assert 'id="conversation"' in html
    assert 'hx-swap-oob="true"' in html
    assert 'id="queue"' not in html
    assert "<html" not in html


def test_a_view_by_htmx_brings_queue_and_counts(as_ada: Client, mine: Ticket) -> None:
    html = page(as_ada, "/?view=unassigned", **HTMX, HTTP_HX_TARGET="queue")

    assert html.lstrip().startswith('<section class="queue"')
    assert 'id="views-lists" hx-swap-oob="true"' in html


@pytest.mark.parametrize(
    "part", ["", "row/", "head/", "panel/", "more/", "timeline/", "viewers/", "mentions/"]
)
def test_another_team_finds_nothing(as_ben: Client, ticket: Ticket, part: str) -> None:
    response = as_ben.get(f"/tickets/{ticket.pk}/{part}", **HTMX)

    assert response.status_code == 404 or response.content == b""


def test_an_unknown_view_is_not_found(as_ada: Client) -> None:
    assert as_ada.get("/?view=team-999999").status_code == 404
    assert as_ada.get("/?cursor=nonsense").status_code == 400
    assert as_ada.get("/tickets/99999999999999999999/").status_code == 404


def test_a_light_agent_reads_and_may_only_write_notes(as_lou: Client, ticket: Ticket) -> None:
    html = page(as_lou, f"/tickets/{ticket.pk}/")

    assert "My card is blocked" in html
    assert 'value="reply"' not in html
    assert 'popovertarget="status-menu"' not in html
    assert "Add note" in html


def test_the_row_comes_back_and_says_when_it_has_left_the_view(
    as_ada: Client, mine: Ticket, ada: User
) -> None:
    here = {"HTTP_HX_CURRENT_URL": f"http://testserver/tickets/{mine.pk}/"}

    assert 'aria-current="true"' in page(as_ada, f"/tickets/{mine.pk}/row/", **HTMX, **here)
    assert "data-gone" not in page(as_ada, f"/tickets/{mine.pk}/row/", **HTMX)
    assert "data-gone" in page(as_ada, f"/tickets/{mine.pk}/row/?view=unassigned", **HTMX)


def test_the_new_line_stands_before_what_i_have_not_read(
    as_ada: Client, mine: Ticket, ada: User, sam: User
) -> None:
    seen = mine.messages.get()
    as_ada.post(f"/tickets/{mine.pk}/read/", {"last": seen.pk})
    add_note(mine.pk, actor=make.actor(sam), body="Look at this")

    html = page(as_ada, f"/tickets/{mine.pk}/")

    assert html.index("My card is blocked") < html.index('id="unread-line"') < html.index("Look at this")
    assert as_ada.get(f"/tickets/{mine.pk}/read/").status_code == 405


def test_the_queue_goes_on_by_keyset(as_ada: Client, ada: User) -> None:
    inbox = make.inbox(team=make.team("Support"))
    for number in range(53):
        made = make.ticket(inbox_=inbox, subject=f"Ticket {number}", sender=_sender(number))
        Ticket.objects.filter(pk=made.pk).update(assignee=ada)

    html = page(as_ada, "/?order=newest")
    url = html.split('id="more-rows"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    more = page(as_ada, url, **HTMX, HTTP_HX_TARGET="more-rows")

    assert html.count('class="row-t"') == 50
    assert more.count('class="row-t"') == 3
    assert "<section" not in more


def _sender(number: int) -> object:
    from channels_app.contract import Sender

    return Sender("email", f"mia{number}@mail.example", f"Mia {number}")


def _many_tickets(ada: User, number: int) -> None:
    inbox = make.inbox(team=make.team("Support"), name=f"Inbox {number}")
    for each in range(number):
        made = make.ticket(inbox_=inbox, sender=_sender(each), subject=f"Subject {each}")
        Ticket.objects.filter(pk=made.pk).update(assignee=ada)


@pytest.mark.parametrize("number", [1, 60])
def test_the_list_costs_the_same_at_any_size(
    as_ada: Client, ada: User, number: int, django_assert_max_num_queries: Any
) -> None:
    _many_tickets(ada, number)
    as_ada.get("/")

    for url in (
        "/",
        f"/?view=team-{make.team('Support').pk}",
        f"/?view=view-{_view_of(ada)}",
        "/?show=reply",
    ):
        with django_assert_max_num_queries(LIST_BUDGET):
            as_ada.get(url)


def _view_of(ada: User) -> int:
    made, _created = SavedView.objects.get_or_create(owner=ada, name="All", conditions={})
    return made.pk


@pytest.mark.parametrize("number", [5, 60])
def test_a_ticket_costs_the_same_at_any_length(
    as_ada: Client, ada: User, mine: Ticket, number: int, django_assert_max_num_queries: Any
) -> None:
    for each in range(number):
        if each % 3:
            reply(mine.pk, actor=make.actor(ada), body=f"Answer {each}")
        else:
            add_note(mine.pk, actor=make.actor(ada), body=f"Note {each}")
    as_ada.get(f"/tickets/{mine.pk}/")

    for query in ("", f"?view=team-{mine.team_id}", f"?view=view-{_view_of(ada)}"):
        with django_assert_max_num_queries(TICKET_BUDGET):
            as_ada.get(f"/tickets/{mine.pk}/{query}")
    with django_assert_max_num_queries(TICKET_BUDGET):
        as_ada.get(f"/tickets/{mine.pk}/", **HTMX, HTTP_HX_TARGET="conversation")


def test_earlier_entries_come_on_demand(as_ada: Client, ada: User, mine: Ticket) -> None:
    for each in range(40):
        add_note(mine.pk, actor=make.actor(ada), body=f"Note {each}")

    html = page(as_ada, f"/tickets/{mine.pk}/")
    url = html.split('id="older"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")

    assert "My card is blocked" not in html.split('id="thread"')[1].split("composer-form")[0]
    assert "My card is blocked" in page(as_ada, url, **HTMX)
    assert "My card is blocked" in page(as_ada, url), "works as a page"


def test_the_next_ticket_is_given(as_ada: Client, ticket: Ticket, ada: User) -> None:
    Presence.objects.create(user=ada, state="online", chosen="online")

    response = as_ada.post(reverse("tickets:next"))

    assert response.status_code == 302
    assert response.url == f"/tickets/{ticket.pk}/"
    ticket.refresh_from_db()
    assert ticket.assignee == ada
    assert as_ada.get(reverse("tickets:next")).status_code == 405


def test_nothing_next_says_so(as_ada: Client) -> None:
    assert as_ada.post(reverse("tickets:next"), **HTMX).status_code == 409


def test_a_supervisor_sees_the_queue_of_the_team(browse: Any, sam: User, ticket: Ticket, ada: User) -> None:
    assign(ticket.pk, to=ada, actor=make.actor(ada))

    assert f'id="row-{ticket.pk}"' in page(browse(sam), f"/?view=team-{ticket.team_id}")


def test_presence_is_chosen(as_ada: Client, ada: User) -> None:
    assert as_ada.post("/presence/", {"state": "busy"}).status_code == 302
    assert Presence.objects.get(user=ada).chosen == "busy"
    assert "Busy" in as_ada.post("/presence/", {"state": "busy"}, **HTMX).content.decode()
    assert as_ada.post("/presence/", {"state": "asleep"}, **HTMX).status_code == 400


def test_a_ticket_says_what_it_continues_and_may_belong_to(as_ada: Client, mine: Ticket) -> None:
    before = make.ticket(inbox_=make.inbox(team=make.team("Support"), name="Old"), sender=_sender(1))
    hidden = make.ticket(inbox_=make.inbox(team=make.team("Billing"), name="Far"), sender=_sender(2))
    Ticket.objects.filter(pk=mine.pk).update(follow_up_of=before, maybe_related_to=before)

    html = page(as_ada, f"/tickets/{mine.pk}/")
    assert f"This continues #{before.pk}" in html
    assert f"Maybe related to #{before.pk}" in html

    Ticket.objects.filter(pk=mine.pk).update(follow_up_of=hidden, maybe_related_to=hidden)
    assert f"#{hidden.pk}" not in page(as_ada, f"/tickets/{mine.pk}/")


def test_names_and_subjects_cannot_break_out_of_a_row(as_ada: Client, ada: User) -> None:
    sender = _sender(3)
    made = make.ticket(team=make.team("Support"), sender=sender, subject='"><script>x</script>{pk}')
    Ticket.objects.filter(pk=made.pk).update(assignee=ada, preview="<b>{0}</b>")

    html = page(as_ada, "/")

    assert "<script>x" not in html
    assert "&lt;script&gt;x&lt;/script&gt;{pk}" in html
    assert "&lt;b&gt;{0}&lt;/b&gt;" in html


def test_a_row_says_who_of_us_wrote_the_last_words(
    as_ada: Client, ada: User, eve: User, mine: Ticket
) -> None:
    assert ">My card is blocked<" in page(as_ada, "/")

    reply(mine.pk, actor=make.actor(ada), body="It is on its way")
    assert ">You: It is on its way<" in page(as_ada, "/")

    reply(mine.pk, actor=make.actor(eve), body="Here it is")
    assert ">Eve: Here it is<" in page(as_ada, "/")
    assert ">Eve: Here it is<" in page(as_ada, f"/tickets/{mine.pk}/row/")

    reply(mine.pk, actor=AUTOMATION, body="We are closed today", is_automatic=True)
    assert ">We are closed today<" in page(as_ada, "/"), "nobody wrote it"


def test_the_segment_counts_those_who_wait_in_this_view(as_ada: Client, mine: Ticket, ada: User) -> None:
    other = make.ticket(inbox_=make.inbox(team=make.team("Support"), name="Two"), sender=_sender(4))
    Ticket.objects.filter(pk=other.pk).update(assignee=ada, waiting_since=None)

    for url in ("/", f"/?view=team-{mine.team_id}"):
        html = " ".join(page(as_ada, url).split())
        assert 'Needs reply <span class="count">1</span>' in html
        assert 'All <span class="count">2</span>' in html
