"""Menus by mouse and by keys: what is chosen is what the server gets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_workspace import open_ticket

pytestmark = pytest.mark.browser


def test_an_entry_of_a_menu_is_chosen_with_the_mouse(ada: Page) -> None:
    open_ticket(ada, 4)
    head = ada.locator("#ticket-head")

    head.locator("[popovertarget=status-menu]").click()
    ada.click("#status-menu [value=pending]")
    expect(head.locator("[popovertarget=status-menu]")).to_contain_text("Waiting on customer")
    expect(ada.locator("#status-menu")).to_be_hidden()
    head.locator("[popovertarget=priority-menu]").click()
    ada.click("#priority-menu [value='4']")
    expect(head.locator("[popovertarget=priority-menu]")).to_contain_text("Urgent")
    ada.wait_for_load_state("networkidle")  # the header is drawn anew for everyone
    head.locator("[popovertarget=snooze-menu]").click()
    ada.click("#snooze-menu button >> nth=1")
    expect(ada.locator(".toast-x", has_text="sleeps until then")).to_be_visible()


def test_an_entry_of_a_menu_is_chosen_with_the_keyboard(ada: Page) -> None:
    open_ticket(ada, 5)
    ada.locator("#subject").focus()

    ada.keyboard.press("s")
    expect(ada.locator("#status-menu")).to_be_visible()
    ada.keyboard.press("ArrowDown")
    ada.keyboard.press("Enter")

    expect(ada.locator("#ticket-head [popovertarget=status-menu]")).to_contain_text("Waiting on customer")


def test_a_choice_for_the_selected_rows_is_made_with_the_mouse(ada: Page) -> None:
    ada.goto("/")
    ada.click("[data-select]")
    ada.check("[name=ticket] >> nth=0", force=True)
    ada.click("[popovertarget=bulk-more]")
    ada.click("#bulk-more [name=priority][value='4']")

    expect(ada.locator("#queue-list .prio[data-level=urgent]")).to_have_count(1)


def test_a_row_tells_what_a_colleague_changed(ada: Page, sam: Page) -> None:
    """The one that is ticked and pointed at too; it stays ticked."""
    ada.goto("/")
    row = ada.locator("#row-6")
    ada.click("[data-select]")
    row.locator(".row-pick").check(force=True)
    row.hover()
    open_ticket(sam, 6)
    sam.wait_for_load_state("networkidle")
    sam.click("#ticket-head [popovertarget=priority-menu]")
    sam.click("#priority-menu [value='4']")
    expect(sam.locator("#ticket-head [popovertarget=priority-menu]")).to_contain_text("Urgent")

    expect(row.locator(".prio[data-level=urgent]")).to_be_visible()
    expect(row.locator(".row-pick")).to_be_checked()
