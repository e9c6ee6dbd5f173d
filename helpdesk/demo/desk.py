"""How the desk is set up: questions, rules, views."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Team, User
from automation.models import RoutingRule
from channels_app.models import Inbox
from helpdesk.demo import cast, inboxes
from tickets.actions.views import save_view
from tickets.actor import Actor
from tickets.models import CustomField, Tag


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
    return Desk(people, teams, inboxes.make(people, teams))


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
    """Each is saved by its owner: shared with everybody, with a team, or with nobody."""
    unresolved = _leaf("status", "in", ["new", "open", "pending", "on_hold"])
    chinese = _leaf("language", "in", ["zh-hans", "zh-hant"])
    is_mine, is_asked = _leaf("assignee", "is", "me"), _leaf("last_message.kind", "is", "in")
    everybody = None
    views: list[tuple[str, str, str | None, str, list[dict[str, object]]]] = [
        ("Complaints", "mara", everybody, "oldest", [_leaf("type", "is", "complaint")]),
        ("Chinese, unanswered", "mara", everybody, "oldest", [chinese, _leaf("waiting_since", "is_set")]),
        ("Fraud and lost cards", "thuha", cast.CARDS, "priority",
         [_leaf("tags", "in", ["fraud", "lost card"])]),
        ("From the contact form", "thuha", cast.DIGITAL, "due", [_leaf("channel", "is", "form")]),
        ("From the branches", "sofia", cast.LENDING, "due", [_leaf("channel", "is", "api")]),
        ("Corporate customers", "amelia", cast.PREMIER, "priority",
         [_leaf("customer.segment", "is", "corporate")]),
    ]  # fmt: skip
    for position, (name, owner, team, order, conditions) in enumerate(views, 1):
        save_view(
            actor=Actor.of(people[owner]),
            name=name,
            conditions={"all": [unresolved, *conditions]},
            order=order,
            is_shared=True,
            team=teams[team] if team else None,
            position=position,
        )
    save_view(
        actor=Actor.of(people["linh"]),
        name="My waiting customers",
        conditions={"all": [is_mine, is_asked, unresolved]},
        order="oldest",
        position=len(views) + 1,
    )
