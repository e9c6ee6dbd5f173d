"""Inboxes, the raw calls that came in through them, and every attempt to send."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES
from channels_app import secrets
from channels_app.registry import ADAPTERS, adapter_class, channel_choices

if TYPE_CHECKING:
    from accounts.models import User
    from channels_app.contract import Adapter, Request


class InboxQuerySet(models.QuerySet["Inbox"]):
    def visible_to(self, agent: User) -> InboxQuerySet:
        """Inboxes of the agent's teams and those without one; administrators see all."""
        if agent.is_administrator:
            return self
        return self.filter(Q(team__in=agent.team_ids) | Q(team=None))

    def active(self) -> InboxQuerySet:
        return self.filter(is_active=True)

    def taking_mail(self) -> InboxQuerySet:
        """Active inboxes that raw mail may be brought to."""
        return self.active().filter(channel__in=[each for each in ADAPTERS if adapter_class(each).takes_mail])


class Inbox(models.Model):
    """One configured account of one channel: a mailbox, a form, a bot, a phone number."""

    class AutoReplyWhen(models.TextChoices):
        ALWAYS = "always", _("Always")
        OPEN = "open", _("Within the hours")
        CLOSED = "closed", _("Outside the hours")

    name = models.CharField(_("name"), max_length=80)
    channel = models.CharField(_("channel"), max_length=20, choices=channel_choices)
    address = models.CharField(_("address"), max_length=254, blank=True)  # what customers write to
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # names it in public URLs
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="inboxes"
    )
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    signature = models.TextField(_("signature"), blank=True)
    is_auto_reply_on = models.BooleanField(_("send an automatic reply"), default=False)
    auto_reply_when = models.CharField(
        _("when to send it"), max_length=8, choices=AutoReplyWhen.choices, default=AutoReplyWhen.ALWAYS
    )
    auto_reply = models.TextField(_("automatic reply"), blank=True)
    hours = models.JSONField(_("hours"), default=dict, blank=True)  # {"mon": [["08:00","17:30"]], …}
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    config = models.JSONField(default=dict, blank=True)  # what the adapter's form asks, without secrets
    sealed = models.TextField(blank=True)  # its secrets, encrypted; see channels_app.secrets
    is_active = models.BooleanField(_("active"), default=True)
    is_add_cc_followers = models.BooleanField(_("keep people in CC informed"), default=False)
    last_call_at = models.DateTimeField(null=True, blank=True)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    poll_state = models.JSONField(default=dict, blank=True)  # the adapter's own cursor
    created_at = models.DateTimeField(default=timezone.now)

    objects = InboxQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "inboxes"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"], condition=~Q(address=""), name="inbox_address_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_webhook(self) -> bool:
        """Whether a provider may call this inbox over HTTP."""
        return adapter_class(self.channel).has_webhook

    @property
    def weight(self) -> float:
        """How much one ticket of this inbox loads an agent."""
        return adapter_class(self.channel).weight

    @property
    def adapter(self) -> Adapter:
        """The code that speaks to this inbox's channel, configured for it."""
        return adapter_class(self.channel)(
            inbox_id=self.pk,
            address=self.address,
            name=self.name,
            config={**self.config, **secrets.unseal(self.sealed)},
        )


def is_used(inbox: Inbox) -> bool:
    """Tell whether anything ever came in or went out through an inbox."""
    return any(found.exists() for found in (inbox.calls, inbox.conversations, inbox.messages, inbox.tickets))


class CallQuerySet(models.QuerySet["InboundCall"]):
    def visible_to(self, agent: User) -> CallQuerySet:
        """Raw mail is not for everyone: administrators, and supervisors for the inboxes of their teams."""
        if agent.is_administrator:
            return self
        if not agent.is_supervisor:
            return self.none()
        return self.filter(inbox__team__in=agent.team_ids)

    def search(self, q: str = "", *, verdict: str = "", inbox: int | None = None) -> CallQuerySet:
        """The ledger's search: by sender, subject or number, by verdict, by inbox."""
        found = self
        if verdict:
            found = found.filter(verdict=verdict)
        if inbox:
            found = found.filter(inbox=inbox)
        q = q.strip()
        if not q:
            return found
        words = Q(sender__icontains=q) | Q(subject__icontains=q)
        number = q.lstrip("#")
        if number.isdecimal() and len(number) < 18:
            words |= Q(pk=int(number)) | Q(ticket=int(number))
        return found.filter(words)

    def for_list(self) -> CallQuerySet:
        """One row of the ledger without the raw bytes."""
        return self.select_related("inbox").defer("body", "error", "inbox__sealed", "inbox__config")


class InboundCall(models.Model):
    """A call from a provider, stored before we try to understand it. The ledger shows these.

    Every call ends in a verdict with a reason, and can be replayed.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Verdict(models.TextChoices):
        NONE = "", _("Not yet read")
        TICKETED = "ticketed", _("New ticket")
        THREADED = "threaded", _("Added to a ticket")
        FOLLOW_UP = "follow_up", _("Follow-up ticket")
        BOUNCE = "bounce", _("Bounce")
        AUTO_REPLY = "auto_reply", _("Automatic reply")
        SUPPRESSED = "suppressed", _("Held back")
        BLOCKED = "blocked", _("Blocked sender")
        DUPLICATE = "duplicate", _("Already taken")
        STATUS = "status", _("Delivery status")
        IGNORED = "ignored", _("Nothing to do")
        FAILED = "failed", _("Failed")

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_index=False, related_name="calls")
    provider_id = models.CharField(max_length=255)
    source = models.CharField(max_length=10)  # webhook, imap, smtp, pipe, form, api
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    size = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.NONE, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)
    sender = models.CharField(max_length=254, blank=True)  # for the ledger's search
    subject = models.CharField(max_length=250, blank=True)
    message = models.ForeignKey("tickets.Message", on_delete=models.SET_NULL, null=True, blank=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["inbox", "provider_id"], name="call_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="call_waiting", condition=Q(state="received")),
            models.Index(fields=["inbox", "-id"], name="call_inbox"),
            models.Index(fields=["verdict", "-id"], name="call_verdict"),
            models.Index(fields=["sender", "-id"], name="call_sender"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk} in {self.inbox_id}"

    @property
    def request(self) -> Request:
        from channels_app.contract import Request

        return Request(body=bytes(self.body), headers=self.headers)


class AttemptQuerySet(models.QuerySet["DeliveryAttempt"]):
    def visible_to(self, agent: User) -> AttemptQuerySet:
        """Attempts for the tickets that the agent may see."""
        if agent.is_administrator:
            return self
        return self.filter(Q(message__ticket__team__in=agent.team_ids) | Q(message__ticket__team=None))

    def for_list(self) -> AttemptQuerySet:
        """Everything one row of the delivery log shows."""
        return self.select_related("inbox", "message__ticket", "message__identity").defer(
            "inbox__sealed", "inbox__config", "message__body", "message__html", "message__quoted"
        )


class DeliveryAttempt(models.Model):
    """One try to hand a reply to the provider. The delivery log shows these."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("Running")
        SENT = "sent", _("Sent")
        TEMPORARY = "temporary", _("Will be tried again")
        PERMANENT = "permanent", _("Not delivered")
        LOST = "lost", _("Interrupted")

    message = models.ForeignKey("tickets.Message", on_delete=models.CASCADE, related_name="delivery_attempts")
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="delivery_attempts")
    number = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.RUNNING)
    detail = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["outcome", "-id"], name="attempt_outcome")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.message_id}"
