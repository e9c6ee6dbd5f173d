"""What follows when a customer's message was taken: people in CC, and the automatic reply.

Loops end here: a machine never answers a machine, a list, a no-reply address or one of our own, nor one
sender more often than the budget says.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from channels_app.hours import is_open
from channels_app.models import Inbox
from helpdesk.errors import DomainError
from tickets.actions.follow import follow
from tickets.actions.reply import reply
from tickets.actor import AUTOMATION
from tickets.models import Message
from tickets.subjects import clean_subject

if TYPE_CHECKING:
    from channels_app.contract import InboundMessage

logger = logging.getLogger(__name__)

BUDGET_WINDOW = timedelta(minutes=180)
BUDGET = 10
BUDGET_SAME_SUBJECT = 2
_NO_REPLY = re.compile(
    r"^(?:no|non|not|do-?not|dont|donot)[-_.]?(?:reply|responder|repondre|antworten)|"
    r"^(?:mailer-daemon|postmaster|bounces?|abuse|listserv|majordomo)(?:[+-].*)?@",
    re.IGNORECASE,
)


def received(inbox: Inbox, message: Message, inbound: InboundMessage) -> None:
    """Do what the inbox wants done with each new message. Runs in the transaction that took it."""
    if inbox.is_add_cc_followers and inbound.cc:
        _follow(message, inbound)
    if inbox.is_auto_reply_on and _may_answer(inbox, message, inbound):
        _answer(inbox, message)


def _follow(message: Message, inbound: InboundMessage) -> None:
    """Agents in CC follow the ticket. Customers in CC stand on the message and are kept on replies."""
    addresses = [address.lower() for _name, address in inbound.cc]
    agents = User.objects.alias(folded=Lower("email")).filter(folded__in=addresses, is_active=True)
    for agent in agents:
        if _sees(agent, message):
            follow(message.ticket_id, actor=AUTOMATION, user=agent)


def _sees(agent: User, message: Message) -> bool:
    team_id = message.ticket.team_id
    return agent.is_administrator or team_id is None or team_id in agent.team_ids


def _may_answer(inbox: Inbox, message: Message, inbound: InboundMessage) -> bool:
    if message.is_automatic or not inbound.is_answerable or _NO_REPLY.match(inbound.sender.address):
        return False
    if Inbox.objects.filter(address__iexact=inbound.sender.address).exists():
        return False
    if inbox.auto_reply_when != Inbox.AutoReplyWhen.ALWAYS:
        wanted = inbox.auto_reply_when == Inbox.AutoReplyWhen.OPEN
        if is_open(inbox.hours, inbox.time_zone, timezone.now()) != wanted:
            return False
    return _is_within_budget(message)


def _is_within_budget(message: Message) -> bool:
    recent = Message.objects.filter(
        identity=message.identity_id,
        kind=Message.Kind.REPLY,
        is_automatic=True,
        created_at__gt=timezone.now() - BUDGET_WINDOW,
    ).values_list("subject", flat=True)
    subjects = [clean_subject(subject) for subject in recent.order_by("-pk")[:BUDGET]]
    same = subjects.count(clean_subject(message.subject or message.ticket.subject))
    return len(subjects) < BUDGET and same < BUDGET_SAME_SUBJECT


def _answer(inbox: Inbox, message: Message) -> None:
    """Queue the automatic reply. That it cannot be made must not lose the customer's message."""
    try:
        with transaction.atomic():
            reply(
                message.ticket_id,
                actor=AUTOMATION,
                body=auto_reply_text(inbox, message),
                conversation_id=message.conversation_id,
                client_id=f"auto-{message.pk}",
                is_automatic=True,
            )
    except DomainError:
        logger.warning("no automatic reply", extra={"ticket": message.ticket_id})


def auto_reply_text(inbox: Inbox, message: Message) -> str:
    """Return the inbox's own words, or ours in its language. `{number}` and `{name}` are filled in."""
    with translation.override(inbox.language):
        text = inbox.auto_reply.strip() or _(
            "Hello {name},\n\nwe have received your message. Its number is {number}. "
            "We will answer as soon as we can."
        )
    return text.replace("{number}", str(message.ticket_id)).replace("{name}", message.author_name)
