"""The database and the memory answer every question alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Team, User
from channels_app.models import Inbox
from customers.models import Company, Customer
from tests import make
from tickets import conditions
from tickets.models import NEVER, Event, Message, Tag, Ticket

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TEXTS = [
    "",
    "Card blocked",
    "THẺ BỊ KHOÁ",
    "thẻ bị khoá",
    "50% off_now",
    r"a\b",
    "退款申请",
    "Straßе (x)",
    "a.c",
]
WORDS = ["card", "CARD", "thẻ", "KHOÁ", "%", "_", "\\", "退款", "(x", ".", "a", "o"]
TIMES = [
    NOW - timedelta(days=9),
    NOW - timedelta(hours=2),
    NOW,
    NOW + timedelta(hours=2),
    NOW + timedelta(days=9),
]
ANSWERS: list[dict[str, Any]] = [
    {}, {"note": ""}, {"note": None, "amount": None, "paid": None, "tier": None, "on": None},
    {"note": "Card blocked", "amount": 5, "tier": "gold", "paid": True, "on": "2026-03-01"},
    {"note": "thẻ", "amount": 5.5, "tier": "silver", "paid": False, "on": "2026-04-01"},
    {"note": 5, "amount": "7", "tier": True, "paid": "true", "on": 3},
    {"note": "CARD", "amount": -1, "tier": "", "on": "2025-12-31"},
]  # fmt: skip
ANSWERED = ("note", "amount", "tier", "paid", "on", "never")
DAYS = ["2026-03-01", "2026-01-01"]


@pytest.fixture
def tickets(ada: User, ben: User) -> list[Ticket]:
    """Thirty-five tickets that differ in everything that can be asked."""
    inboxes = [make.inbox(team=make.team("Support")), make.inbox("form", team=make.team("Billing"))]
    companies = [None, Company.objects.create(name="Quay"), Company.objects.create(name="Mill")]
    customers = [
        Customer.objects.create(
            name=f"C {n}",
            segment=["individual", "corporate"][n % 2],
            company=companies[n % 3],
            owner=[None, ada, ben][n % 3],
            attributes=attributes,
        )
        for n, attributes in enumerate(ANSWERS)
    ]
    tags = [Tag.objects.create(name=name) for name in ("card", "vip", "late")]
    made = []
    shapes = product(["new", "open", "pending", "solved", "closed"], range(7))
    for n, (status, k) in enumerate(shapes):
        ticket = Ticket.objects.create(
            status=status,
            type=["question", "problem", "complaint"][n % 3],
            priority=1 + n % 4,
            subject=TEXTS[n % len(TEXTS)],
            team=[None, make.team("Support"), make.team("Billing")][n % 3],
            assignee=[None, ada, ben, ada][n % 4],
            customer=customers[k],
            inbox=[None, *inboxes][n % 3],
            channel=["", "api", "form"][n % 3],
            language=["", "en", "vi", "zh-hans"][n % 4],
            custom=ANSWERS[(n * 5) % 7],
            is_spam=n % 7 == 0,
            next_due_at=[NEVER, *TIMES][n % 6],
            snoozed_until=[None, None, *TIMES][n % 7],
            waiting_since=[None, *TIMES][(n * 3) % 6],
            solved_at=[None, *TIMES][(n * 2) % 6],
            created_at=TIMES[n % 5],
            updated_at=TIMES[(n * 2) % 5],
            last_message_at=TIMES[(n * 3) % 5],
            last_message_kind=["", "in", "out", "note"][n % 4],
        )
        if n % 5:
            message = Message.objects.create(
                ticket=ticket, kind="in", body=TEXTS[(n * 2) % len(TEXTS)], is_automatic=n % 3 == 0
            )
            Ticket.objects.filter(pk=ticket.pk).update(last_message_id=message.pk)
        ticket.tags.set(tags[: n % 4])
        ticket.followers.set([ada, ben][: n % 3])
        if n % 4 == 0:
            for _twice in range(2):
                Event.objects.create(ticket=ticket, kind="ticket.reopened", actor_kind="customer")
        made.append(ticket.pk)
    return list(Ticket.objects.filter(pk__in=made).select_related("customer"))


def leaf(field: str, op: str, value: SearchStrategy[Any] | None = None) -> SearchStrategy[Any]:
    fixed = {"field": st.just(field), "op": st.just(op)}
    return st.fixed_dictionaries(fixed if value is None else {**fixed, "value": value})


def equal(field: str, values: list[Any]) -> list[SearchStrategy[Any]]:
    one, many = st.sampled_from(values), st.lists(st.sampled_from(values), min_size=1, max_size=3)
    return [leaf(field, op, one) for op in ("is", "is_not")] + [
        leaf(field, op, many) for op in ("in", "not_in")
    ]


def present(field: str) -> list[SearchStrategy[Any]]:
    return [leaf(field, "is_set"), leaf(field, "is_empty")]


def wording(field: str, values: list[str]) -> list[SearchStrategy[Any]]:
    words = st.sampled_from(values)
    return [leaf(field, op, words) for op in ("contains", "not_contains", "starts_with")]


def moments(field: str) -> list[SearchStrategy[Any]]:
    when = st.sampled_from([each.isoformat() for each in TIMES] + ["2026-03-10"])
    spans = st.sampled_from([{"hours": 0}, {"hours": 2}, {"hours": 3.5}, {"days": 9}, {"minutes": 1}])
    return [
        *(leaf(field, op, when) for op in ("before", "after")),
        *(leaf(field, op, spans) for op in ("within", "older_than")),
        *present(field),
    ]


def questions() -> SearchStrategy[Any]:
    people = ["@ada", "@ben", "me", 2**40]
    leaves = [
        *equal("status", ["new", "open", "solved", "none"]), *present("status"),
        *equal("type", ["question", "problem"]),
        *equal("priority", ["low", "normal", "high", "urgent"]),
        *(leaf("priority", op, st.sampled_from(["low", "normal", "urgent"])) for op in ("greater", "less")),
        *equal("team", ["@Support", "@Billing", 2**40]), *present("team"),
        *(part for field in ("assignee", "follower", "customer.owner") for part in equal(field, people)),
        *(part for field in ("assignee", "follower", "customer.owner") for part in present(field)),
        *equal("tags", ["card", "vip", "none"]), *present("tags"),
        *equal("channel", ["api", "form"]), *present("channel"),
        *equal("inbox", ["@api", "@form"]), *present("inbox"),
        *equal("language", ["en", "vi"]), *present("language"),
        *equal("subject", TEXTS), *wording("subject", WORDS), *present("subject"),
        *wording("last_message.text", WORDS), *equal("last_message.text", TEXTS),
        *present("last_message.text"),
        *equal("last_message.kind", ["in", "out"]), *present("last_message.kind"),
        *(leaf(field, op, st.booleans()) for field in ("is_spam", "is_reopened", "last_message.is_automatic")
          for op in ("is", "is_not")),
        *(part for field in ("created_at", "updated_at", "last_message_at", "waiting_since", "due_at",
                             "snoozed_until", "solved_at") for part in moments(field)),
        *equal("customer.segment", ["individual", "corporate"]),
        *equal("customer.company", ["@Quay", "@Mill"]), *present("customer.company"),
        *(part for prefix in ("custom.", "customer.attributes.") for part in answers(prefix)),
    ]  # fmt: skip
    return st.one_of(leaves)


def answers(prefix: str) -> list[SearchStrategy[Any]]:
    return [
        *(part for key in ANSWERED for part in present(prefix + key)),
        *equal(prefix + "note", ["", "Card blocked", "thẻ"]), *wording(prefix + "note", WORDS),
        *equal(prefix + "tier", ["gold", "silver"]),
        *equal(prefix + "amount", [5, 5.5, 0]),
        *(leaf(prefix + "amount", op, st.sampled_from([5, 0, 5.2])) for op in ("greater", "less")),
        *(leaf(prefix + "paid", op, st.booleans()) for op in ("is", "is_not")),
        *(leaf(prefix + "on", op, st.sampled_from(DAYS)) for op in ("before", "after")),
    ]  # fmt: skip


def trees() -> SearchStrategy[Any]:
    return st.recursive(
        questions(),
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=6,
    ).filter(lambda tree: depth(tree) <= 6)


def depth(tree: Any) -> int:
    if "field" in tree:
        return 1
    inner = next(iter(tree.values()))
    return 1 + max((depth(each) for each in (inner if isinstance(inner, list) else [inner])), default=0)


def named(tree: Any, ids: dict[str, int]) -> Any:
    """Put ids in place of "@name": they differ from run to run."""
    if isinstance(tree, dict):
        return {key: named(value, ids) for key, value in tree.items()}
    if isinstance(tree, list):
        return [named(each, ids) for each in tree]
    return ids.get(tree.lower(), tree) if isinstance(tree, str) and tree.startswith("@") else tree


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tree=trees(), as_agent=st.booleans())
def test_a_queryset_and_one_ticket_at_hand_agree(
    ada: User, tickets: list[Ticket], tree: dict[str, Any], *, as_agent: bool
) -> None:
    agent = ada if as_agent else None
    rows = [row for model in (User, Team, Company, Inbox) for row in model.objects.all()]
    tree = named(tree, {f"@{row.name.split()[0].lower()}": row.pk for row in rows})

    listed = list(
        Ticket.objects.filter(conditions.compile(tree, agent, NOW))
        .order_by("pk")
        .values_list("pk", flat=True)
    )

    assert listed == sorted(each.pk for each in tickets if conditions.matches(tree, each, agent, NOW))
