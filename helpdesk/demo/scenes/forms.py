"""What people write on the bank's contact form, and one program that fills in every field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels_app.contract import Request
from channels_app.deliver import deliver
from channels_app.models import InboundCall
from helpdesk.demo import files
from helpdesk.demo.clock import Life
from helpdesk.demo.customers import Writer
from helpdesk.demo.scenes.stage import Stage, number_of, stranger, writer
from tickets.actions.status import change_status
from tickets.models import Message


@dataclass(frozen=True)
class Filled:
    """One form as it was sent, and what came of it: `ends` is how the ticket stands today."""

    who: Writer
    hours: float
    type: str
    subject: str
    text: str
    agent: str = ""
    answer: str = ""
    thanks: str = ""
    ends: str = "open"
    file: str = ""
    custom: dict[str, object] = field(default_factory=dict)
    call_back_in: int = 0  # days from the writing


FORMS = (
    Filled(
        writer("Grace Adeyemi"), 52, "request", "Certificate of my account for the council",
        "Hello, the council asks for a certificate that the account is mine and since when. Can it come by mail, as a PDF?",
        "priya", "Dear {name},\n\nthe certificate is attached. It names the account and the year it was opened, which is what councils ask for.",
        "Exactly what they wanted. Thank you!", "solved", custom={"product": "Account"},
    ),
    Filled(
        stranger("Moira Kinsella", "moira.kinsella", "en"), 1.2, "problem", "The form for a new address does not save",
        "I have filled in the page for a new address three times. After “Save” it shows the old one again. I use a tablet.",
        custom={"product": "App"}, call_back_in=3, file="screenshot-address.png", ends="new",
    ),
    Filled(
        writer("Phạm Thu Trang"), 30, "complaint", "Phí rút tiền ở nước ngoài quá cao",
        "Tôi rút tiền ở Bangkok và bị trừ phí hai lần, tổng cộng 185.000 đồng. Trên trang web ghi chỉ có một khoản phí. Nhờ ngân hàng giải thích.",
        "tuananh", "Chào {name},\n\nMột khoản là phí của ngân hàng bên Thái, khoản kia của chúng tôi. Em xin hoàn lại phần của chúng tôi. Anh chị gửi giúp em biên lai máy ATM nếu còn giữ nhé.",
        ends="pending", custom={"product": "Debit card", "amount": 185000},
    ),
    Filled(
        stranger("Ngô Thành Đạt", "thanhdat.ngo", "vi"), 7, "question", "Mở tài khoản cho con dưới 15 tuổi",
        "Con tôi 13 tuổi, tôi muốn mở tài khoản tiết kiệm đứng tên cháu. Cần giấy tờ gì và có làm online được không? Tôi gửi kèm giấy khai sinh.",
        "tuananh", "Chào {name},\n\nDạ được ạ: cần giấy khai sinh và căn cước của bố hoặc mẹ. Lần đầu anh ghé chi nhánh giúp em khoảng 15 phút.",
        "Chi nhánh nào mở cửa sáng thứ Bảy vậy em?", file="giay-khai-sinh.pdf", custom={"product": "Account"},
    ),
    Filled(
        writer("赵敏"), 20, "problem", "境外刷卡被拒",
        "我在东京，信用卡刷了三次都被拒，金额 1280 元左右，卡没有过期。请尽快打电话给我。",
        "xiaomei", "{name}您好，\n\n刚才已经为您开通境外消费，风控误判的限制也解除了。请再刷一次，不行的话马上回复我。",
        "还是不行，提示“请联系发卡行”。我后天回国。", custom={"product": "Credit card", "amount": 1280}, call_back_in=1,
    ),
    Filled(
        stranger("李文博", "wenbo.li", "zh-hans"), 3, "question", "网点预约总是排满",
        "想预约人民广场网点办理遗产继承手续，系统显示一个月内都排满了，有别的办法吗？", ends="new",
    ),
    Filled(
        writer("張志明"), 90, "request", "申請存款證明，中英文各一份",
        "小孩申請學校需要存款證明，中英文各一份，請問幾天可以好？可以寄電子檔嗎？",
        "xiaomei", "{name}您好，\n\n兩份證明都在附件，正本明天以掛號寄出。祝申請順利。",
        "收到了，非常感謝。", "solved", custom={"product": "Account"},
    ),
    Filled(
        stranger("鄭雅文", "yawen.cheng", "zh-hant"), 26, "problem", "轉帳限額設定後沒有生效",
        "昨天在網路銀行把每日限額調到 50,000，今天轉帳還是被擋。",
        "xiaomei", "{name}您好，\n\n新限額需要在應用程式裡再確認一次才會生效，通知可能被關掉了。請開啟應用程式首頁的鈴鐺圖示確認，完成後告訴我。",
        ends="pending", custom={"product": "App", "amount": 50000},
    ),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, form in enumerate(FORMS):
        yield _life(stage, form, f"form-{number}")
    yield _program(stage)


def _life(stage: Stage, form: Filled, key: str) -> Life:
    yield stage.ago(form.hours)
    ticket_id = number_of(fill_in(stage, form, key=key))
    yield stage.later(0.2)
    send_automatic(ticket_id)
    if form.ends == "new":
        return
    yield stage.later(6)
    stage.give(ticket_id, form.agent)
    yield stage.later(form.hours * 15)
    attachments = [stage.file(ticket_id, form.agent, "certificate.pdf")] if form.ends == "solved" else []
    ours = yield from stage.answer(
        ticket_id,
        form.agent,
        form.answer.replace("{name}", form.who.name),
        status_after="pending" if form.ends == "pending" else "",
        attachment_ids=attachments,
    )
    if form.thanks:
        yield stage.later(form.hours * 15)
        stage.hear(form.who, ours, form.thanks, key=key)  # by mail: a form takes no answers
    if form.ends == "solved":
        yield stage.later(9)
        change_status(ticket_id, to="solved", actor=stage.actor(form.agent))


def _program(stage: Stage) -> Life:
    yield stage.ago(14)
    form = Filled(
        stranger("Best Loans", "offers", "en"), 0, "question", "Cheap credit", "http://loans.example"
    )
    fill_in(stage, form, key="form-trap", is_trapped=True)


def fill_in(stage: Stage, form: Filled, *, key: str, is_trapped: bool = False) -> InboundCall:
    """Send the form, as its page stores it."""
    custom = dict(form.custom)
    if form.call_back_in:
        custom["callback_on"] = _day(stage.clock.now, form.call_back_in)
    payload = {
        "id": key,
        "at": stage.clock.now.isoformat(),
        "name": form.who.name,
        "email": form.who.address,
        "subject": form.subject,
        "text": form.text,
        "type": form.type,
        "custom": custom,
        "language": form.who.language,
        "trap": is_trapped,
        "files": [files.as_json(form.file)] if form.file else [],
    }
    body = json.dumps(payload, ensure_ascii=False).encode()
    return stage.take("form", Request(body), source="form")


def send_automatic(ticket_id: int) -> None:
    """The worker sends the automatic reply of the inbox."""
    for message in Message.objects.filter(ticket=ticket_id, is_automatic=True, delivery="queued"):
        deliver(message.pk)


def _day(now: datetime, days: int) -> str:
    return (now + timedelta(days=days)).date().isoformat()
