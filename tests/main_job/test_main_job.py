"""The main job, whole and real: a mail comes in, an agent answers in the browser, the answer goes out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.main_job.servers import (
    MAILBOX,
    PASSWORD,
    ROOT,
    Desk,
    Sink,
    free_port,
    mail_servers,
    send,
    visible_words,
)

pytestmark = [pytest.mark.browser, pytest.mark.mail]

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
SUPPORT = "support@northquay.example"
IN_TIME = 40_000  # milliseconds; a mailbox is looked into every few seconds


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def first_mail(subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Odile Marchand <odile@mail.example>"
    mail["To"] = SUPPORT
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain="mail.example")
    mail.set_content(text)
    return mail


def answer_to(mail: EmailMessage, text: str) -> EmailMessage:
    """What a mail program makes of Reply."""
    answer = first_mail(f"Re: {mail['Subject'].removeprefix('Re: ')}", f"{text}\n\n> {visible_words(mail)}\n")
    answer["In-Reply-To"] = mail["Message-ID"]
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    return answer


def sign_in(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}/account/login/")
    page.fill("input[name=login]", "linh@northquay.example")
    page.fill("input[name=password]", "northquay demo")
    page.click("button[type=submit]")
    page.wait_for_url(f"{desk.url}/")
    page.wait_for_load_state("networkidle")


def do_the_job(page: Page, desk: Desk, *, mail_port: int, mailbox: str, sink: Sink) -> None:
    sign_in(page, desk)
    page.evaluate("window.neverReloaded = true")
    subject = f"My card {uuid.uuid4().hex[:8]} was swallowed"
    queue = page.locator(".queue-list")

    send(first_mail(subject, "The machine kept my card. What now?"), port=mail_port, to=mailbox)
    row = queue.get_by_text(subject)
    expect(row).to_be_visible(timeout=IN_TIME)
    row.click()
    heading = page.get_by_role("heading", name=subject)
    expect(heading).to_be_visible()
    conversation = page.locator("#conversation")
    expect(conversation.get_by_text("The machine kept my card.").first).to_be_visible()

    composer = page.locator(".composer textarea").first
    composer.fill("Hello Odile, a new card is on its way to you.")
    composer.press("Control+Enter")
    expect(conversation.get_by_text("a new card is on its way").first).to_be_visible()
    went_out = sink.wait_for(lambda mail: "a new card is on its way" in visible_words(mail), seconds=60)
    assert "odile@mail.example" in str(went_out["To"])
    assert went_out["In-Reply-To"]
    assert subject in went_out["Subject"]

    send(answer_to(went_out, "Thank you, that is quick."), port=mail_port, to=mailbox)
    expect(conversation.get_by_text("Thank you, that is quick.").first).to_be_visible(timeout=IN_TIME)
    assert page.evaluate("window.neverReloaded") is True, "the page was loaded again"
    expect(heading).to_be_visible()


def test_with_a_real_mailbox_and_a_real_mail_server(page: Page, tmp_path: Path) -> None:
    script = ROOT / ".ci" / "mail-servers"
    if os.geteuid() != 0:
        pytest.skip("dovecot and postfix need root")
    with mail_servers(script) as base, Sink(base + 26) as sink:
        account = f"{MAILBOX.replace('@', '%40')}:{PASSWORD}@127.0.0.1"
        with Desk(
            tmp_path,
            DEMO_IMAP_URL=f"imap://{account}:{base + 143}",
            DEMO_SMTP_URL=f"smtp://{account}:{base + 587}",
        ) as desk:
            do_the_job(page, desk, mail_port=base + 587, mailbox=MAILBOX, sink=sink)


def test_with_nothing_but_the_desk(page: Page, tmp_path: Path) -> None:
    port = free_port()
    with Sink(port) as sink, Desk(tmp_path, DEMO_SMTP_URL=f"smtp://127.0.0.1:{port}") as desk:
        listener = int(desk.variables["LISTEN_SMTP_PORT"])
        do_the_job(page, desk, mail_port=listener, mailbox=SUPPORT, sink=sink)
