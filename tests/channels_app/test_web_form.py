"""The public web form."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from channels_app.models import InboundCall, Inbox
from tests import make
from tickets.models import CustomField, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(own_cache: None) -> Inbox:
    CustomField.objects.create(
        key="branch", label="Branch", kind="choice", choices=["Ba Dinh"], types=["problem"]
    )
    CustomField.objects.create(key="amount", label="Amount", kind="number", types=["complaint"])
    return make.inbox(
        "form", team=make.team("Support"), sealed="", name="Contact us",
        config={"topics": "My card | problem\nPraise | suggestion", "fields_asked": ["branch", "amount"],
                "frame_origins": "https://www.bank.example", "intro": "<b>Hello</b>"},
    )  # fmt: skip


def page(client: Client, box: Inbox, **query: str) -> str:
    return client.get(f"/forms/{box.key}/", query).content.decode()


def filled(client: Client, box: Inbox, **changed: Any) -> dict[str, Any]:
    token = re.search(r'name="token" value="([^"]+)"', page(client, box))
    assert token
    return {"name": "Mia Chen", "email": "mia@mail.example", "topic": "0", "subject": "Card kept",
            "message": "The machine kept my card.", "custom_branch": "Ba Dinh", "custom_amount": "12.50",
            "website": "", "token": token[1], **changed}  # fmt: skip


def send(client: Client, box: Inbox, seconds: float = 5, query: str = "", **changed: Any) -> Any:
    values = filled(client, box, **changed)
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        return client.post(f"/forms/{box.key}/{query}", values)


def test_what_people_write_becomes_a_ticket_and_they_see_its_number(client: Client, box: Inbox) -> None:
    file = SimpleUploadedFile("Hoá đơn.txt", b"receipt")
    answer = send(client, box, files=[file, SimpleUploadedFile("b.txt", b"two")])

    ticket = Ticket.objects.get()
    assert (ticket.type, ticket.custom, ticket.subject) == ("problem", {"branch": "Ba Dinh"}, "Card kept")
    assert [each.name for each in ticket.attachments.all()] == ["Hoá đơn.txt", "b.txt"]
    assert InboundCall.objects.get().verdict == "ticketed"
    thanks = client.get(answer["Location"]).content.decode()
    assert f"<strong>{ticket.pk}</strong>" in thanks


def test_sending_one_page_twice_makes_one_ticket(client: Client, box: Inbox) -> None:
    values = filled(client, box)
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        first, second = (client.post(f"/forms/{box.key}/", values) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert Ticket.objects.count() == 1


def test_mistakes_are_named_and_nothing_is_kept(client: Client, box: Inbox) -> None:
    answer = send(client, box, email="not an address", message="", topic="7")

    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count('aria-invalid="true"') == 3
    assert 'aria-describedby="wrong_email"' in html
    assert 'value="Mia Chen"' in html, "what was written is still there"
    assert not InboundCall.objects.exists()


def test_a_program_that_fills_every_field_is_noted_and_not_heard(client: Client, box: Inbox) -> None:
    assert send(client, box, website="https://spam.example").status_code == 302

    assert InboundCall.objects.get().verdict == "suppressed"
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("seconds", [0.5, 60 * 60 * 25])
def test_too_fast_or_too_late_asks_once_more(client: Client, box: Inbox, seconds: float) -> None:
    answer = send(client, box, seconds=seconds)

    assert answer.status_code == 422
    assert "send it once more" in answer.content.decode()
    assert not InboundCall.objects.exists()


def test_a_token_of_another_form_does_not_count(client: Client, box: Inbox) -> None:
    other = make.inbox("form", sealed="", name="Other")
    token = filled(client, other)["token"]

    assert send(client, box, token=token).status_code == 422


def test_many_messages_from_one_network_are_too_many(client: Client, box: Inbox) -> None:
    codes = [send(client, box, subject=f"Number {number}").status_code for number in range(8)]

    assert codes == [302] * 6 + [429] * 2


def test_behind_a_proxy_each_visitor_counts_for_themselves(client: Client, box: Inbox, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(8):
        client.defaults["HTTP_X_FORWARDED_FOR"] = f"6.6.6.6, 203.0.113.{number}"
        assert send(client, box, subject=f"Number {number}").status_code == 302
    codes = []
    for number in range(7):
        client.defaults["HTTP_X_FORWARDED_FOR"] = f"{number}.6.6.6, 203.0.113.99"
        codes.append(send(client, box, subject=f"Again {number}").status_code)
    assert codes == [302] * 6 + [429], "what a visitor writes into the header counts for nothing"


def test_only_named_sites_may_frame_it(client: Client, box: Inbox) -> None:
    answer = client.get(f"/forms/{box.key}/", {"embed": "1"})

    assert "frame-ancestors https://www.bank.example" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    Inbox.objects.update(config={})
    answer = client.get(f"/forms/{box.key}/", {"embed": "1"})
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_it_speaks_the_inboxs_language_or_the_one_asked_for(client: Client, box: Inbox) -> None:
    assert '<html lang="en"' in page(client, box)
    assert '<html lang="vi"' in page(client, box, lang="vi")
    assert '<html lang="en"' in page(client, box, lang="xx")
    send(client, box, query="?lang=vi")
    assert Ticket.objects.get().language == "vi"


def test_what_an_administrator_wrote_is_shown_as_text(client: Client, box: Inbox) -> None:
    html = page(client, box)

    assert "&lt;b&gt;Hello&lt;/b&gt;" in html
    assert "style=" not in html
    assert html.count("<label") == html.count("<label class") + 1, "every field has its label"


def test_files_have_limits(client: Client, box: Inbox, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    big = SimpleUploadedFile("big.bin", b"x" * (1024 * 1024 + 1))

    answer = send(client, box, files=[big])

    assert answer.status_code == 422
    assert "The limit is 1 MB" in answer.content.decode()


def test_other_inboxes_have_no_page(client: Client, box: Inbox) -> None:
    assert client.get(f"/forms/{make.inbox().key}/").status_code == 404
    Inbox.objects.update(is_active=False)
    assert client.get(f"/forms/{box.key}/").status_code == 404
