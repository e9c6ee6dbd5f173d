"""The shared mails as cases: what each should say, compared with what was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from channels_app.adapters.email.html_text import html_to_text
from channels_app.adapters.email.loops import automatic_kind
from channels_app.adapters.email.parse import ParsedMail, parse_mail
from channels_app.adapters.email.trim import split_reply
from tests.channels_app.email.shared import DATA, load

MAIL = DATA / "mail"
BY_HAND = {
    "text_contains",
    "text_absent",
    "regular_attachments_count",
    "inline_images",
    "text_empty",
    "date",
    "references",
    "html_absent",
    "full_text_contains",
    "reply_contains",
    "reply_absent",
    "reply_starts_with",
    "html_text",
    "html_text_contains",
    "auto_reply",
    "bounce",
}
_UNNAMED = re.compile(r"^(file|document(\.\w+)?|[0-9a-f]{8}|Undelivered Message Headers.*)$")


@dataclass(frozen=True)
class Case:
    """One mail and the facts expected of it, by field."""

    id: str
    path: Path
    expect: dict[str, Any]


@lru_cache(maxsize=1024)
def parsed(path: Path) -> ParsedMail:
    return parse_mail(path.read_bytes())


def all_mails() -> list[Path]:
    return sorted(MAIL.rglob("*.eml"))


def cases() -> list[Case]:
    """Every case of every source in one normal form."""
    if not MAIL.is_dir():
        return []
    return [*_zammad(), *_stalwart(), *_listed(), *_by_hand()]


def _zammad() -> list[Case]:
    found = []
    for path in sorted((MAIL / "zammad").glob("*.json")):
        raw = load(f"mail/zammad/{path.name}")
        expect = {"sender": raw.get("from_email") or "", "subject": raw.get("subject") or ""}
        expect["name"] = raw.get("from_display_name")
        expect["files"] = [
            (file["filename"], file.get("sha256"))
            for file in raw.get("attachments", [])
            if not file.get("preferences", {}).get("original-format")
        ]
        if (raw.get("body_text") or "").strip() not in ("", "no visible content"):
            expect["body"] = raw["body_text"]
        found.append(Case(f"zammad/{path.stem}", path.with_suffix(".eml"), expect))
    return found


def _stalwart() -> list[Case]:
    found = []
    for raw in load("mail/stalwart/expect.json"):
        given, expect = raw["expect"], {}
        if given.get("from"):
            expect["sender"] = given["from"][0].get("address") or ""
            expect["name"] = given["from"][0].get("name")
        if given.get("to"):
            expect["to"] = [box["address"] for box in given["to"] if box.get("address")]
        expect |= {key: given[key] for key in ("subject", "date", "message_id") if key in given}
        if "attachments" in given:
            expect["files"] = [(file["filename"], None) for file in given["attachments"]]
        if given.get("text"):
            expect["body"] = " ".join(given["text"])
        found.append(Case(raw["id"], MAIL / "stalwart" / raw["file"], expect))
    return found


def _listed() -> list[Case]:
    found = []
    for raw in load("mail/php-imap_freescout_mail-gem.expect.json"):
        given, expect = raw["expect"], {}
        sender = given.get("from_mail") or given.get("from")
        if sender:
            expect["sender"] = sender[0] if isinstance(sender, list) else sender
        if given.get("to"):
            expect["to"] = given["to"] if isinstance(given["to"], list) else [given["to"]]
        if given.get("subject"):
            expect["subject"] = given["subject"]
        if given.get("message_id"):
            expect["message_id"] = given["message_id"]
        if given.get("text"):
            expect["body"] = given["text"]
        if "attachment_filenames" in given:
            expect["names"] = given["attachment_filenames"]
        if "attachments" in given or "attachments_count" in given:
            expect["count"] = given.get("attachments", given.get("attachments_count"))
        found.append(Case(raw["id"], MAIL / raw["file"], expect))
    return found


def _by_hand() -> list[Case]:
    found = []
    for folder in ("chatwoot", "redmine", "django-helpdesk"):
        for name, given in (load(f"mail/{folder}/expect.json") or {}).items():
            if name.startswith("_"):
                continue
            expect = {"subject": given["subject"]} if "subject" in given else {}
            if "from" in given:
                expect["sender"] = given["from"]
            if given.get("from_empty"):
                expect["sender"] = ""
            if "customer_name" in given:
                expect["name"] = given["customer_name"]
            attached = given.get("attachments", given.get("attachments_in_mail"))
            if isinstance(attached, list):
                expect["files"] = [(file["filename"], file.get("sha256")) for file in attached]
            elif attached is not None:
                expect["count"] = attached
            expect |= {key: given[key] for key in BY_HAND if key in given}
            if "text" in given:
                expect["body"] = given["text"]
            found.append(Case(f"{folder}/{name}", MAIL / folder / name, expect))
    return found


def wrong_fields(case: Case) -> dict[str, str]:
    """The fields that differ from the expectation, with what was read."""
    mail = parsed(case.path)
    wrong = {}
    for key, want in case.expect.items():
        got = _CHECKS[key](mail, want)
        if got is not None:
            wrong[key] = f"wanted {str(want)[:300]!r}, read {str(got)[:300]!r}"
    return wrong


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _sender(mail: ParsedMail, want: str) -> str | None:
    got = mail.from_.address or mail.from_.name
    if not want:
        return mail.from_.address or None
    return None if want.strip('"').lower() in (got.lower(), f"{mail.from_.name} <{got}>".lower()) else got


def _name(mail: ParsedMail, want: str | None) -> str | None:
    return None if not want or _squeeze(want) == _squeeze(mail.from_.name) else mail.from_.name


def _subject(mail: ParsedMail, want: str) -> str | None:
    return None if _squeeze(want) == _squeeze(mail.subject) else mail.subject


def _to(mail: ParsedMail, want: list[str]) -> str | None:
    got = [box.address for box in mail.to]
    return None if set(want) <= set(got) else str(got)


def _date(mail: ParsedMail, want: str) -> str | None:
    got = mail.date.isoformat() if mail.date else ""
    return None if mail.date == datetime.fromisoformat(want) else got


def _files(mail: ParsedMail, want: list[tuple[str | None, str | None]]) -> str | None:
    got = [(file.filename, sha256(file.content).hexdigest()) for file in mail.attachments]
    if len(got) != len(want):
        return str([name for name, _ in got])
    left = list(got)
    for name, digest in want:
        match = next((item for item in left if _same_file(item, name, digest)), None)
        if match is None:
            return str([name for name, _ in got])
        left.remove(match)
    return None


def _same_file(item: tuple[str, str], name: str | None, digest: str | None) -> bool:
    if digest and item[1] != digest:
        return False
    if name and "\ufffd" in name:  # their decoding failed at one character
        return bool(re.fullmatch(re.escape(name).replace("\ufffd", "."), item[0]))
    return name is None or bool(_UNNAMED.match(name)) or name in (item[0], item[0].removesuffix(".eml"))


def _names(mail: ParsedMail, want: list[str]) -> str | None:
    left = [(file.filename, "") for file in mail.attachments]
    missing = [name for name in want if not any(_same_file(item, name, None) for item in left)]
    return str([name for name, _ in left]) if missing else None


def _body(mail: ParsedMail, want: str) -> str | None:
    wanted = set(re.findall(r"\w+", want.lower()))
    got = set(re.findall(r"\w+", (mail.text + " " + re.sub(r"<[^>]*>", " ", mail.html)).lower()))
    share = len(wanted & got) / len(wanted) if wanted else 1.0
    return None if share >= 0.8 else mail.text[:200]


def _contains(mail: ParsedMail, want: list[str]) -> str | None:
    return None if all(_squeeze(item) in _squeeze(mail.text) for item in want) else mail.text[:200]


def _reply(mail: ParsedMail) -> str:
    return _squeeze(split_reply(mail.text).visible)


def _html_text(mail: ParsedMail, want: list[str]) -> str | None:
    got = _squeeze(html_to_text(mail.html))
    return None if all(_squeeze(item) in got for item in want) else got


_CHECKS: dict[str, Any] = {
    "sender": _sender,
    "name": _name,
    "subject": _subject,
    "to": _to,
    "date": _date,
    "message_id": lambda mail, want: None if mail.message_id == want else mail.message_id,
    "files": _files,
    "names": _names,
    "count": lambda mail, want: None if len(mail.attachments) == want else len(mail.attachments),
    "regular_attachments_count": lambda mail, want: (
        None if len(mail.regular_attachments) == want else len(mail.regular_attachments)
    ),
    "inline_images": lambda mail, want: (
        None if sum(file.is_inline for file in mail.attachments) == want else len(mail.attachments)
    ),
    "body": _body,
    "text_contains": _contains,
    "full_text_contains": _contains,
    "text_absent": lambda mail, want: next((item for item in want if item in mail.text), None),
    "text_empty": lambda mail, _want: mail.text.strip() or None,
    "reply_contains": lambda mail, want: None if all(item in _reply(mail) for item in want) else _reply(mail),
    "reply_absent": lambda mail, want: next((item for item in want if item in _reply(mail)), None),
    "reply_starts_with": lambda mail, want: None if _reply(mail).startswith(want.strip()) else _reply(mail),
    "html_text": lambda mail, want: _html_text(mail, [want]),
    "html_text_contains": _html_text,
    "auto_reply": lambda mail, want: (
        None if (automatic_kind(mail) == "auto-reply") == want else automatic_kind(mail)
    ),
    "bounce": lambda mail, want: None if (automatic_kind(mail) == "bounce") == want else automatic_kind(mail),
    "html_absent": lambda mail, _want: mail.html.strip() or None,
    "references": lambda mail, want: None if list(mail.references) == want else mail.references,
}
