"""What comes from the terminals in the branches: another system speaks for the customer who stands there."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from channels_app.adapters.api import HEADER
from channels_app.contract import Request
from channels_app.models import InboundCall
from helpdesk.demo import files
from helpdesk.demo.clock import Life
from helpdesk.demo.inboxes import SIGNING_KEY
from helpdesk.demo.scenes.stage import Stage, number_of
from tickets.actions.status import change_status
from tickets.models import Message


@dataclass(frozen=True)
class Visit:
    """One customer at one terminal: their words, our answer, what they say then, and whether it was read."""

    terminal: str
    number: int
    name: str
    language: str
    hours: float
    subject: str
    text: str
    agent: str
    answer: str
    then: str = ""
    fate: str = "read"
    ends: str = "open"
    file: str = ""


VISITS = (
    Visit(
        "SGN-NGH-02", 1296, "Lê Thị Hồng Nhung", "vi", 27, "Hồ sơ vay thiếu chữ ký",
        "Máy báo hồ sơ vay của em thiếu một chữ ký, nhưng giao dịch viên nói đã đủ. Giờ em ký ở đâu?",
        "weijie", "Chào chị, trang 4 của hợp đồng cần thêm chữ ký của người đồng vay. Chị ký ngay tại quầy 2 được ạ.",
        "Chồng em chiều mới tới được, mấy giờ chi nhánh đóng cửa?",
    ),
    Visit(
        "SGN-NGH-01", 1592, "Bùi Gia Huy", "vi", 9, "Tính giúp số tiền tất toán hôm nay",
        "Tôi đang ở quầy, muốn tất toán khoản vay xe ngay hôm nay. Tổng cộng bao nhiêu?",
        "weijie", "Dạ nếu tất toán hôm nay là 41.350.000 đồng, đã gồm lãi đến hết ngày.", fate="failed", ends="pending",
    ),
    Visit(
        "SHA-RMG-05", 1703, "刘建国", "zh-hans", 50, "贷款合同第三页看不清",
        "柜台打印的合同第三页字迹模糊，我拍了照片，请发一份清楚的。",
        "kaiying", "刘先生您好，清晰版本已经发到终端，请在屏幕上确认后打印。", "看到了，已经打印。", ends="solved", file="合同第三页.png",
    ),
    Visit(
        "HKG-CEN-03", 1814, "何家豪", "zh-hant", 5, "按揭利率轉換申請",
        "我想由浮動利率轉為定息三年，請問今天在分行辦理，最快何時生效？",
        "kaiying", "何先生您好，今天簽署的話，下個供款日起生效。文件已經送到您面前的終端。", fate="delivered", ends="pending",
    ),
    Visit(
        "SIN-MAR-01", 1333, "Sarah Whitcombe", "en", 3, "Early repayment figure for today",
        "I am at the Marina branch with the cheque book. What exactly do I owe on the car loan today?",
        "jonas", "Good afternoon Ms Whitcombe, 8,214.60 until midnight. The terminal prints the final statement once the cheque is in.",
        "The terminal says “figure expired”. Can you send it once more?",
    ),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for visit in VISITS:
        yield _life(stage, visit)
    yield _heartbeat(stage)


def _life(stage: Stage, visit: Visit) -> Life:
    yield stage.ago(visit.hours)
    ticket_id = number_of(_say(stage, visit, visit.text, turn=1))
    yield stage.later(2)
    stage.give(ticket_id, visit.agent, type="request")
    yield stage.later(visit.hours * 4)
    status = "pending" if visit.ends == "pending" else ""
    ours = yield from stage.answer(ticket_id, visit.agent, visit.answer, is_seen=False, status_after=status)
    yield stage.later(0.1)
    _report(stage, ours, "failed" if visit.fate == "failed" else "delivered")
    if visit.fate == "read":
        yield stage.later(1)
        _report(stage, ours, "read")
    if visit.then:
        yield stage.later(visit.hours * 3)
        _say(stage, visit, visit.then, turn=2)
    if visit.ends == "solved":
        yield stage.later(12)
        change_status(ticket_id, to="solved", actor=stage.actor(visit.agent))


def _heartbeat(stage: Stage) -> Life:
    """A call that is nothing for the desk."""
    yield stage.ago(6)
    _call(stage, {"type": "heartbeat", "terminal": "HKG-CEN-03", "at": stage.clock.now.isoformat()})


def _say(stage: Stage, visit: Visit, text: str, *, turn: int) -> InboundCall:
    attached = visit.file if turn == 1 else ""
    return _call(
        stage,
        {
            "id": f"{visit.terminal}-{visit.number}-{turn}",
            "thread": f"{visit.terminal}-{visit.number}",
            "sender": {"address": f"customer-{visit.number}", "name": visit.name},
            "subject": visit.subject,
            "text": text,
            "language": visit.language,
            "sent_at": stage.clock.now.isoformat(),
            "files": [files.as_json(attached)] if attached else [],
        },
    )


def _report(stage: Stage, ours: Message, status: str) -> InboundCall:
    """The terminal says what became of an answer."""
    call: dict[str, object] = {
        "type": "status",
        "id": ours.external_id,
        "status": status,
        "at": stage.clock.now.isoformat(),
    }
    if status == "failed":
        call["reason"] = "Terminal switched off, the customer has left"
    return _call(stage, call)


def _call(stage: Stage, call: dict[str, object]) -> InboundCall:
    body = json.dumps(call, ensure_ascii=False).encode()
    signature = hmac.new(SIGNING_KEY.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", HEADER: f"sha256={signature}"}
    request = Request(body, headers)
    stage.desk.inboxes["api"].adapter.verify(request)
    return stage.take("api", request, source="webhook")
