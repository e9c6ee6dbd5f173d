"""Every mail of the shared data is taken and says what it should."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.channels_app.email.mail_cases import MAIL, Case, all_mails, cases, parsed, wrong_fields
from tests.channels_app.email.shared import needs_shared, printed, share

pytestmark = needs_shared

# case and field -> why ours reads otherwise
JUDGED = {
    ("zammad/mail021", "body"): "words broken by tags: ours keeps a space between the pieces",
    ("zammad/mail025", "files"): "a uuencoded file in the text becomes an attachment",
    ("zammad/mail025", "body"): "the uuencoded lines leave the text",
    ("zammad/mail065", "name"): "their name is cut at a comma inside an encoded word",
    ("zammad/mail085", "files"): "the second HTML part without a name is text of the mail (Apple Mail)",
    ("zammad/mail087", "sender"): "quirk named in the README: malformed address kept whole",
    ("zammad/mail087", "name"): "quirk named in the README: malformed address kept whole",
    ("zammad/mail093", "body"): "their spaces stand elsewhere; Japanese has no word breaks to compare",
    ("stalwart/malformed/012", "files"): "three attached messages are there; the expectation misses one",
    ("stalwart/malformed/020", "body"): "the truncated boundary splits the alternatives: HTML is read",
    ("php-imap/issue-414.eml#testIssueEmail", "names"): "a path loses its folders, not only its slashes",
    ("chatwoot/mail_with_html_part_no_html_content.eml", "html_absent"): "there is HTML: a picture inside",
}


@pytest.mark.parametrize("path", all_mails(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_mail_is_taken_and_can_be_stored(path: Path) -> None:
    mail = parsed(path)
    words = [mail.subject, mail.text, mail.html, mail.from_.name, mail.from_.address, mail.message_id]
    for text in words + [file.filename for file in mail.attachments]:
        assert "\0" not in text
        text.encode("utf-8")
    assert mail.size == path.stat().st_size
    assert all(file.filename for file in mail.attachments)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_mail_says_what_it_should(case: Case) -> None:
    wrong = wrong_fields(case)
    assert {key: text for key, text in wrong.items() if (case.id, key) not in JUDGED} == {}
    stale = [key for (name, key) in JUDGED if name == case.id and key not in wrong]
    assert not stale, "judged differently, but it passes: take it off the list"


def test_the_shares_of_the_shared_mails(capsys: pytest.CaptureFixture[str]) -> None:
    total: Counter[str] = Counter()
    good: Counter[str] = Counter()
    failed: dict[str, list[str]] = {}
    for case in cases():
        wrong = wrong_fields(case)
        for key in case.expect:
            group = "files" if key in ("files", "names", "count", "regular_attachments_count") else key
            total[group] += 1
            good[group] += key not in wrong
            if key in wrong:
                failed.setdefault(group, []).append(case.id)
    with printed(capsys) as show:
        show(f"\nmails taken: {len(all_mails())} of {len(list(MAIL.rglob('*.eml')))}")
        for group in ("sender", "subject", "files", "body", "date"):
            show(share(group, good[group], total[group], failed.get(group, [])))
    for group, least in (("sender", 0.98), ("subject", 0.98), ("files", 0.97)):
        judged = sum(1 for name in failed.get(group, []) if _is_judged(name, group))
        assert good[group] >= least * (total[group] - judged)


def _is_judged(name: str, group: str) -> bool:
    keys = ("files", "names") if group == "files" else (group,)
    return any((name, key) in JUDGED for key in keys)
