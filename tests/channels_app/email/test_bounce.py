"""Reports of mail systems: what is one, for whom, and what is none."""

# ruff: noqa: E501 - samples of mail are kept on their own lines; wide characters count double

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.adapters.email.bounce import read_report
from tests.channels_app.email.bounce_cases import cases, report, wanted_kinds
from tests.channels_app.email.mail_cases import MAIL, all_mails
from tests.channels_app.email.shared import needs_shared, printed, share

JUDGED = {
    "sisimai/lhost-fml-02": "a mailing list says 'you are not member': no mail system, no failed recipient",
}
# mails of the shared collections that are reports
REPORTS = {
    "auto_reply.eml",
    "bounced_with_no_from.eml",
    "report_530.eml",
    "mail033-undelivered-mail-returned-to-sender.eml",
    "mail053.eml",
    "mail055.eml",
    "mail063.eml",
}

DSN = b"""From: MAILER-DAEMON@mx.bank.example (Mail Delivery System)
To: help@bank.example
Subject: %(subject)s
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.bank.example

Final-Recipient: rfc822; Lan@Example.vn
Action: %(action)s
Status: %(status)s
Diagnostic-Code: smtp; %(diagnostic)s

--b
Content-Type: text/rfc822-headers

Message-ID: <m1.t2.abc@bank.example>
Subject: hi

--b--
"""


def dsn(action: bytes, status: bytes, diagnostic: bytes = b"x", subject: bytes = b"Report") -> bytes:
    return DSN % {b"action": action, b"status": status, b"diagnostic": diagnostic, b"subject": subject}


def test_a_bounce_names_recipient_code_and_our_mail() -> None:
    found = read_report(dsn(b"failed", b"5.1.1", b"550 5.1.1 <lan@example.vn> User unknown"))
    assert (found.kind, found.recipients, found.status) == ("bounce", ("lan@example.vn",), "5.1.1")
    assert (found.smtp_reply, found.original_ids) == ("550", ("m1.t2.abc@bank.example",))
    assert found.is_permanent
    assert found.failures[0].is_address_bad


def test_a_full_mailbox_does_not_condemn_the_address() -> None:
    found = read_report(dsn(b"failed", b"5.2.2", b"552 5.2.2 mailbox full"))
    assert found.kind == "bounce"
    assert not found.failures[0].is_address_bad


def test_a_block_for_spam_does_not_condemn_the_address() -> None:
    found = read_report(dsn(b"failed", b"5.1.1", b"550 5.1.1 blocked by spam policy"))
    assert not found.failures[0].is_address_bad


def test_delay_success_and_expiry_are_told_apart() -> None:
    assert read_report(dsn(b"delayed", b"4.4.1")).kind == "delay"
    assert read_report(dsn(b"delivered", b"2.0.0")).kind == "success"
    expired = read_report(dsn(b"failed", b"4.4.7"))
    assert (expired.kind, expired.is_permanent) == ("bounce", False)


def test_a_vietnamese_bounce_without_a_format_is_noticed() -> None:
    raw = (
        "From: Mail Delivery <postmaster@mail.example.vn>\nTo: help@bank.example\n"
        "Subject: Thư không gửi được: Thẻ của quý khách\nContent-Type: text/plain; charset=utf-8\n\n"
        "Không thể gửi thư đến <lan@example.vn>: 550 5.1.1 Địa chỉ không tồn tại\n"
    ).encode()
    found = read_report(raw)
    assert (found.kind, found.recipients, found.status) == ("bounce", ("lan@example.vn",), "5.1.1")


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Giao dịch bị từ chối", "Thẻ của tôi bị từ chối, mã lỗi 550. The payment was rejected."),
        ("My mail was returned", "I could not reach you. Please call me."),
        ("Delivery of my new card", "The card could not be delivered, nobody was home."),
        ("Fwd: failure", "see: <a@b.example>: 550 5.1.1 User unknown"),
        ("退信", "我的信用卡账单被退信了，请更新地址"),
    ],
)
def test_a_customer_who_complains_is_no_bounce(subject: str, body: str) -> None:
    raw = f"From: Lan <lan@example.vn>\nTo: help@bank.example\nSubject: {subject}\n\n{body}\n".encode()
    assert read_report(raw).kind == ""


def test_a_vacation_note_and_an_abuse_report_are_no_bounces() -> None:
    away = b"From: lan@example.vn\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am away, mail was not delivered."
    assert read_report(away).kind == "auto-reply"
    arf = (
        b"From: fbl@isp.example\nSubject: complaint\n"
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nspam\n--b\n"
        b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: lan@example.vn\n\n--b--\n"
    )
    found = read_report(arf)
    assert (found.kind, found.feedback_type, found.recipients) == ("feedback", "abuse", ("lan@example.vn",))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["From: MAILER-DAEMON@x.y\n", "Subject: failure notice\n", "\n", "550 5.1.1 user unknown <a@b.cd>\n", "Action: failed\n",
             "Content-Type: multipart/report; boundary=b\n", "--b\n", "Content-Type: message/delivery-status\n", "Message-ID: <a@b>\n",
             "Final-Recipient: rfc822; a@b.cd\n", "Return-Path: <>\n", "Status: 9.9.9\n", "\x00\n", "--b--\n", "Content-Type: message/rfc822\n"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_any_mix_of_report_lines_is_read(lines: list[str]) -> None:
    found = read_report("".join(lines).encode())
    assert found.kind in ("", "bounce", "delay", "auto-reply", "feedback", "success", "receipt")


@needs_shared
@pytest.mark.parametrize("case", cases("mailman") + cases("sisimai"), ids=lambda case: case["id"])
def test_a_shared_report_is_told_what_it_is(case: dict[str, Any]) -> None:
    if case["id"] in JUDGED:
        assert report(case["file"]).kind not in wanted_kinds(case), "it passes: take it off the list"
        return
    found = report(case["file"])
    assert found.kind in wanted_kinds(case)
    wanted = {address.lower() for address in case["expect"].get("failed_recipients", [])}
    if wanted:
        assert set(found.recipients) == wanted


@needs_shared
@pytest.mark.parametrize("path", all_mails(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_ordinary_shared_mail_is_no_report(path: Any) -> None:
    assert bool(read_report(path.read_bytes()).kind) == (path.name in REPORTS)


@needs_shared
def test_the_shares_of_the_shared_reports(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for source in ("mailman", "sisimai"):
        found = cases(source)
        failed = [case["id"] for case in found if report(case["file"]).kind not in wanted_kinds(case)]
        lines.append(share(f"reports of {source}", len(found) - len(failed), len(found), failed))
    bounces = [case for case in cases("sisimai") if wanted_kinds(case) == ("bounce", "delay")]
    noticed = sum(report(case["file"]).kind in ("bounce", "delay") for case in bounces)
    codes = sum(
        report(case["file"]).smtp_reply == case["expect"]["bounces"][0]["smtp_reply"] for case in bounces
    )
    with printed(capsys) as show:
        for line in lines:
            show(line)
        show(f"sisimai bounces noticed: {noticed} of {len(bounces)}; SMTP reply as expected: {codes}")
    assert noticed >= 66 / 69 * len(bounces)
    assert MAIL.is_dir()
