"""Every page: nothing for axe in light and dark, one heading, a title, a language, no sideways scroll."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page

from helpdesk.demo.cast import DOMAIN
from helpdesk.demo.cast import PASSWORD as DEMO_PASSWORD
from helpdesk.errors import DomainError
from tests.browser import pages
from tests.browser.bank import TOTP_SECRET
from tests.browser.conftest import serving
from tests.browser.pages import SENIOR, VISITOR, Visit

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Of all rules only these look at colours; the others find the same in either theme.
AXE = """async ([theme, rules]) => {
    const still = new CSSStyleSheet()  // or colours are caught half-way
    still.replaceSync("*, ::before, ::after { transition: none !important }")
    document.adoptedStyleSheets = [still]
    document.documentElement.dataset.bsTheme = theme
    const { violations } = await axe.run({ resultTypes: ["violations"], ...rules })
    const told = ({ id }, node) => `${id} (${theme}): ${node.html.slice(0, 160)} ${node.failureSummary}`
    return violations.flatMap((each) => each.nodes.map((node) => told(each, node)))
}"""
THEMES: tuple[tuple[str, dict[str, list[str]]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": ["color-contrast", "link-in-text-block"]}),
)
SIDEWAYS = """() => {
    const isWide = (each) => each.scrollWidth > each.clientWidth + 1
    const scrolls = (each) => /auto|scroll/.test(getComputedStyle(each).overflowX) && each.clientWidth
    const may = "pre, .table-responsive, .conv-props"  // by design
    const inside = [...document.querySelectorAll(`body *:not(${may})`)].filter(scrolls)
    const wide = [document.documentElement, ...inside].filter(isWide)
    return wide.map((each) => `wider than a phone: ${each.outerHTML.slice(0, 90)}`)
}"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, object]]]:
    """The address of the demo bank's desk, and the ids of what its pages are about."""
    with serving(tmp_path_factory.mktemp("bank"), "tests.browser.bank") as (url, told):
        yield url, json.loads(told.splitlines()[-1])


@pytest.fixture(scope="module")
def screen(chromium: Browser, bank: tuple[str, dict[str, object]]) -> Iterator[Callable[[str], Page]]:
    """Return somebody's screen. Each person has one, for all pages."""
    url, _ids = bank
    screens: dict[str, Page] = {}

    def of(who: str) -> Page:
        if who not in screens:
            context = chromium.new_context(base_url=url, viewport=DESKTOP)  # type: ignore[arg-type]
            context.set_default_timeout(60_000)  # a busy machine is slow, not wrong
            screens[who] = context.new_page()
            if who != VISITOR:
                sign_in(screens[who], who)
        return screens[who]

    yield of
    for page in screens.values():
        page.context.close()


@pytest.fixture
def look(bank: tuple[str, dict[str, object]], screen: Callable[[str], Page]) -> Callable[[Visit], Page]:
    """Go to a page and do what is to be done before looking."""

    def at(visit: Visit) -> Page:
        page = screen(visit.who)
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        response = page.goto(visit.path(bank[1]))
        assert response is not None
        if "/reauthenticate/" in page.url and not visit.name.endswith("reauthenticate"):
            pages.say_again(page)
        else:
            assert response.status == visit.status
        if visit.act:
            visit.act(page)
        return page

    return at


def sign_in(page: Page, who: str) -> None:
    page.goto("/account/login/")
    page.fill("[name=login]", f"{who}@{DOMAIN}")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main [type=submit]")
    if who == SENIOR:
        page.wait_for_url("**/2fa/authenticate/**")
        examine(page, "the second step")
        counter = next(iter(yield_hotp_counters_from_time()))
        page.fill("[name=code]", format_hotp_value(hotp_value(TOTP_SECRET, counter)))
        page.click("main [type=submit]")
    page.wait_for_url(lambda url: "/account/" not in url)


def examine(page: Page, what: str) -> None:
    """Find whatever is wrong with the page on show; leave it in the light theme, on a desktop."""
    wrong = (
        []
        if page.locator("h1").count() == 1
        else [f"{page.locator('h1').count()} headings of the first level"]
    )
    if not page.title().strip(" ·") or not page.locator("html").get_attribute("lang"):
        wrong.append("no title or no language")
    page.evaluate(Axe().axe_script)
    for theme_and_rules in THEMES:
        wrong += page.evaluate(AXE, theme_and_rules)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    wrong += page.evaluate(SIDEWAYS)
    assert not wrong, "\n".join([f"{what}, {page.url}", *wrong])


@pytest.mark.parametrize("visit", pages.VISITS, ids=str)
def test_page(look: Callable[[Visit], Page], visit: Visit) -> None:
    examine(look(visit), str(visit))


@pytest.mark.parametrize(
    "name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html", "error.html"]
)
def test_what_an_error_shows(screen: Callable[[str], Page], name: str) -> None:
    """Few of them can be had by asking, so they are put under an address of the desk, styles and all."""
    html = render_to_string(name, {"error": DomainError("This ticket is closed.")})
    page = screen(VISITOR)
    page.route(
        "**/an-error/", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
    )
    page.goto("/an-error/")

    examine(page, name)
