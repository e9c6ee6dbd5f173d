"""What agents do beside answering: redact, ask each other, note down, fill in, put aside, leave half written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from channels_app.adapters.email.vouch import FETCHED_FROM
from channels_app.contract import Request
from helpdesk.demo import cast
from helpdesk.demo.clock import Life
from helpdesk.demo.scenes.stage import Matter, Stage, number_of, stranger, writer
from tickets.actions.draft import save_draft
from tickets.actions.follow import follow
from tickets.actions.note import add_note
from tickets.actions.open import open_ticket
from tickets.actions.properties import change_subject, set_custom
from tickets.actions.redact import redact
from tickets.actions.snooze import snooze, wake_due
from tickets.actions.status import change_status
from tickets.models import Message

# what the customer wrote that nobody should keep
SECRETS = (
    (Matter(
        writer("Priyanka Desai"), "linh", cast.CARDS, 29, "Online purchase does not go through",
        "The shop refuses my card 4026 5518 9034 1127, code 431. It worked last week. What is wrong?",
        "Dear Dr Desai,\n\nthe shop had an old expiry date stored. Please never send the whole number or the code by mail: we have removed them here, and a new card is on its way.",
    ), "4026 5518 9034 1127, code 431"),
    (Matter(
        writer("Trần Quốc Bảo"), "linh", cast.CARDS, 19, "Không đăng nhập được, nhờ kiểm tra",
        "Tên đăng nhập baotran, mật khẩu Xuan-2026!, nhờ ngân hàng đăng nhập thử giúp tôi.",
        "Chào anh Bảo,\n\nAnh đổi mật khẩu ngay giúp em, và đừng gửi mật khẩu cho bất kỳ ai ạ. Em đã xóa nó khỏi hồ sơ.",
    ), "Xuan-2026!"),
)  # fmt: skip
# type, and the answers to the desk's questions
ANSWERED: tuple[tuple[Matter, str, dict[str, object]], ...] = (
    (Matter(writer("Daniel Okoro"), "amelia", cast.PREMIER, 10, "Cheque returned although there was money",
            "Cheque 001822 over $2,450 came back. The account had more than that on the day."),
     "complaint", {"product": "Account", "amount": "2450", "root_cause": "Our mistake", "identity_checked": True}),
    (Matter(writer("Lê Thị Hồng Nhung"), "linh", cast.CARDS, 11, "Giao dịch trùng ở trạm xăng",
            "Thẻ của tôi bị trừ 350.000 đồng hai lần ở trạm xăng sáng nay."),
     "problem", {"product": "Debit card", "amount": "350000", "case_number": "DSP-26118", "identity_checked": True}),
    (Matter(writer("陈思远"), "xiaomei", cast.CARDS, 9, "境外取现手续费有误", "在曼谷取现被收了两笔手续费，合计 76 元。"),
     "problem", {"product": "Credit card", "amount": "76", "case_number": "DSP-26131"}),
    (Matter(writer("黃詠琳"), "kaiying", cast.PREMIER, 14, "外幣帳戶轉讓", "想把外幣帳戶轉到先生名下，需要本人到場嗎？"),
     "request", {"product": "Account", "identity_checked": True}),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, (matter, secret) in enumerate(SECRETS):
        yield _redacted(stage, matter, secret, key=f"secret-{number}")
    for number, (matter, type_, values) in enumerate(ANSWERED):
        yield _filled_in(stage, matter, type_, values, key=f"filled-in-{number}")
    yield _asked_around(stage)
    yield _put_aside(stage)
    yield _came_back(stage)
    yield _came_back_late(stage)
    yield _called(stage)
    yield _wrote_first(stage)
    yield _forwarded(stage)


def _redacted(stage: Stage, matter: Matter, secret: str, *, key: str) -> Life:
    """A customer writes what nobody should keep: a supervisor takes it out for good."""
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key=key, type="problem")
    yield stage.later(9)
    add_note(ticket_id, actor=stage.actor(matter.agent), mention_ids=[stage.desk.people["thuha"].pk],
             body="@Đặng Thu Hà please take the secret out of this mail.")  # fmt: skip
    yield stage.later(15)
    first = Message.objects.filter(ticket=ticket_id, kind="in").earliest("pk")
    redact(first.pk, actor=stage.actor("thuha"), passage=secret, everywhere=True)
    yield stage.later(20)
    yield from stage.answer(ticket_id, matter.agent, matter.answer, status_after="pending")


def _filled_in(stage: Stage, matter: Matter, type_: str, values: dict[str, object], *, key: str) -> Life:
    """The desk's own questions are answered, each kind of them."""
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key=key, type=type_, priority=3)
    yield stage.later(50)
    on = (stage.clock.end + timedelta(days=2)).date().isoformat()
    set_custom(ticket_id, values={**values, "callback_on": on}, actor=stage.actor(matter.agent))
    yield stage.later(3)
    body = {"en": "I call back on", "vi": "Tôi gọi lại ngày"}.get(matter.who.language, "回电日期")
    save_draft(ticket_id, mode="note", body=f"{body} {on}", version=0, actor=stage.actor(matter.agent))


def _asked_around(stage: Stage) -> Life:
    """A note with a file asks two colleagues; one answers, both follow; a reply with a file is half written."""
    yield stage.ago(3.5)
    ticket_id = stage.open(
        writer("Nguyễn Minh Châu"), key="asked-around", subject="Thẻ mới có kịp gửi đến khách sạn ở Singapore?",
        text="Tôi mất thẻ đuôi 4417 trên taxi. Tôi ở Singapore đến thứ Bảy, thẻ mới có gửi kịp đến khách sạn không?",
        file="anh-khach-san.png",
    )  # fmt: skip
    stage.give(ticket_id, "linh", team=cast.CARDS, type="problem", priority=4, tags="lost card, vip")
    change_subject(ticket_id, to="Thẻ mới gửi đến khách sạn ở Singapore", actor=stage.actor("linh"))
    yield stage.later(12)
    asked = [stage.desk.people[key] for key in ("priya", "amelia")]
    add_note(
        ticket_id, actor=stage.actor("linh"), mention_ids=[each.pk for each in asked],
        attachment_ids=[stage.file(ticket_id, "linh", "courier-times.pdf")],
        body="@Priya Nair @Amelia Grant does the Marina branch hand out emergency cards on Fridays? Courier times attached.",
    )  # fmt: skip
    for person in asked:
        follow(ticket_id, actor=stage.actor("linh"), user=person)
    yield stage.later(25)
    add_note(ticket_id, actor=stage.actor("priya"), mention_ids=[stage.desk.people["linh"].pk],
             body="@Linh Trần yes, until 16:00, against the passport. I have reserved one.")  # fmt: skip
    yield stage.later(6)
    save_draft(
        ticket_id, mode="reply", version=0, actor=stage.actor("linh"), cc="concierge@hotel.example",
        body="Chào chị Châu,\n\nthẻ khẩn cấp có sẵn ở chi nhánh Marina, chị nhận trước 16 giờ",
        attachment_ids=[stage.file(ticket_id, "linh", "duong-den-chi-nhanh.png")],
    )  # fmt: skip


def _put_aside(stage: Stage) -> Life:
    """Snoozed over night; in the morning it is back, and its owner is told."""
    yield stage.ago(22)
    ticket_id = stage.open(
        writer("張志明"), key="put-aside", subject="等待商店退款憑證", text="商店說明天早上才能給我退款憑證，到時候再寄給您們。"
    )  # fmt: skip
    stage.give(ticket_id, "linh", team=cast.CARDS, type="request")
    yield stage.later(30)
    snooze(ticket_id, until=stage.ago(2), actor=stage.actor("linh"))
    yield stage.ago(1.9)
    wake_due()


def _came_back(stage: Stage) -> Life:
    """Solved, and not solved: the customer's answer opens it again."""
    who = writer("Ben Achterberg")
    yield stage.ago(34)
    ticket_id = stage.open(
        who, key="came-back", subject="Contactless does not work", text="Since the new card came, contactless is refused everywhere. Card ends 8830."
    )  # fmt: skip
    stage.give(ticket_id, "linh", team=cast.CARDS, type="problem")
    yield stage.later(45)
    text = "Dear Ben,\n\ncontactless switches on with the first payment by PIN. Please try that once."
    ours = yield from stage.answer(ticket_id, "linh", text)
    change_status(ticket_id, to="solved", actor=stage.actor("linh"))
    yield stage.ago(1.5)
    stage.hear(who, ours, "I did, twice. The PIN works, contactless still does not.", key="came-back")


def _came_back_late(stage: Stage) -> Life:
    """Solved weeks ago: what the customer writes now is a follow-up."""
    matter = Matter(
        writer("黃詠琳"), "linh", cast.CARDS, 24 * 22, "年費豁免後的帳單", "上期年費已豁免，請問何時會退回帳單？",
        "黃女士您好，\n\n下一期帳單會顯示退回，無須另外申請。",
    )  # fmt: skip
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key="late")
    yield stage.later(50)
    ours = yield from stage.answer(ticket_id, matter.agent, matter.answer)
    change_status(ticket_id, to="solved", actor=stage.actor(matter.agent))
    yield stage.ago(2.8)
    again = stage.hear(matter.who, ours, "這一期的帳單還是沒有退回年費，請再幫我查一下。", key="late")
    yield stage.later(5)
    stage.give(number_of(again), matter.agent, team=cast.CARDS)


def _called(stage: Stage) -> Life:
    """A customer calls: what was said is noted down."""
    yield stage.ago(12)
    made = open_ticket(
        inbox=None, actor=stage.actor("jonas"), team=stage.desk.teams[cast.LENDING], type="request",
        customer=stage.customer("sarah.whitcombe@mail.example"), subject="Called: pause the loan for two months",
        body="Parental leave from May. Asks for two months without instalments. Told her we need the employer’s letter.",
    )  # fmt: skip
    yield stage.later(5)
    follow(made.pk, actor=stage.actor("jonas"), user=stage.desk.people["sofia"])


def _wrote_first(stage: Stage) -> Life:
    """We write first: a ticket that an agent opens."""
    yield stage.ago(24)
    made = open_ticket(
        inbox=stage.desk.inboxes["corporate"], actor=stage.actor("kaiying"), type="request",
        customer=stage.customer("yutong.zhou@hengyuan.example"), subject="年度授信审查：需要的材料",
        body="周女士您好，\n\n贵公司的年度授信审查下个月进行，请准备最近一年的审计报告。\n\n林凱盈", status_after="pending",
        cc=[("恒远财务部", "finance@hengyuan.example")],
    )  # fmt: skip
    yield stage.later(0.2)
    stage.deliver_first(made.pk)


def _forwarded(stage: Stage) -> Life:
    """A colleague forwards what reached them; our own server vouches for them: the ticket is the customer's."""
    who = stranger("Farah Nasser", "farah.nasser", "en")
    jonas = stage.desk.people["jonas"]
    yield stage.ago(4.5)
    mail = EmailMessage(policy=SMTP)
    mail["Authentication-Results"] = f"mx.{cast.DOMAIN}; dmarc=pass header.from={cast.DOMAIN}"
    mail["From"] = f"{jonas.name} <{jonas.email}>"
    mail["To"] = cast.SUPPORT
    mail["Subject"] = "Fwd: Interest on my notice account"
    mail["Date"] = format_datetime(stage.clock.now)
    mail["Message-ID"] = f"<forwarded.jonas@{cast.DOMAIN}>"
    mail.set_content(
        "This came to me, it is for Cards.\n\n---------- Forwarded message ---------\n"
        f"From: {who.name} <{who.address}>\nDate: {format_datetime(stage.ago(5))}\n"
        f"Subject: Interest on my notice account\nTo: {jonas.email}\n\n"
        "Dear Jonas, the interest for March is missing on my notice account. Could you look?\n\nFarah"
    )
    fetched = Request(mail.as_bytes(), {FETCHED_FROM: f"imap.{cast.DOMAIN}"})
    ticket_id = number_of(stage.take("email", fetched, source="imap"))
    yield stage.later(10)
    stage.give(ticket_id, "amelia", team=cast.CARDS, type="question")
    yield stage.later(20)
    add_note(ticket_id, actor=stage.actor("amelia"), mention_ids=[stage.desk.people["mara"].pk],
             body="@Mara Whitlock the third this week: did the interest run of March skip notice accounts?")  # fmt: skip
