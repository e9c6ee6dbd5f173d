"""What cannot be undone asks first."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_deleting_a_view_asks_first(ada: Page) -> None:
    ada.goto("/views/new/")
    ada.fill("#view-name", "Cards")
    ada.click("text=Save the view")
    expect(ada.locator(".view", has_text="Cards")).to_be_visible()
    edit = ada.locator(".view-own .view-edit").get_attribute("href")
    assert edit
    ada.goto(edit)
    delete, dialog = ada.locator("button[form=delete-view]"), ada.locator("#confirm")

    delete.click()
    expect(dialog).to_contain_text("“Cards” is deleted for good.")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    ada.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(delete).to_be_focused()
    expect(ada).to_have_url(re.compile(re.escape(edit)))

    delete.click()
    with ada.expect_navigation():
        dialog.get_by_role("button", name="Delete this view").click()
    expect(ada.locator(".view", has_text="Cards")).to_have_count(0)


def test_a_choice_of_the_bulk_menu_asks_too(ada: Page) -> None:
    ada.goto("/")
    ada.click("[data-select]")
    ada.check("[name=ticket] >> nth=0", force=True)
    ada.check("[name=ticket] >> nth=1", force=True)
    rows = ada.locator("#queue-list [data-ticket]")
    before = rows.count()
    ada.click("[popovertarget=bulk-more]")
    ada.click("#bulk-more [value=merge]")

    expect(ada.locator("#confirm")).to_contain_text("The selected tickets become one: the oldest.")
    assert rows.count() == before
    ada.locator("#confirm [data-yes]").click()

    expect(rows).to_have_count(before - 1)
