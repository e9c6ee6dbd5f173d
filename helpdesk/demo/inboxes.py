"""The doors of the desk: two mail addresses, a form on the bank's site, and the terminals in its branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels_app.actions.inboxes import create_inbox
from helpdesk.demo import cast
from tickets.actor import Actor

if TYPE_CHECKING:
    from accounts.models import Team, User
    from channels_app.models import Inbox

SIGNING_KEY = "branch-terminals-demo-key"
REPLY_URL = f"https://terminals.{cast.DOMAIN}/answers"
OFFICE_HOURS = {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
AUTO_REPLY = (
    "Hello {name},\n\nthank you for writing to Northquay Bank. Your message has the number {number}; "
    "a colleague answers within one working day. If your card is lost, the 24-hour card line is "
    "+44 20 7946 0100."
)
TOPICS = """\
My card | problem
The app and online banking | problem
Fees and charges | complaint
A certificate or a letter | request
Something else | question
"""


def make(people: dict[str, User], teams: dict[str, Team]) -> dict[str, Inbox]:
    """Write the inboxes. The first is the one that customers write to: others find it by being the first."""
    actor = Actor.of(people["mara"])
    email = create_inbox(
        "email",
        actor=actor,
        name="Northquay Bank",
        address=cast.SUPPORT,
        team=teams[cast.CARDS],
        signature="Northquay Bank customer care\nAnswer this mail and it comes straight back to us.",
        auto_reply=AUTO_REPLY,
        hours=OFFICE_HOURS,
        time_zone="Asia/Singapore",
        config={"is_listening": True, "is_plus_addressing": True},
    )
    corporate = create_inbox(
        "email",
        actor=actor,
        name="Northquay Corporate",
        address=cast.CORPORATE,
        team=teams[cast.PREMIER],
        signature="Northquay Corporate and Premier desk",
        hours=OFFICE_HOURS,
        time_zone="Asia/Hong_Kong",
        is_add_cc_followers=True,
        config={"is_listening": True, "is_plus_addressing": True},
    )
    form = create_inbox(
        "form",
        actor=actor,
        name="Contact form",
        team=teams[cast.DIGITAL],
        is_auto_reply_on=True,
        auto_reply=AUTO_REPLY,
        config={
            "title": "Write to Northquay Bank",
            "topics": TOPICS,
            "fields_asked": ["product", "amount", "callback_on"],
            "frame_origins": f"https://www.{cast.DOMAIN}",
            "reply_through": str(email.pk),
        },
    )
    api = create_inbox(
        "api",
        actor=actor,
        name="Branch terminals",
        team=teams[cast.LENDING],
        language="vi",
        config={"signing_key": SIGNING_KEY, "reply_url": REPLY_URL},
    )
    return {"email": email, "corporate": corporate, "form": form, "api": api}
