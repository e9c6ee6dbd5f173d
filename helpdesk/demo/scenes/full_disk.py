"""A disk that was full for a night: mails with files were not taken in, were tried again, and were read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from unittest import mock

from channels_app import ingest
from channels_app.actions.calls import replay
from channels_app.contract import Request
from channels_app.models import InboundCall
from helpdesk.demo import cast, mails
from helpdesk.demo.clock import Life
from helpdesk.demo.customers import Writer
from helpdesk.demo.scenes.stage import Stage, number_of, stranger, writer

# who, hours, subject, text, file, and whether somebody has had it read again
LOST_FOR_A_NIGHT = (
    (writer("Hannah Frost"), 35, "Receipt for the disputed hotel payment", "The receipt you asked for is attached.",
     "hotel-receipt.pdf", True),
    (stranger("Dương Mỹ Linh", "mylinh.duong", "vi"), 34, "Sao kê để mở thẻ", "Tôi gửi sao kê ba tháng kèm theo đây.",
     "sao-ke-3-thang.pdf", True),
    (stranger("馬克強", "hakkeung.ma", "zh-hant"), 33, "補交身分證明文件", "附上新的身分證影本，請更新資料。",
     "身分證影本.png", False),
)  # fmt: skip


def lives(stage: Stage) -> Iterator[Life]:
    for number, (who, hours, subject, text, file, is_read_again) in enumerate(LOST_FOR_A_NIGHT):
        yield _life(stage, who, hours, subject, text, file, key=f"disk-{number}", is_read_again=is_read_again)


def _life(
    stage: Stage, who: Writer, hours: float, subject: str, text: str, file: str, *, key: str,
    is_read_again: bool,
) -> Life:  # fmt: skip
    """Eight tries, further and further apart; then it waits for somebody to press Replay."""
    yield stage.ago(hours)
    raw = mails.first(who, number=key, when=stage.clock.now, subject=subject, text=text, file=file)
    call, _is_new = ingest.store_call(
        stage.desk.inboxes["email"], request=Request(raw), source="smtp", is_processed_here=True
    )
    while call.state == InboundCall.State.RECEIVED:
        _try(call.pk)
        call.refresh_from_db()
        yield call.next_attempt_at
    if not is_read_again:
        return
    yield stage.later(200)
    call = replay(call.pk, actor=stage.actor("mara"))
    yield stage.later(0.1)
    ticket_id = number_of(ingest.process(call))
    stage.give(ticket_id, "priya" if who.language == "en" else "linh", team=cast.CARDS)
    if who.language == "vi":  # once more, to be sure: nothing comes twice
        yield stage.later(3)
        ingest.process(replay(call.pk, actor=stage.actor("mara")))


def _try(call_id: int) -> None:
    with _full_disk():
        try:
            ingest.process(ingest.load(call_id))
        except OSError:
            return


@contextmanager
def _full_disk() -> Iterator[None]:
    full = OSError(ENOSPC, "No space left on device")
    with (
        mock.patch("tickets.actions.attach.keep", side_effect=full),
        mock.patch.object(ingest, "logger"),  # nobody needs to look: it is only told
    ):
        yield
