"""One person under two names: customers that were merged, and one pair that was parted again."""

from __future__ import annotations

from collections.abc import Iterator

from customers.actions.merge import merge_customers, unmerge_customers
from helpdesk.demo import cast
from helpdesk.demo.clock import Life
from helpdesk.demo.customers import Writer
from helpdesk.demo.scenes.forms import Filled, fill_in, send_automatic
from helpdesk.demo.scenes.stage import Stage, number_of, stranger

# who the form says they are, under which address the bank knows them, and what they wrote
PAIRS = (
    (stranger("Priya D.", "priya.d.private", "en"), "priyanka.desai@mail.example", 26, "My new private address",
     "Please note that I also read mail here. You know me as Dr Desai."),
    (stranger("Siyuan Chen", "chen.siyuan.work", "zh-hans"), "siyuan.chen@mail.example", 46, "工作邮箱变更",
     "以后请用这个邮箱联系我，之前的邮箱也还在用。陈思远"),
    (stranger("Trang Phạm", "trangpham.hn", "vi"), "trang.pham@mail.example", 13, "Tôi gửi lại từ email khác",
     "Tôi là Phạm Thu Trang, email kia bị đầy nên tôi viết từ địa chỉ này."),
)  # fmt: skip
STRANGERS = (
    stranger("陳怡君", "yichun.chen.taipei", "zh-hant"), "yichun.chen@mail.example", 62, "請問營業時間",
    "請問週六有營業嗎？我不是貴行的客戶。",
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, pair in enumerate(PAIRS):
        yield _merged(stage, *pair, key=f"same-person-{number}")
    yield _parted(stage, *STRANGERS)


def _merged(
    stage: Stage, who: Writer, known_as: str, hours: float, subject: str, text: str, *, key: str
) -> Life:
    yield stage.ago(hours)
    _write(stage, who, subject, text, key=key)
    yield stage.later(40)
    merge_customers(
        stage.customer(known_as).pk,
        absorbed_id=stage.customer(who.address).pk,
        actor=stage.desk.people["priya"],
    )


def _parted(stage: Stage, who: Writer, known_as: str, hours: float, subject: str, text: str) -> Life:
    """The same name, another person."""
    yield stage.ago(hours)
    _write(stage, who, subject, text, key="same-name")
    yield stage.later(20)
    actor = stage.desk.people["xiaomei"]
    merge = merge_customers(
        stage.customer(known_as).pk, absorbed_id=stage.customer(who.address).pk, actor=actor
    )
    yield stage.later(70)
    unmerge_customers(merge.pk, actor=actor)


def _write(stage: Stage, who: Writer, subject: str, text: str, *, key: str) -> None:
    ticket_id = number_of(fill_in(stage, Filled(who, 0, "question", subject, text), key=key))
    send_automatic(ticket_id)
    stage.give(ticket_id, "xiaomei" if who.language.startswith("zh") else "tuananh", team=cast.DIGITAL)
