"""Mail to the corporate desk: people in Cc, colleagues who follow, and answers that go to different people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from helpdesk.demo import cast
from helpdesk.demo.clock import Life
from helpdesk.demo.customers import Writer
from helpdesk.demo.scenes.stage import Stage, writer
from tickets.actions.status import change_status


@dataclass(frozen=True)
class Case:
    """A customer writes with somebody in Cc; we answer both; the other one answers; we answer that one.

    `colleague` is the agent in Cc, who becomes a follower.
    """

    who: Writer
    other: Writer
    colleague: str
    agent: str
    hours: float
    type: str
    priority: int
    subject: str
    text: str
    answer: str
    from_other: str
    to_other: str = ""
    file: str = ""  # sent with the answer
    html: str = ""
    ends: str = "open"


_TABLE = """\
<p>Good morning,</p>
<p>these are the four transfers that your system returned on Friday:</p>
<table border="1" cellpadding="4"><tr><th>Date</th><th>Payee</th><th>Amount</th></tr>
<tr><td>Fri</td><td>Harbour Roasters</td><td align="right">12,400.00</td></tr>
<tr><td>Fri</td><td>Alder Packaging</td><td align="right">3,180.50</td></tr>
<tr><td>Fri</td><td>City water</td><td align="right">412.75</td></tr>
<tr><td>Fri</td><td>Payroll, part 2</td><td align="right">28,900.00</td></tr></table>
<p><b>Payroll must go out today.</b> Fiona in Cc has the files.</p>
<p>Oliver Hartley</p>"""

CASES = (
    Case(
        writer("Oliver Hartley"), Writer("Fiona Marsh", "en", "accounts", company="Kestrel Rock Coffee"), "sofia", "amelia", 8,
        "problem", 4, "Four transfers returned, payroll among them",
        "Good morning,\n\nthese are the four transfers that your system returned on Friday: Harbour Roasters 12,400.00, Alder Packaging 3,180.50, City water 412.75, payroll part 2 28,900.00.\n\nPayroll must go out today. Fiona in Cc has the files.\n\nOliver Hartley",
        "Good morning Oliver, good morning Fiona,\n\nthe limit for files was lowered by mistake on Friday and is back. Fiona, please send the payroll file again: I release it by hand. The attached note says which of the four have gone already.",
        "Thanks, the payroll file is uploaded. Please confirm to both of us when it is out, Oliver is on a flight.",
        file="returned-transfers.pdf", html=_TABLE,
    ),
    Case(
        writer("Võ Hoàng Nam"), Writer("Kế toán Sao Mai", "vi", "ketoan", company="Sao Mai Logistics"), "kaiying", "amelia", 31,
        "request", 2, "Thêm người duyệt lệnh chuyển tiền cho Sao Mai Logistics",
        "Kính gửi ngân hàng,\n\nTừ tháng sau chúng tôi cần thêm một người duyệt lệnh. Chị kế toán trưởng ở phần Cc sẽ gửi giấy ủy quyền.\n\nVõ Hoàng Nam",
        "Kính gửi anh Nam, kính gửi chị,\n\nMẫu giấy ủy quyền ở tệp đính kèm. Chị điền mục 2 và 3, ký và đóng dấu rồi gửi lại giúp chúng tôi.",
        "Chào anh chị, mục 3 ghi hạn mức theo ngày hay theo từng lệnh ạ?",
        "Chào chị, hạn mức theo từng lệnh ạ. Hạn mức ngày vẫn giữ như cũ.",
        file="mau-uy-quyen.pdf", ends="pending",
    ),
    Case(
        writer("周雨桐"), Writer("恒远财务部", "zh-hans", "finance", company="恒远精密制造"), "kaiying", "kaiying", 75,
        "request", 3, "进口设备款：信用证修改",
        "您好，\n\n供应商要求把信用证的最迟装运日延后十天，合同补充协议由财务部（抄送）提供。请问今天能改吗？\n\n周雨桐",
        "周女士、财务部同事，您好，\n\n今天下午四点前收到补充协议就可以改，修改申请书见附件，请盖章后扫描发回。",
        "补充协议和申请书都已盖章，请查收并确认修改后的有效期。",
        "财务部同事您好，修改已经发出，新的最迟装运日和有效期都顺延十天，通知书明天寄出。",
        file="信用证修改申请书.pdf", ends="solved",
    ),
    Case(
        writer("林宜蓁"), Writer("王振國", "zh-hant", "ck.wang", ""), "amelia", "kaiying", 18,
        "question", 2, "聯名帳戶的投資建議書",
        "您好，\n\n想請專員重新評估我們的聯名投資帳戶，我先生（副本）也想一起參加會議，週五下午方便嗎？\n\n林宜蓁",
        "林女士、王先生您好，\n\n週五下午三點已經保留。附件是目前的投資組合摘要，會議前請先看第二頁。",
        "您好，我當天人在高雄，可以改成視訊嗎？另外摘要的幣別請改成新台幣。",
        "王先生您好，可以的，視訊連結會在週四寄出，新台幣版本也一併附上。",
        file="投資組合摘要.pdf", ends="pending",
    ),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, case in enumerate(CASES):
        yield _life(stage, case, f"corporate-{number}")


def _life(stage: Stage, case: Case, key: str) -> Life:
    both = f"{_named(case.other)}, {case.colleague}@{cast.DOMAIN}"
    yield stage.ago(case.hours)
    ticket_id = stage.open(
        case.who, key=key, inbox="corporate", subject=case.subject, text=case.text, cc=both, html=case.html
    )
    yield stage.later(3)
    stage.give(ticket_id, case.agent, type=case.type, priority=case.priority, tags="corporate")
    yield stage.later(case.hours * 12)
    ours = yield from stage.answer(
        ticket_id,
        case.agent,
        case.answer,
        cc=[(case.other.name, case.other.address)],
        attachment_ids=[stage.file(ticket_id, case.agent, case.file)],
    )
    yield stage.later(case.hours * 12)
    stage.hear(case.other, ours, case.from_other, key=key, inbox="corporate", cc=_named(case.who))
    if case.to_other:
        yield stage.later(case.hours * 8)
        status = "pending" if case.ends == "pending" else ""
        copies = [(case.who.name, case.who.address)]
        yield from stage.answer(ticket_id, case.agent, case.to_other, cc=copies, status_after=status)
    if case.ends == "solved":
        yield stage.later(15)
        change_status(ticket_id, to="solved", actor=stage.actor(case.agent))


def _named(who: Writer) -> str:
    return f'"{who.name}" <{who.address}>'
