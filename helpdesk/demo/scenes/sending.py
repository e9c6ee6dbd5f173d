"""Answers on their way: sent later, refused at first, interrupted, failed and sent again, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from channels_app.deliver import deliver
from helpdesk.demo import cast
from helpdesk.demo.clock import Life
from helpdesk.demo.post import WorkerDiedError, busy, over_quota
from helpdesk.demo.scenes.stage import Matter, Stage, stranger, writer
from tickets.actions import delivery
from tickets.actions.reply import cancel_reply, reply

LATER = (
    Matter(
        writer("Lucía Marín"), "linh", cast.CARDS, 4, "Card for my son’s school trip",
        "My son leaves for Rome on Monday. From when does his new card work abroad?",
        "Dear Lucía,\n\nthe card works abroad from tomorrow morning. I wrote this so that it reaches you when it does.",
    ),
    Matter(
        writer("Hoàng Lan Anh"), "linh", cast.CARDS, 6, "Khi nào có kết quả khiếu nại?",
        "Tôi khiếu nại giao dịch ở siêu thị từ tuần trước, khi nào có kết quả?",
        "Chào chị Lan Anh,\n\nKết quả có trong sáng mai, em hẹn giờ để chị nhận được ngay khi có. Chị xem chi tiết trong ứng dụng nhé.",
    ),
    Matter(
        writer("周雨桐"), "amelia", cast.PREMIER, 7, "下周的外汇报价",
        "请在周一开盘后把美元远期报价发给我们，金额约 30 万。",
        "周女士您好，\n\n今日开盘报价如下，有效至上午十一点，请回复确认。",
    ),
    Matter(
        writer("黃詠琳"), "amelia", cast.CARDS, 8, "新卡的開卡時間",
        "新卡收到了，但是要下個月才想啟用，可以到時候再提醒我嗎？",
        "黃女士您好，\n\n依您的要求提醒您：現在可以在應用程式裡啟用新卡了。",
    ),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, matter in enumerate(LATER):
        yield _later(stage, matter, f"later-{number}", hours=9 + 13 * number)
    yield _refused_at_first(stage)
    yield _interrupted(stage)
    yield _failed_and_sent_again(stage)
    yield _taken_back(stage)


def _later(stage: Stage, matter: Matter, key: str, *, hours: float) -> Life:
    """It waits for its time, which still lies ahead."""
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key=key)
    yield stage.later(35)
    send_at = stage.clock.end + timedelta(hours=hours)
    reply(
        ticket_id,
        actor=stage.actor(matter.agent),
        body=matter.answer,
        send_at=send_at,
        status_after="pending",
    )


def _refused_at_first(stage: Stage) -> Life:
    """A server that asks to come back in a minute."""
    matter = Matter(
        stranger("Jürgen Falk", "juergen.falk", "en"), "linh", cast.CARDS, 10, "Instalments for a fridge",
        "Can I pay a purchase of $740 in instalments with my card?",
        "Dear Jürgen,\n\nyes, in three or six, in the app under Plans. Three are free of charge.",
    )  # fmt: skip
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key="refused")
    stage.post.refuse_once(matter.who.address, busy())
    yield stage.later(20)
    message = yield from stage.answer(
        ticket_id, matter.agent, matter.answer, is_seen=False, status_after="pending"
    )
    yield message.send_at or stage.later(1)
    deliver(message.pk)
    yield stage.later(1)
    delivery.mark_progress(message.pk, status="delivered")


def _interrupted(stage: Stage) -> Life:
    """The worker dies while it sends; the sweep finds the reply and sends it."""
    matter = Matter(
        stranger("Trịnh Công Phúc", "congphuc.trinh", "vi"), "linh", cast.CARDS, 13, "Hoàn tiền vé máy bay",
        "Hãng bay nói đã hoàn 2.150.000 đồng vào thẻ đuôi 4410, tôi chưa thấy.",
        "Chào anh Phúc,\n\nKhoản hoàn đã đến chúng tôi sáng nay, tối nay anh sẽ thấy trong tài khoản ạ.",
    )  # fmt: skip
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key="interrupted")
    yield stage.later(30)
    message = reply(ticket_id, actor=stage.actor(matter.agent), body=matter.answer, status_after="pending")
    stage.post.refuse_once(matter.who.address, WorkerDiedError())
    yield stage.later(0.2)
    try:
        deliver(message.pk)
    except WorkerDiedError:
        yield stage.later(11)
    for found in delivery.due():
        if found == message.pk:
            deliver(found)


def _failed_and_sent_again(stage: Stage) -> Life:
    """The mailbox was full; the customer made room, and the agent sends it again."""
    matter = Matter(
        stranger("何雪晴", "xueqing.he", "zh-hans"), "xiaomei", cast.CARDS, 17, "积分兑换没有到账",
        "上周用积分换的 300 元话费没有到账，兑换编号 88213。", "何女士您好，\n\n运营商系统延迟，话费今天已经到账，请查收。",
    )  # fmt: skip
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key="failed")
    stage.post.refuse_once(matter.who.address, over_quota())
    yield stage.later(20)
    message = yield from stage.answer(
        ticket_id, matter.agent, matter.answer, is_seen=False, status_after="pending"
    )
    yield stage.later(90)
    delivery.retry(message.pk, actor=stage.actor(matter.agent))
    yield stage.later(0.1)
    deliver(message.pk)


def _taken_back(stage: Stage) -> Life:
    """Undone within the seconds there are: the text is a draft again."""
    matter = Matter(
        writer("Amara Osei"), "linh", cast.CARDS, 2, "Which of my two cards was renewed?",
        "I got one new card, ending 2281, but two are about to expire. Which one does it replace?",
        "Dear Amara,\n\nit replaces the one ending 7745. The other",
    )  # fmt: skip
    yield stage.ago(matter.hours)
    ticket_id = stage.begin(matter, key="taken-back")
    yield stage.later(40)
    message = reply(ticket_id, actor=stage.actor(matter.agent), body=matter.answer)
    yield stage.later(0.1)
    cancel_reply(message.pk, actor=stage.actor(matter.agent))
