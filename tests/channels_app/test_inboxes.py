"""Setting up inboxes, and who may look into the ledger."""

from __future__ import annotations

from typing import Any

import pytest
from auditlog.models import LogEntry

from accounts.models import User
from channels_app.actions.calls import replay
from channels_app.actions.inboxes import check_inbox, create_inbox, set_active, update_inbox
from channels_app.config_form import config_form
from channels_app.ingest import process
from channels_app.models import DeliveryAttempt, InboundCall, Inbox
from helpdesk.errors import ConflictError, DomainError, NotAllowedError, NotFoundError
from tests import make
from tests.channels_app.mails import arrive, inbox, mail
from tests.channels_app.providers import free_port, smtp_config, smtp_server
from tickets.models import Message

pytestmark = pytest.mark.django_db
IMAP = {"imap_host": "imap.bank.example", "imap_user": "support", "imap_password": "hunter2 secret"}


def made(eve: User, **config: Any) -> Inbox:
    return create_inbox(
        "email",
        config={**IMAP, **config},
        actor=make.actor(eve),
        name="Support",
        address="Support@Bank.example",
    )


def test_an_administrator_makes_an_inbox_and_its_secret_is_sealed(eve: User) -> None:
    box = made(eve)

    box.refresh_from_db()
    assert (box.address, box.config["imap_host"]) == ("support@bank.example", "imap.bank.example")
    assert "hunter2" not in f"{box.config}{box.sealed}"
    assert box.config["is_listening"] is True, "the form's own beginning"
    assert box.adapter.config["imap_password"] == "hunter2 secret"


@pytest.mark.parametrize("who", ["ada", "sam", "lou"])
def test_nobody_else_may_set_up_inboxes(request: pytest.FixtureRequest, who: str, eve: User) -> None:
    actor = make.actor(request.getfixturevalue(who))
    box = made(eve)

    with pytest.raises(NotAllowedError):
        create_inbox("email", config={}, actor=actor, name="X", address="x@bank.example")
    with pytest.raises(NotAllowedError):
        update_inbox(box.pk, actor=actor, name="Mine")
    with pytest.raises(NotAllowedError):
        set_active(box.pk, is_active=False, actor=actor)
    with pytest.raises(NotAllowedError):
        check_inbox(box.pk, actor=actor)


def test_an_empty_secret_stays_and_a_forgotten_one_goes(eve: User) -> None:
    box = made(eve)
    actor = make.actor(eve)

    box = update_inbox(box.pk, actor=actor, config={**IMAP, "imap_password": "", "imap_user": "other"})
    assert (box.adapter.config["imap_password"], box.config["imap_user"]) == ("hunter2 secret", "other")
    box = update_inbox(box.pk, actor=actor, forget=["imap_password"])
    assert "imap_password" not in box.adapter.config


@pytest.mark.parametrize("way", ["imap", "smtp"])
def test_a_stored_password_is_not_told_to_another_server(eve: User, way: str) -> None:
    box = made(eve, smtp_host="smtp.bank.example", smtp_password="hunter2 secret")
    another = {f"{way}_host": "imap.evil.example"}

    with pytest.raises(DomainError) as refused:
        update_inbox(box.pk, actor=make.actor(eve), config=another)
    assert (refused.value.field, refused.value.code) == (f"{way}_password", "secret_needed")
    update_inbox(box.pk, actor=make.actor(eve), config={f"{way}_host": ""})
    with pytest.raises(DomainError):
        update_inbox(box.pk, actor=make.actor(eve), config=another)

    update_inbox(box.pk, actor=make.actor(eve), config={**another, f"{way}_password": "a new one"})
    update_inbox(box.pk, actor=make.actor(eve), config={f"{way}_host": "x"}, forget=[f"{way}_password"])


def test_the_form_never_shows_a_stored_secret(eve: User) -> None:
    form = config_form("email", inbox=made(eve))

    html = form.as_p()
    assert "hunter2" not in html
    assert "imap.bank.example" in html
    assert "enter a new one to change it" in html


@pytest.mark.parametrize(
    ("fields", "config", "field"),
    [
        ({"address": "no address"}, {}, "address"),
        ({"name": " "}, {}, "name"),
        ({"time_zone": "Mars/Olympus"}, {}, "time_zone"),
        ({"hours": {"mon": [["9", "17:30"]]}}, {}, "hours"),
        ({"hours": {"mon": [["17:30", "08:00"]]}}, {}, "hours"),
        ({"hours": {"noday": []}}, {}, "hours"),
        ({}, {"imap_after": "move"}, "imap_move_to"),
        ({}, {"imap_host": "imap.x", "imap_user": ""}, "imap_user"),
        ({}, {"smtp_port": "70000"}, "smtp_port"),
    ],
)
def test_mistakes_name_the_field_and_keep_nothing(
    eve: User, fields: dict[str, Any], config: dict[str, Any], field: str
) -> None:
    given = {"name": "Support", "address": "support@bank.example", **fields}

    with pytest.raises(DomainError) as refused:
        create_inbox("email", config=config, actor=make.actor(eve), **given)

    assert refused.value.field == field
    assert not Inbox.objects.exists()


def test_an_address_belongs_to_one_inbox(eve: User) -> None:
    made(eve)
    with pytest.raises(ConflictError) as refused:
        made(eve)
    assert refused.value.field == "address"


def test_changes_are_in_the_audit_trail_without_secrets(eve: User) -> None:
    box = made(eve)
    update_inbox(box.pk, actor=make.actor(eve), name="Front desk")

    entries = LogEntry.objects.get_for_object(box)
    assert any("Front desk" in str(entry.changes) for entry in entries)
    assert not any("sealed" in entry.changes or box.sealed in str(entry.changes) for entry in entries)


def test_a_check_says_what_the_other_side_says(eve: User) -> None:
    actor = make.actor(eve)
    with smtp_server() as sink:
        box = create_inbox(
            "email", config=smtp_config(sink), actor=actor, name="Support", address="s@bank.example"
        )
        assert check_inbox(box.pk, actor=actor).last_error == ""
    with pytest.raises(DomainError, match="No connection"):
        check_inbox(box.pk, actor=actor)
    box.refresh_from_db()
    assert box.failing_since is not None
    assert "No connection" in box.last_error


def test_a_check_of_the_mailbox_says_what_is_wrong(eve: User) -> None:
    box = made(eve, imap_host="127.0.0.1", imap_port=free_port(), imap_security="none")

    with pytest.raises(DomainError, match="refused"):
        check_inbox(box.pk, actor=make.actor(eve))


@pytest.fixture
def calls(db: None) -> dict[str, InboundCall]:
    support = inbox(team=make.team("Support"))
    billing = inbox(address="billing@bank.example", team=make.team("Billing"))
    return {
        "support": arrive(support, mail(subject="Thẻ bị khóa")),
        "billing": arrive(billing, mail(sender="quan@mail.example", subject="Invoice")),
        "away": arrive(support, mail(subject="Out of office", Auto_Submitted="auto-replied")),
    }


def test_the_ledger_is_for_supervisors_of_the_team_and_administrators(
    calls: dict[str, InboundCall], ada: User, sam: User, eve: User
) -> None:
    seen = {user.username: set(InboundCall.objects.visible_to(user)) for user in (ada, sam, eve)}

    assert seen == {
        "ada": set(), "sam": {calls["support"], calls["away"]}, "eve": set(calls.values()),
    }  # fmt: skip


def test_the_ledger_is_searched(calls: dict[str, InboundCall]) -> None:
    ledger = InboundCall.objects
    billing = calls["billing"]

    assert list(ledger.search("quan@")) == [billing]
    assert list(ledger.search("invoice")) == [billing]
    assert billing in ledger.search(f"#{billing.ticket_id}")
    assert list(ledger.search(verdict="auto_reply")) == [calls["away"]]
    assert list(ledger.search(inbox=billing.inbox_id)) == [billing]
    assert list(ledger.search("nothing like it")) == []


def test_a_list_of_the_ledger_does_not_load_raw_mail(
    calls: dict[str, InboundCall], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        rows = [
            (call.inbox.name, call.get_verdict_display(), call.reason)
            for call in InboundCall.objects.for_list()
        ]
    assert len(rows) == 3


def test_a_replay_brings_nothing_twice(
    calls: dict[str, InboundCall], eve: User, django_capture_on_commit_callbacks: Any
) -> None:
    call = replay(calls["support"].pk, actor=make.actor(eve))
    assert call.state == "received"

    process(InboundCall.objects.get(pk=call.pk))

    call.refresh_from_db()
    assert (call.state, call.verdict) == ("done", "duplicate")
    assert call.ticket_id == calls["support"].ticket_id
    assert Message.objects.count() == 2


def test_a_replay_takes_what_failed_before(eve: User, monkeypatch: pytest.MonkeyPatch) -> None:
    box = inbox()
    with monkeypatch.context() as patch:
        patch.setattr("channels_app.ingest.receive", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            arrive(box, mail())
    call = InboundCall.objects.get()
    assert (call.verdict, call.attempts) == ("failed", 1)

    replay(call.pk, actor=make.actor(eve))
    process(InboundCall.objects.get())

    call.refresh_from_db()
    assert (call.state, call.verdict, call.error) == ("done", "ticketed", "")


def test_others_cannot_replay(calls: dict[str, InboundCall], ada: User, sam: User) -> None:
    for user, name in ((ada, "support"), (sam, "billing")):
        with pytest.raises(NotFoundError):
            replay(calls[name].pk, actor=make.actor(user))


def test_the_delivery_log_shows_only_visible_tickets(
    calls: dict[str, InboundCall], ada: User, ben: User, eve: User
) -> None:
    attempts = [
        DeliveryAttempt.objects.create(message=calls[name].message, inbox=calls[name].inbox)
        for name in ("support", "billing")
    ]

    seen = [list(DeliveryAttempt.objects.visible_to(user).order_by("pk")) for user in (ada, ben, eve)]

    assert seen == [attempts[:1], attempts[1:], attempts]
