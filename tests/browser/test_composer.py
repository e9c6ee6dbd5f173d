"""To whom a reply goes, by which inbox, and with copies to whom, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.test_workspace import open_ticket

pytestmark = pytest.mark.browser
COPIED = 7  # the ticket of which the customer's boss got a copy


def test_people_in_cc_stay_and_can_be_changed(ada: Page) -> None:
    open_ticket(ada, COPIED)
    copies = ada.locator("#composer-cc")
    expect(copies).to_have_value('"Boss, Big" <boss@corp.example>')
    copies.fill("lee@mail.example")
    ada.fill("#draft", "Here it is")
    ada.press("#draft", "Control+Enter")

    mine = ada.locator("#thread .entry[data-dir=out]", has_text="Here it is")
    expect(mine).to_contain_text("lee@mail.example")
    ada.keyboard.press("Control+z")

    expect(mine).to_have_count(0)
    expect(copies).to_have_value("lee@mail.example")
    expect(ada.locator("#draft")).to_have_value("Here it is")
    ada.fill("#draft", "")
    expect(ada.locator("#draft-saved")).to_be_empty()


def saves_inbox(answer: Response, inbox: str | None) -> bool:
    """Saves run one after another: the last one has it."""
    said = answer.request.post_data or ""
    return answer.url.endswith("/draft/") and bool(
        re.search(rf'name="inbox"\s+{inbox}\b|\binbox={inbox}\b', said)
    )


def test_opening_the_recipients_saves_nothing_and_copies_are_kept_without_a_text(ada: Page) -> None:
    open_ticket(ada, COPIED)
    ada.fill("#draft", "Hello")
    expect(ada.locator("#draft-saved")).to_have_text("Draft saved")
    saves: list[str] = []
    ada.on("request", lambda asked: saves.append(asked.url) if asked.url.endswith("/draft/") else None)

    ada.click("#to-change")
    expect(ada.locator("#reply-identity")).to_be_focused()
    ada.wait_for_timeout(500)
    assert saves == []

    ada.fill("#draft", "")
    expect(ada.locator("#draft-saved")).to_be_empty()
    ada.fill("#composer-cc", "lee@mail.example")
    with ada.expect_response(lambda answer: answer.url.endswith("/draft/")):
        ada.press("#composer-cc", "Tab")
    ada.reload()
    expect(ada.locator("#composer-cc")).to_have_value("lee@mail.example")
    expect(ada.locator("#draft")).to_have_value("")

    ada.fill("#composer-cc", '"Boss, Big" <boss@corp.example>')  # as it was
    with ada.expect_response(lambda answer: answer.url.endswith("/draft/")):
        ada.press("#composer-cc", "Tab")


def test_another_address_and_inbox_are_chosen_and_remembered(ada: Page) -> None:
    open_ticket(ada, COPIED)
    ada.fill("#draft", "From the cards desk")
    expect(ada.locator("#draft-saved")).to_have_text("Draft saved")
    ada.click("#to-change")
    expect(ada.locator("#reply-identity")).to_be_focused()
    with ada.expect_response(lambda answer: answer.url.endswith("/draft/")):
        ada.select_option("#reply-identity", label="hoa@work.example")
    expect(ada.locator("#reply-identity option:checked")).to_have_text("hoa@work.example")
    cards = ada.locator("#reply-inbox option", has_text="Cards").get_attribute("value")
    with ada.expect_response(lambda answer: saves_inbox(answer, cards)):
        ada.select_option("#reply-inbox", label="Cards (cards@desk.example)")
    expect(ada.locator("#composer-signature")).to_contain_text("Cards desk")
    ada.reload()

    expect(ada.locator("#to-change")).to_contain_text("hoa@work.example via Cards")
    ada.click("#send")
    expect(ada.locator("#thread .entry[data-dir=out]", has_text="From the cards desk")).to_be_visible()
    ada.keyboard.press("Control+z")
    expect(ada.locator("#draft")).to_have_value("From the cards desk")
    expect(ada.locator("#recipients")).to_contain_text(re.compile("via Cards"))
    ada.fill("#draft", "")
    expect(ada.locator("#draft-saved")).to_be_empty()


def test_files_stay_with_what_they_were_added_to(ada: Page) -> None:
    """A file of a note must never go to the customer."""
    open_ticket(ada, 2)
    names = ada.locator("#composer-files .truncate")

    def attach(name: str) -> None:
        with ada.expect_response(lambda answer: answer.url.endswith("/draft/")):
            ada.set_input_files(
                "[data-upload]", [{"name": name, "mimeType": "text/plain", "buffer": b"text"}]
            )
        expect(names).to_have_text([name])

    ada.fill("#draft", "For you")
    attach("for-the-customer.txt")
    ada.check("[name=mode][value=note]", force=True)
    expect(names).to_have_count(0)
    ada.fill("#draft", "For us")
    attach("for-us.txt")
    ada.check("[name=mode][value=reply]", force=True)
    expect(names).to_have_text(["for-the-customer.txt"])
    ada.reload()

    expect(names).to_have_text(["for-the-customer.txt"])
    ada.check("[name=mode][value=note]", force=True)
    expect(names).to_have_text(["for-us.txt"])
    ada.click("text=Add note")
    expect(ada.locator("#thread .note", has_text="For us")).to_contain_text("for-us.txt")
    ada.check("[name=mode][value=reply]", force=True)
    expect(names).to_have_text(["for-the-customer.txt"])
    ada.click("#send")
    sent = ada.locator("#thread .entry[data-dir=out]", has_text="For you")
    expect(sent).to_contain_text("for-the-customer.txt")
    expect(sent).not_to_contain_text("for-us.txt")
