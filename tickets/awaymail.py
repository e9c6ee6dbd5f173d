"""One gathered mail to an agent who is away, of what they were told and have not read.

Rows are claimed by a conditional update under a lock before anything is sent, so two sweeps never send the
same; when the mail server refuses, the claim is given back and the next sweep tries again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Presence, User
from helpdesk import times
from tickets import notify, policies
from tickets.models import Notification
from tickets.notify import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

UNREAD_FOR = timedelta(minutes=5)
FORGET_AFTER = timedelta(days=2)
AT_MOST = 50
_THERE = (Presence.State.ONLINE, Presence.State.BUSY)


def mail_away() -> int:
    """Send one mail to each agent who is away and was told something; return how many. Run by beat."""
    now = timezone.now()
    waiting = Notification.objects.filter(read_at=None, emailed_at=None).filter(
        created_at__lte=now - UNREAD_FOR, created_at__gt=now - FORGET_AFTER, user__is_active=True
    )
    waiting = waiting.exclude(user__presence__state__in=_THERE)
    people = User.objects.filter(pk__in=waiting.values("user_id"))
    return sum(_mail(person) for person in people)


def _mail(person: User) -> bool:
    claimed = _claim(person)
    notifications = [each for each in claimed if policies.can_see(person, each.ticket)]
    if not notifications:
        return False
    try:
        _message(person, notifications).send()
    except (OSError, SMTPException):
        logger.warning("mail to an agent who is away not sent", extra={"user": person.pk}, exc_info=True)
        Notification.objects.filter(pk__in=[each.pk for each in claimed]).update(emailed_at=None)
        return False
    return True


@transaction.atomic
def _claim(person: User) -> list[Notification]:
    now, unwanted = timezone.now(), notify.unwanted(person, "email")
    rows = Notification.objects.select_for_update().filter(user=person, read_at=None, emailed_at=None)
    rows = rows.exclude(kind__in=unwanted).filter(created_at__gt=now - FORGET_AFTER).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:AT_MOST])
    Notification.objects.filter(pk__in=ids, emailed_at=None).update(emailed_at=now)
    found = Notification.objects.filter(pk__in=ids).order_by("pk")
    return list(found.select_related("ticket", "event"))


def _message(person: User, notifications: Sequence[Notification]) -> EmailMessage:
    """In the reader's language and time. The customer's words stay in the desk."""
    number = len({each.ticket_id for each in notifications})
    with translation.override(person.language), timezone.override(person.time_zone):
        subject = ngettext(
            "%(number)d ticket has news for you", "%(number)d tickets have news for you", number
        ) % {"number": number}
        blocks = [_block(each) for each in notifications]
        ending = _("You get this mail because you were away. Your settings say which you get.")
        body = "\n\n".join([*blocks, ending])
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email], headers=headers)


def _block(notification: Notification) -> str:
    ticket = notification.ticket
    return "\n".join(
        [
            f"#{ticket.pk} {ticket.subject}",
            f"{sentence(notification)} · {times.stamp(notification.created_at)}",
            f"{settings.SITE_URL}/tickets/{ticket.pk}/",
        ]
    )
