"""The agent's day in a real browser: open, read, answer, take back, note, and what goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser
DRAFT, THREAD = "#draft", "#thread"


def open_ticket(page: Page, number: int) -> None:
    page.goto(f"/tickets/{number}/")
    expect(page.locator("#composer-form")).to_be_visible()
    page.wait_for_function("!document.body.hasAttribute('data-offline')")


def test_a_ticket_opens_beside_the_list_without_a_reload(ada: Page) -> None:
    ada.goto("/")
    ada.evaluate("window.stays = true")
    ada.click("#open-2")

    expect(ada.locator("#subject")).to_have_text("Question 2 about my card")
    expect(ada).to_have_url(re.compile(r"/tickets/2/"))
    expect(ada).to_have_title(re.compile("#2 Question 2"))
    expect(ada.locator("#open-2")).to_have_attribute("aria-current", "true")
    assert ada.evaluate("window.stays") is True
    ada.click("#view-unassigned")
    expect(ada.locator("#queue-title")).to_have_text("Unassigned")
    assert ada.evaluate("window.stays") is True


def test_a_reply_stands_in_the_timeline_at_once_and_can_be_taken_back(ada: Page) -> None:
    open_ticket(ada, 1)
    ada.keyboard.press("r")
    ada.keyboard.type("Please try another machine.")
    ada.keyboard.press("Control+Enter")

    mine = ada.locator(f"{THREAD} .entry[data-dir=out]", has_text="Please try another machine.")
    expect(mine).to_be_visible()
    expect(mine).to_have_attribute("data-state", "sending")
    expect(ada.locator(DRAFT)).to_have_value("")
    expect(ada.locator(DRAFT)).to_be_focused()
    ada.keyboard.press("Control+z")

    expect(ada.locator(DRAFT)).to_have_value("Please try another machine.")
    expect(mine).to_have_count(0)
    ada.fill(DRAFT, "")


def test_the_toast_takes_back_too(ada: Page) -> None:
    open_ticket(ada, 1)
    ada.fill(DRAFT, "Wait")
    ada.click("#send")
    ada.click("#toasts .toast-x >> text=Undo")

    expect(ada.locator(DRAFT)).to_have_value("Wait")
    ada.fill(DRAFT, "")


def test_send_and_set_solved_moves_the_header(ada: Page) -> None:
    open_ticket(ada, 6)
    ada.fill(DRAFT, "It works again.")
    ada.press(DRAFT, "Control+Alt+Enter")

    expect(ada.locator('#ticket-head [popovertarget="status-menu"]')).to_contain_text("Solved")


def test_a_note_names_a_colleague(ada: Page, sam: Page) -> None:
    sam.goto("/")
    open_ticket(ada, 3)
    ada.keyboard.press("m")
    ada.keyboard.type("Please look, @sa")
    expect(ada.locator("#at-list [role=option]")).to_have_text(re.compile("Sam"))
    ada.keyboard.press("Enter")
    ada.keyboard.type("today")
    expect(ada.locator(DRAFT)).to_have_value("Please look, @Sam today")
    ada.keyboard.press("Control+Enter")

    expect(ada.locator(f"{THREAD} .note .at")).to_have_text("@Sam")
    expect(sam.locator("#bell .dot")).to_be_attached(timeout=15_000)


def test_what_came_in_between_is_shown_before_the_reply_goes(ada: Page, sam: Page) -> None:
    open_ticket(ada, 4)
    ada.fill(DRAFT, "Here is my answer")
    open_ticket(sam, 4)
    sam.fill(DRAFT, "I have answered already")
    sam.click("#send")
    expect(sam.locator(f"{THREAD} .entry[data-dir=out]")).to_have_count(1)
    expect(ada.locator(f"{THREAD} >> text=I have answered already")).to_be_visible()
    ada.click("#send")

    stale = ada.locator("#stale")
    expect(stale).to_contain_text("A message came while you were writing")
    expect(stale).to_contain_text("I have answered already")
    expect(ada.locator(DRAFT)).to_have_value("Here is my answer")
    ada.click("[data-send-anyway]")
    expect(ada.locator(f"{THREAD} .entry[data-dir=out]", has_text="Here is my answer")).to_be_visible()
    expect(stale).to_be_empty()


def test_faces_and_writers_are_seen(ada: Page, sam: Page) -> None:
    open_ticket(ada, 5)
    open_ticket(sam, 5)
    expect(ada.locator("#viewers .av")).to_have_count(1)
    sam.fill(DRAFT, "I am writing")

    expect(ada.locator("#collision")).to_contain_text("Sam is also writing a reply")
    sam.fill(DRAFT, "")


def test_a_draft_survives_a_reload_and_a_switch_of_mode(ada: Page) -> None:
    open_ticket(ada, 2)
    ada.fill(DRAFT, "Half a sentence")
    ada.click("[name=mode][value=note]")
    ada.fill(DRAFT, "and half a note")
    ada.click("[name=mode][value=reply]")
    expect(ada.locator(DRAFT)).to_have_value("Half a sentence")
    ada.reload()

    expect(ada.locator(DRAFT)).to_have_value("Half a sentence")
    ada.click("[name=mode][value=note]")
    expect(ada.locator(DRAFT)).to_have_value("and half a note")
    ada.click("#open-1")
    expect(ada.locator("#subject")).to_have_text("Question 1 about my card")
    ada.click("#open-2")
    ada.click("[name=mode][value=reply]")
    expect(ada.locator(DRAFT)).to_have_value("Half a sentence")
    ada.fill(DRAFT, "")


def test_the_desk_is_walked_by_keys(ada: Page) -> None:
    ada.goto("/?order=oldest&view=all_unresolved")
    expect(ada.locator("#open-1")).to_be_visible()
    ada.keyboard.press("j")
    expect(ada.locator("#open-1")).to_be_focused()
    ada.keyboard.press("j")
    ada.keyboard.press("k")
    ada.keyboard.press("j")
    ada.keyboard.press("Enter")
    expect(ada.locator("#subject")).to_be_focused()
    expect(ada.locator("#subject")).to_have_text("Question 2 about my card")
    ada.keyboard.press("s")
    expect(ada.locator("#status-menu")).to_be_visible()
    ada.keyboard.press("Escape")
    ada.keyboard.press("a")
    expect(ada.locator("#people-q")).to_be_focused()
    ada.keyboard.type("sam")
    ada.keyboard.press("Enter")
    expect(ada.locator('#ticket-head [popovertarget="assign-menu"]')).to_contain_text("Sam")
    ada.keyboard.press("?")
    expect(ada.locator("#shortcuts")).to_be_visible()
    ada.keyboard.press("Escape")
    ada.keyboard.press("Escape")
    expect(ada.locator("#open-2")).to_be_focused()
    ada.keyboard.press("Control+k")
    ada.keyboard.type("question 3")
    expect(ada.locator("#palette [role=option]").first).to_contain_text("#3")


def test_remote_images_wait_until_asked(ada: Page) -> None:
    asked: list[str] = []
    ada.route("https://tracker.example/**", lambda route: (asked.append(route.request.url), route.abort()))
    open_ticket(ada, 2)
    frame = ada.frame_locator("iframe.mail-frame")
    expect(frame.locator("b")).to_have_text("card")

    assert not asked
    ada.click("text=Show images")
    ada.wait_for_timeout(800)
    assert asked


def test_what_is_sent_without_a_connection_goes_out_when_it_is_back(ada: Page) -> None:
    open_ticket(ada, 3)
    ada.click("[name=mode][value=reply]")
    ada.context.set_offline(True)
    ada.evaluate("document.body.setAttribute('data-offline', '')")
    ada.fill(DRAFT, "Sent from the tunnel")
    ada.press(DRAFT, "Control+Enter")
    waiting = ada.locator(f"{THREAD} [data-waiting]")
    expect(waiting).to_contain_text("Sent from the tunnel")
    expect(ada.locator(DRAFT)).to_have_value("")
    ada.context.set_offline(False)
    ada.evaluate("document.body.removeAttribute('data-offline')")
    ada.evaluate("document.body.dispatchEvent(new CustomEvent('live:back'))")

    sent = ada.locator(f"{THREAD} .entry[id]", has_text="Sent from the tunnel")
    expect(sent).to_be_visible()
    expect(waiting).to_have_count(0)
    expect(ada.locator("#toasts")).to_contain_text("Back online, 1 message sent")


def test_on_a_phone_one_pane_at_a_time_and_details_in_a_drawer(
    signed_in: Callable[..., BrowserContext],
) -> None:
    context = signed_in("ada", viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#queue")).to_be_visible()
    expect(page.locator("#conversation")).to_be_hidden()
    page.click("#open-1")
    expect(page.locator("#subject")).to_be_visible()
    expect(page.locator("#queue")).to_be_hidden()
    page.click('[data-drawer-open="context"]')
    expect(page.locator("#context")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#context")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("[data-back]")
    expect(page.locator("#queue")).to_be_visible()
    page.click('[data-drawer-open="views"]')
    expect(page.locator("#views")).to_be_visible()
    context.close()


PAGES = [
    "/", "/tickets/2/", "/?select=1", "/search/?q=card", "/views/new/", "/notifications/", "/tickets/new/",
    "/tickets/2/change/merge/",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(signed_in: Callable[..., BrowserContext], path: str, scheme: str) -> None:
    context = signed_in("ada", color_scheme=scheme)
    page = context.new_page()
    page.goto(path)
    page.wait_for_timeout(700)

    results = Axe().run(page)

    context.close()
    assert not results.response["violations"], results.generate_report()


@pytest.mark.parametrize("opener", ["status-menu", "snooze-menu", "more-menu", "send-menu", "assign-menu"])
def test_axe_finds_nothing_in_open_menus(ada: Page, opener: str) -> None:
    open_ticket(ada, 5)
    ada.click(f'[popovertarget="{opener}"]')
    ada.wait_for_timeout(500)

    results = Axe().run(ada)

    assert not results.response["violations"], results.generate_report()
