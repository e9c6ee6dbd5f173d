"""Back and forward in a real browser: tickets and lists come back without a reload, with their drafts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_workspace import open_ticket

pytestmark = pytest.mark.browser


def test_back_and_forward_between_tickets_and_views(ada: Page) -> None:
    ada.goto("/")
    ada.evaluate("window.stays = true")
    ada.click("#open-1")
    expect(ada.locator("#subject")).to_have_text("Question 1 about my card")
    ada.fill("#draft", "Not lost")
    ada.click("#open-3")
    expect(ada.locator("#subject")).to_have_text("Question 3 about my card")
    ada.click("#view-solved")
    expect(ada.locator("#queue-title")).to_have_text("Solved")

    ada.go_back()
    expect(ada.locator("#queue-title")).to_have_text("My open")
    expect(ada.locator('.view[aria-current="page"]')).to_contain_text("My open")
    expect(ada.locator("#subject")).to_have_text("Question 3 about my card")
    ada.go_back()
    expect(ada.locator("#subject")).to_have_text("Question 1 about my card")
    expect(ada).to_have_url(re.compile("/tickets/1/"))
    expect(ada).to_have_title(re.compile("#1 Question 1"))
    expect(ada.locator("#open-1")).to_have_attribute("aria-current", "true")
    expect(ada.locator("#draft")).to_have_value("Not lost")
    ada.go_back()
    expect(ada.locator("#conversation .blank")).to_be_visible()
    expect(ada.locator("#context")).to_be_hidden()
    ada.go_forward()
    expect(ada.locator("#subject")).to_have_text("Question 1 about my card")
    ada.fill("#draft", "")
    ada.go_forward()
    ada.go_forward()
    expect(ada.locator("#queue-title")).to_have_text("Solved")
    assert ada.evaluate("window.stays") is True


def test_a_list_comes_back_where_it_was(signed_in: Callable[..., BrowserContext]) -> None:
    context = signed_in("ada", viewport={"width": 1440, "height": 420})
    page = context.new_page()
    page.goto("/")
    page.evaluate("document.getElementById('queue-list').scrollTop = 150")
    assert page.evaluate("document.getElementById('queue-list').scrollTop") == 150
    page.click("#view-unassigned")
    expect(page.locator("#queue-title")).to_have_text("Unassigned")

    page.go_back()

    expect(page.locator("#queue-title")).to_have_text("My open")
    page.wait_for_timeout(500)
    assert page.evaluate("document.getElementById('queue-list').scrollTop") == 150
    page.evaluate("document.getElementById('queue-list').scrollTop = 0")
    page.click("#open-2")
    expect(page.locator("#subject")).to_have_text("Question 2 about my card")
    context.close()


def test_on_a_phone_back_leads_to_the_list(signed_in: Callable[..., BrowserContext]) -> None:
    context = signed_in("ada", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/")
    page.click("#open-1")
    expect(page.locator("#subject")).to_be_visible()

    page.go_back()
    expect(page.locator("#queue-list")).to_be_visible()
    expect(page.locator("#conversation")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#subject")).to_be_visible()
    context.close()


def test_nothing_is_kept_in_the_browser_after_signing_out(signed_in: Callable[..., BrowserContext]) -> None:
    context = signed_in("sam")
    page = context.new_page()
    open_ticket(page, 4)
    page.fill("#draft", "Secret words")
    expect(page.locator("#draft-saved")).to_have_text("Draft saved")
    assert "Secret" in page.evaluate("JSON.stringify(localStorage)")

    page.goto("/account/logout/")
    page.click("main button[type=submit], .entrance button[type=submit]")
    page.wait_for_url("**/login/**")

    kept = page.evaluate(
        "JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + JSON.stringify(history.state)"
    )
    assert "Secret" not in kept
    context.close()
