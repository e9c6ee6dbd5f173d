"""Tickets that turn out to be two, or one, or to belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from helpdesk.demo import cast
from helpdesk.demo.clock import Life
from helpdesk.demo.customers import Writer
from helpdesk.demo.scenes.stage import Stage, stranger, writer
from tickets.actions.link import link
from tickets.actions.merge import merge, unmerge
from tickets.actions.note import add_note
from tickets.actions.open import open_ticket
from tickets.actions.split import split, unsplit
from tickets.actions.status import change_status
from tickets.models import Message, Operation


@dataclass(frozen=True)
class TwoMatters:
    """A conversation in which a second matter comes up: the mail is split off. `is_undone`: too hastily."""

    who: Writer
    agent: str
    hours: float
    subject: str
    text: str
    answer: str
    second: str
    second_subject: str
    second_answer: str = ""
    is_undone: bool = False


TWO_MATTERS = (
    TwoMatters(
        writer("Hannah Frost"), "linh", 33, "Foreign fee on a payment in pounds",
        "Hello, I paid in pounds with a pound account, card ending 5518, and was charged a foreign fee of $6.20. Why?",
        "Hello Hannah,\n\nthe shop sent the payment through a bank abroad. We have taken the fee back; it is on your account tonight.",
        "Thank you for the fee! Something else: my daughter turns 18 in May. Does her youth account end by itself, and does she keep the number?",
        "Youth account when my daughter turns 18",
        "Hello Hannah,\n\nit becomes an ordinary account on her birthday and keeps its number. She only has to sign once in the app.",
    ),
    TwoMatters(
        writer("Mai Phương Thảo"), "linh", 12, "Thẻ phụ cho mẹ tôi",
        "Tôi muốn làm thẻ phụ cho mẹ, hạn mức 5.000.000 đồng mỗi tháng. Mẹ tôi có phải đến chi nhánh không?",
        "Chào chị Thảo,\n\nDạ mẹ chị chỉ cần xác nhận bằng video trong ứng dụng. Em gửi liên kết vào email này nhé.",
        "Cảm ơn em. Nhân tiện, tháng này tôi bị trừ phí SMS hai lần, em xem giúp luôn nhé.",
        "Bị trừ phí SMS hai lần",
        "Chào chị Thảo,\n\nDạ đúng là trừ hai lần, em đã hoàn lại một khoản. Tối nay chị kiểm tra giúp em nhé.",
    ),
    TwoMatters(
        writer("孙浩然"), "xiaomei", 44, "信用卡账单日能否修改",
        "工资改到每月 15 号发，账单日能不能改到 20 号以后？",
        "孙先生您好，\n\n账单日可以改为每月 22 日，从下一期开始，请确认。",
        "确认。改了之后最后还款日是哪一天？", "最后还款日是哪一天？", is_undone=True,
    ),
)  # fmt: skip

OUTAGE = (
    ("en", writer("Ben Achterberg"), "App says “service unavailable”", "Since ten past eight the app only says “service unavailable”. Web works. Is it my phone?"),
    ("vi", writer("Đỗ Khánh Ly"), "Ứng dụng không vào được từ sáng", "Ứng dụng báo lỗi từ 8 giờ sáng đến giờ, em cần chuyển tiền nhà hôm nay."),
    ("zh-hans", writer("刘建国"), "手机银行打不开", "今天早上开始手机银行一直转圈，提示服务不可用。什么时候能恢复？"),
    ("zh-hant", writer("陳怡君"), "行動銀行無法登入", "早上八點多開始就登不進去，一直顯示服務中斷，請問多久會好？"),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, matters in enumerate(TWO_MATTERS):
        yield _two_matters(stage, matters, f"two-matters-{number}")
    yield _couple(stage)
    yield _merged_by_mistake(stage)
    yield _outage(stage)
    yield _written_twice(stage)


def _two_matters(stage: Stage, told: TwoMatters, key: str) -> Life:
    yield stage.ago(told.hours)
    ticket_id = stage.open(told.who, key=key, subject=told.subject, text=told.text)
    yield stage.later(4)
    stage.give(ticket_id, told.agent, team=cast.CARDS)
    yield stage.later(told.hours * 15)
    ours = yield from stage.answer(ticket_id, told.agent, told.answer)
    yield stage.later(told.hours * 15)
    second = stage.hear(told.who, ours, told.second, key=key).message
    assert second is not None  # noqa: S101  # it was just taken in
    yield stage.later(10)
    made = split(second.pk, actor=stage.actor(told.agent), subject=told.second_subject)
    yield stage.later(2)
    if told.is_undone:
        operation = Operation.objects.get(kind="split", other=made)
        unsplit(operation.pk, actor=stage.actor(told.agent))
        return
    stage.give(made.pk, told.agent, type="question")
    if told.second_answer:
        yield stage.later(20)
        yield from stage.answer(made.pk, told.agent, told.second_answer, status_after="pending")
        change_status(ticket_id, to="solved", actor=stage.actor(told.agent))


def _couple(stage: Stage) -> Life:
    """Husband and wife write about the same account: two customers, one ticket."""
    yield stage.ago(21)
    his = stage.open(
        stranger("歐陽國榮", "kwokwing", "zh-hant"), key="couple",
        subject="聯名信用卡附卡遺失", text="我太太的附卡在機場遺失了，卡號末四碼 7720，請先停卡。",
    )  # fmt: skip
    yield stage.later(5)
    stage.give(his, "xiaomei", team=cast.CARDS, type="problem", priority=4, tags="lost card")
    yield stage.later(14)
    hers = stage.open(
        stranger("區慧敏", "waiman.au", "zh-hant"), key="couple",
        subject="附卡遺失，請停卡並補發", text="我先生應該也寫信了。附卡末四碼 7720 遺失，請停卡，新卡請寄到公司。",
    )  # fmt: skip
    yield stage.later(6)
    stage.give(hers, "xiaomei", team=cast.CARDS, type="problem", priority=4, tags="card delivery")
    merge(hers, into_id=his, actor=stage.actor("xiaomei"))
    yield stage.later(8)
    yield from stage.answer(
        his, "xiaomei", "您好，\n\n附卡（末四碼 7720）已經停用，沒有新的消費。新卡三個工作天內寄到您指定的公司地址。",
        cc=[("歐陽國榮", "kwokwing@mail.example")],
    )  # fmt: skip


def _merged_by_mistake(stage: Stage) -> Life:
    """Two mails of one customer look alike and are not: the merge is taken back."""
    tom = writer("Tom Brannigan")
    yield stage.ago(16)
    first = stage.open(
        tom, key="mistake-1", subject="Refund from the airline",
        text="The airline says it refunded $412 to my card on the 3rd. I do not see it. Card ends 9034.",
    )  # fmt: skip
    stage.give(first, "priya", team=cast.CARDS)
    yield stage.later(50)
    second = stage.open(
        tom, key="mistake-2", subject="Refund from the hotel",
        text="And the hotel says the same: $180 back on the 5th, nothing here. This one went to the card ending 1127.",
    )  # fmt: skip
    stage.give(second, "priya", team=cast.CARDS)
    yield stage.later(20)
    operation = merge(second, into_id=first, actor=stage.actor("priya"))
    yield stage.later(4)
    unmerge(operation.pk, actor=stage.actor("priya"))
    link(first, other_id=second, kind="related", actor=stage.actor("priya"))
    add_note(
        first, actor=stage.actor("priya"), body="Two refunds on two cards: kept apart, each has its own case."
    )


def _outage(stage: Stage) -> Life:
    """One cause, many who write: each ticket hangs below the one that follows the cause."""
    yield stage.ago(6.5)
    made = open_ticket(
        inbox=None, actor=stage.actor("priya"), team=stage.desk.teams[cast.DIGITAL], type="problem", priority=4,
        customer=stage.customer("nam.vo@saomai.example"),
        subject="Outage: the app does not sign in, since 08:10",
        body="Sao Mai Logistics called, and Operations confirm: the sign-in service is down since 08:10. Everything about it goes below this ticket. Next word from Operations at 10:00.",
    )  # fmt: skip
    for number, (_language, who, subject, text) in enumerate(OUTAGE):
        yield stage.later(11)
        ticket_id = stage.open(who, key="outage", subject=subject, text=text)
        stage.give(ticket_id, ("priya", "tuananh", "xiaomei", "xiaomei")[number], team=cast.DIGITAL,
                   type="problem", priority=3, tags="app, outage")  # fmt: skip
        link(made.pk, other_id=ticket_id, kind="parent", actor=stage.actor("priya"))
    yield stage.later(30)
    add_note(made.pk, actor=stage.actor("priya"), mention_ids=[stage.desk.people["thuha"].pk],
             body="@Đặng Thu Hà four so far, and the phones ring. Do we put a notice on the site?")  # fmt: skip
    yield stage.later(15)
    add_note(made.pk, actor=stage.actor("thuha"), mention_ids=[stage.desk.people["priya"].pk],
             body="@Priya Nair yes, it is up. Please answer all four once Operations confirm, in one go.")  # fmt: skip


def _written_twice(stage: Stage) -> Life:
    """The same matter to both of our addresses: the second is marked a duplicate and done with."""
    li = writer("Tan Li Wen")
    text = "Please close my old savings account ending 3391 and move what is left to the new one."
    yield stage.ago(40)
    first = stage.open(li, key="twice-1", subject="Close my old savings account", text=text)
    stage.give(first, "amelia", team=cast.PREMIER, type="request")
    yield stage.later(25)
    second = stage.open(li, key="twice-2", inbox="corporate", subject="Old savings account", text=text)
    stage.give(second, "amelia", type="request")
    yield stage.later(30)
    link(second, other_id=first, kind="duplicate", actor=stage.actor("amelia"))
    change_status(second, to="solved", actor=stage.actor("amelia"))
    yield stage.later(60)
    yield from stage.answer(
        first,
        "amelia",
        "Dear Li Wen,\n\nthe old account is closed and 1,204.77 is on the new one.",
        is_seen=False,
    )
    newest = Message.objects.filter(ticket=first).latest("pk")
    yield stage.later(5)
    stage.hear(li, newest, "I see it. Thank you, Amelia.", key="twice-1")
    yield stage.later(5)
    change_status(first, to="solved", actor=stage.actor("amelia"))
