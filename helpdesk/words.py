"""The sentences that scripts say. They travel with the page: one catalogue serves all."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, str]:
    """Return every sentence of static/js in the reader's language; the script fills in `%(name)s`."""
    return {
        "now": pgettext("time ago", "now"),
        "seconds": pgettext("short duration", "%d s"),
        "minutes": pgettext("short duration", "%d min"),
        "hours": pgettext("short duration", "%d h"),
        "days": pgettext("short duration", "%d d"),
        "over": pgettext("overdue", "%(time)s over"),
        "offline": _("No connection since %(time)s."),
        "offline_safe": _(
            "You are reading what was loaded before. What you write is kept on this device; nothing is lost."
        ),
        "signed_out": _("You are signed out."),
        "signed_out_safe": _("What you wrote is kept on this device. Sign in again to go on."),
        "sign_in": _("Sign in"),
        "try_now": _("Try now"),
        "try_now_in": _("Try now (%(seconds)s s)"),
        "trying": _("Trying"),
        "back_online": _("Back online"),
        "undo": _("Undo"),
        "close": _("Close"),
        "cancel": _("Cancel"),
        "server_failed": _("The server could not do that. Nothing was lost. Try again."),
        "no_answer": _("No answer from the server. Check the connection and try again."),
        "not_found": _("This is no longer here, or you may no longer see it. Reload the page."),
        "refused": _("The server refused that. Reload the page and try again."),
        "nothing_found": _("Nothing found"),
        "results": _("Results: %(number)s"),
        "new_ticket": _("1 new ticket"),
        "new_tickets": _("%(number)s new tickets"),
        "copied": _("Copied %(text)s"),
        "message": _("Message"),
        "bold": _("Bold"),
        "italic": _("Italic"),
        "bullets": _("Bulleted list"),
        "numbers": _("Numbered list"),
        "quote": _("Quotation"),
        "link": _("Link"),
        "link_address": _("Address of the link"),
        "goes_out": _("Goes out in %(number)s s"),
        "goes_out_to": _("%(text)s in %(number)s s"),
        "goes_out_when_back": _("Goes out when the connection is back"),
        "being_sent": _("Being sent"),
        "left_already": _("This reply has already left."),
        "back_in_draft": _(
            "#%(number)s: your text is back in the draft there. Read what is new, then send it."
        ),
        "back_one_sent": _("Back online, 1 message sent"),
        "back_sent": _("Back online, %(number)s messages sent"),
    }
