"""Mail that machines write or ought to have stopped: bounces, away notes, receipts, newsletters, spam."""

from __future__ import annotations

from collections.abc import Iterator

from channels_app.adapters.email import marks
from helpdesk.demo import cast, mail_reports, mails
from helpdesk.demo.clock import Life
from helpdesk.demo.customers import Writer
from helpdesk.demo.scenes.stage import Matter, Stage, stranger, writer
from tickets.actions.spam import mark_spam

# and what the customer's program answers to the answer
AWAY = (
    (Matter(
        writer("Ravi Shankaran"), "amelia", cast.PREMIER, 28, "Which days does the branch take coins?",
        "We have about $900 in coins from the shop. Which days, and is there a fee?",
        "Hello Ravi,\n\nTuesday and Thursday before noon, without a fee for your company.",
    ), "Automatic reply: Which days does the branch take coins?",
     "I am travelling until Monday and read no mail. In urgent cases call Daniel Okoro."),
    (Matter(
        stranger("Huỳnh Bảo Trân", "baotran.huynh", "vi"), "linh", cast.CARDS, 15, "Đổi ngày sao kê thẻ tín dụng",
        "Tôi muốn đổi ngày sao kê sang mùng 5 hằng tháng, có được không?",
        "Chào chị Trân,\n\nDạ được ạ, từ kỳ sau sao kê của chị sẽ là ngày 5.",
    ), "Trả lời tự động: Đổi ngày sao kê thẻ tín dụng",
     "Tôi đang nghỉ phép đến hết tuần này và sẽ trả lời khi quay lại."),
)  # fmt: skip
BOUNCED = Matter(
    stranger("Phan Thị Yến", "yen.phan", "vi"), "linh", cast.CARDS, 5, "Xin lại mã PIN",
    "Em quên mã PIN thẻ đuôi 6605, làm sao để lấy lại ạ?",
    "Chào Yến,\n\nBạn mở ứng dụng, chọn Thẻ, rồi “Xem mã PIN”. Cần xác nhận bằng khuôn mặt nhé.",
)  # fmt: skip
READ = Matter(
    stranger("Ines Carvalho", "ines.carvalho", "en"), "amelia", cast.CARDS, 23, "Is my card insured abroad?",
    "I travel to Chile in two weeks. Does the gold card insure the rental car?",
    "Dear Ines,\n\nyes, if the whole rental is paid with the card. The conditions are in the app under Insurance.",
)  # fmt: skip
SPAM = (
    (stranger("Grand Prize Office", "prize", "en"), "linh", 60, "You have won", "Your address was drawn. Send your card number to receive $4,000,000.", "Second notice: your prize"),
    (stranger("发票代开", "fapiao", "zh-hans"), "xiaomei", 37, "代开各类发票，点数优惠", "本公司长期代开各类发票，可验证，微信同号。", "再次联系：代开发票"),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    yield _bounce(stage)
    for number, away in enumerate(AWAY):
        yield _away(stage, *away, key=f"away-{number}")
    for number, spam in enumerate(SPAM):
        yield _spam(stage, *spam, key=f"spam-{number}")
    yield _receipt(stage)
    yield _newsletter(stage)
    yield _own_mail(stage)


def _bounce(stage: Stage) -> Life:
    """The answer leaves, and comes back: the agent is told, the address is marked."""
    yield stage.ago(BOUNCED.hours)
    ticket_id = stage.begin(BOUNCED, key="bounce")
    yield stage.later(25)
    ours = yield from stage.answer(
        ticket_id, BOUNCED.agent, BOUNCED.answer, is_seen=False, status_after="pending"
    )
    yield stage.later(1)
    stage.mail(mail_reports.bounce(BOUNCED.who, message_id=ours.external_id, when=stage.clock.now))


def _receipt(stage: Stage) -> Life:
    """The customer's mail program says that the answer was read."""
    yield stage.ago(READ.hours)
    ticket_id = stage.begin(READ, key="receipt")
    yield stage.later(55)
    ours = yield from stage.answer(ticket_id, READ.agent, READ.answer, status_after="pending")
    yield stage.later(30)
    stage.mail(mail_reports.receipt(READ.who, message_id=ours.external_id, when=stage.clock.now))


def _away(stage: Stage, matter: Matter, subject: str, text: str, *, key: str) -> Life:
    """A program answers for the customer: it stands on the ticket and wakes nobody."""
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key=key)
    yield stage.later(40)
    ours = yield from stage.answer(ticket_id, matter.agent, matter.answer, status_after="pending")
    yield stage.later(0.5)
    head = {"Auto-Submitted": "auto-replied", "In-Reply-To": f"<{ours.external_id}>"}
    stage.mail(
        mails.first(
            matter.who, number=f"{key}-auto", when=stage.clock.now, subject=subject, text=text, head=head
        )
    )


def _spam(
    stage: Stage, who: Writer, agent: str, hours: float, subject: str, text: str, again: str, *, key: str
) -> Life:
    """The sender is blocked: what they write next is held back."""
    yield stage.ago(hours)
    ticket_id = stage.open(who, key=key, subject=subject, text=text)
    yield stage.later(12)
    mark_spam(ticket_id, actor=stage.actor(agent), block_sender=True)
    yield stage.later(hours * 30)
    stage.mail(mails.first(who, number=f"{key}-again", when=stage.clock.now, subject=again, text=text))


def _newsletter(stage: Stage) -> Life:
    """A list: taken in, but no machine answers it."""
    who = stranger("Payments Weekly", "newsletter", "en")
    yield stage.ago(2.5)
    head = {"List-Id": "Payments Weekly <weekly.mail.example>", "Precedence": "bulk"}
    ticket_id = stage.open(
        who, key="list", subject="This week: instant transfers in eight countries",
        text="Read this week's issue on our site. You get this because you signed up.", head=head,
    )  # fmt: skip
    stage.give(ticket_id, "weijie", team=cast.DIGITAL, priority=1, tags="newsletter")


def _own_mail(stage: Stage) -> Life:
    """A forwarding rule somewhere sends our own mail back to us: it is held back."""
    yield stage.ago(11)
    us = stranger("Northquay Bank", "relay", "en")
    head = {marks.LOOP_HEADER: marks.loop_mark()}
    stage.mail(
        mails.first(
            us, number="loop", when=stage.clock.now, subject="Your statement", text="Attached.", head=head
        )
    )
