"""How the desk is set up: inboxes, questions, rules, views."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Team, User
from automation.models import RoutingRule
from channels_app import secrets
from channels_app.models import Inbox
from channels_app.registry import ADAPTERS
from helpdesk.demo import cast
from tickets.models import CustomField, SavedView, Tag

AUTO_REPLY = (
    "Hello {name},\n\nthank you for writing to Northquay Bank. Your message has the number {number}; "
    "a colleague answers within one working day. If your card is lost, the 24-hour card line is "
    "+44 20 7946 0100."
)
OFFICE_HOURS = {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@dataclass(frozen=True)
class Desk:
    """What the lives of tickets need to know."""

    people: dict[str, User]
    teams: dict[str, Team]
    inboxes: dict[str, Inbox]


def make(people: dict[str, User]) -> Desk:
    """Write the set-up."""
    teams = {team.name: team for team in Team.objects.all()}
    Team.objects.filter(name=cast.PREMIER).update(routing=Team.Routing.PULL)
    _fields()
    _rules(teams)
    _views(people, teams)
    Tag.objects.bulk_create([Tag(name=name) for name in ("vip", "waiting for branch")])
    return Desk(people, teams, _inboxes(teams))


def _inboxes(teams: dict[str, Team]) -> dict[str, Inbox]:
    inboxes = {
        "email": Inbox(
            name="Northquay Bank",
            channel="email",
            address=cast.SUPPORT,
            team=teams[cast.CARDS],
            language="en",
            signature="Northquay Bank customer care\nAnswer this mail and it comes straight back to us.",
            auto_reply=AUTO_REPLY,
            hours=OFFICE_HOURS,
            time_zone="Asia/Singapore",
            config={"is_listening": True, "is_plus_addressing": True},
        ),
        "form": Inbox(name="Contact form", channel="form", team=teams[cast.DIGITAL], language="en"),
        "api": Inbox(
            name="Branch terminals",
            channel="api",
            team=teams[cast.LENDING],
            language="vi",
            sealed=secrets.seal({"signing_key": "branch-terminals-demo-key"}),
        ),
    }
    for inbox in inboxes.values():
        if inbox.channel in ADAPTERS:
            inbox.save()
    return {name: inbox for name, inbox in inboxes.items() if inbox.pk}


def _fields() -> None:
    CustomField.objects.bulk_create(
        [
            CustomField(key="product", label="Product", kind="choice", position=1,
                        choices=["Debit card", "Credit card", "Account", "Mortgage", "Loan", "App"]),
            CustomField(key="case_number", label="Case number", kind="text", position=2, types=["problem"]),
            CustomField(key="amount", label="Amount", kind="number", position=3,
                        types=["problem", "complaint"]),
            CustomField(key="root_cause", label="Root cause", kind="choice", position=4, types=["complaint"],
                        choices=["Our mistake", "Partner", "Misunderstanding"], is_required_to_solve=True),
            CustomField(key="identity_checked", label="Identity checked", kind="checkbox", position=5),
            CustomField(key="callback_on", label="Call back on", kind="date", position=6),
        ]
    )  # fmt: skip


def _leaf(field: str, op: str, value: object = None) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def _rules(teams: dict[str, Team]) -> None:
    """The customer's relationship first, then what the words of the subject say."""
    words = {
        cast.LENDING: ("mortgage", "loan", "vay", "房贷", "房貸", "贷款", "貸款", "lãi suất"),
        cast.DIGITAL: ("app", "code", "OTP", "phone", "điện thoại", "手机", "手機", "登录", "登入", "验证码"),
    }
    rules = [
        RoutingRule(
            name="Corporate customers",
            team=teams[cast.PREMIER],
            position=1,
            conditions={"all": [_leaf("customer.segment", "is", "corporate")]},
        )
    ]
    for position, (name, keys) in enumerate(words.items(), 2):
        any_word = {"any": [_leaf("subject", "contains", key) for key in keys]}
        rules.append(
            RoutingRule(name=f"{name}, by subject", team=teams[name], position=position, conditions=any_word)
        )
    RoutingRule.objects.bulk_create(rules)


def _views(people: dict[str, User], teams: dict[str, Team]) -> None:
    unresolved = _leaf("status", "in", ["new", "open", "pending", "on_hold"])
    SavedView.objects.bulk_create(
        [
            SavedView(name="Complaints", owner=people["mara"], is_shared=True, position=1, order="oldest",
                      conditions={"all": [unresolved, _leaf("type", "is", "complaint")]}),
            SavedView(name="Chinese, unanswered", owner=people["thuha"], is_shared=True, position=2,
                      order="oldest",
                      conditions={"all": [unresolved, _leaf("language", "in", ["zh-hans", "zh-hant"]),
                                          _leaf("waiting_since", "is_set")]}),
            SavedView(name="Fraud and lost cards", owner=people["thuha"], team=teams[cast.CARDS],
                      is_shared=True, position=3, order="priority",
                      conditions={"all": [unresolved, _leaf("tags", "in", ["fraud", "lost card"])]}),
            SavedView(name="My waiting customers", owner=people["linh"], position=4, order="oldest",
                      conditions={"all": [_leaf("assignee", "is", "me"),
                                          _leaf("last_message.kind", "is", "in"), unresolved]}),
        ]
    )  # fmt: skip
