"""What was said: conversations, messages, attachments, drafts."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def attachment_path(attachment: Attachment, filename: str) -> str:
    """A path that says nothing and cannot be guessed; the given name stays in the database."""
    key = uuid.uuid4().hex
    return f"attachments/{key[:2]}/{key}"


class Conversation(models.Model):
    """Where we talk: one thread with one identity in one inbox."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="conversations")
    inbox = models.ForeignKey("channels_app.Inbox", on_delete=models.PROTECT, related_name="conversations")
    identity = models.ForeignKey("customers.Identity", on_delete=models.PROTECT, related_name="conversations")
    channel = models.CharField(max_length=20)
    thread = models.CharField(max_length=255, blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inbox", "thread"], condition=~Q(thread=""), name="conversation_thread_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.inbox_id}/{self.thread or self.pk}"


class Message(models.Model):
    """One entry of a ticket: from the customer, to the customer, or a note between agents.

    `body` is plain text and always there; `html` is cleaned markup or empty. What a customer quoted
    and how they signed stands in `quoted` and `signature`: folded away, never deleted.
    """

    class Kind(models.TextChoices):
        INBOUND = "in", _("From the customer")
        REPLY = "out", _("To the customer")
        NOTE = "note", _("Internal note")

    class Delivery(models.TextChoices):
        NONE = "none", _("Not sent")
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Not delivered")
        CANCELLED = "cancelled", _("Taken back")

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.CASCADE, db_index=False, related_name="messages"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    inbox = models.ForeignKey(
        "channels_app.Inbox", on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    seq = models.PositiveIntegerField(default=0)  # counts within the conversation, for "since N"
    kind = models.CharField(max_length=4, choices=Kind.choices)
    channel = models.CharField(max_length=20, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    identity = models.ForeignKey(
        "customers.Identity",
        on_delete=models.SET_NULL,
        db_index=False,
        null=True,
        blank=True,
        related_name="messages",
    )
    author_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    body = models.TextField()
    html = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    signature = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    to = models.JSONField(default=list, blank=True)  # [[name, address], …] as the channel gave or was given
    cc = models.JSONField(default=list, blank=True)
    is_automatic = models.BooleanField(default=False)  # an auto-reply of ours, or a machine's mail
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="mentioned_in", blank=True)

    external_id = models.CharField(max_length=255, blank=True)  # the provider's id; for mail the Message-ID
    in_reply_to = models.CharField(max_length=255, blank=True)
    client_id = models.CharField(max_length=40, blank=True)  # made by the sender, so that a retry is harmless

    delivery = models.CharField(max_length=9, choices=Delivery.choices, default=Delivery.NONE)
    send_at = models.DateTimeField(null=True, blank=True)  # not before this time: undo, send later, back-off
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)  # the provider's words
    status_after = models.CharField(max_length=8, blank=True)  # "send and set solved", undone together
    status_before = models.CharField(max_length=8, blank=True)

    redacted_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # when the sender says it was written / we sent it
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["inbox", "external_id"], condition=~Q(external_id=""), name="message_once"
            ),
            models.UniqueConstraint(
                fields=["ticket", "client_id"], condition=~Q(client_id=""), name="message_client_once"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "-id"], name="message_ticket"),
            models.Index(fields=["external_id"], name="message_external", condition=~Q(external_id="")),
            models.Index(
                fields=["send_at"],
                name="message_to_send",
                condition=Q(delivery__in=["queued", "sending"]),
            ),
            models.Index(fields=["identity", "-id"], name="message_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} on {self.ticket_id}"

    @property
    def is_note(self) -> bool:
        return self.kind == self.Kind.NOTE


class Attachment(models.Model):
    """A file that came with a message or goes out with one; without a message, it waits in a draft."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    file = models.FileField(upload_to=attachment_path, max_length=120)
    name = models.CharField(max_length=250)
    content_type = models.CharField(max_length=120)  # as sniffed, not as claimed
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_id = models.CharField(max_length=250, blank=True)
    is_inline = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"attachment {self.pk} of {self.message_id}"


class Draft(models.Model):
    """What an agent has begun to write on a ticket, kept on the server."""

    class Mode(models.TextChoices):
        REPLY = "reply", _("Reply")
        NOTE = "note", _("Internal note")

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.CASCADE, db_index=False, related_name="drafts"
    )
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    mode = models.CharField(max_length=5, choices=Mode.choices, default=Mode.REPLY)
    body = models.TextField(blank=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, blank=True)
    inbox = models.ForeignKey(  # with `identity`, for a conversation that has not begun
        "channels_app.Inbox", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    identity = models.ForeignKey(
        "customers.Identity", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cc = models.TextField(null=True, blank=True)  # noqa: DJ001  # as typed; None while nobody changed it
    attachments = models.ManyToManyField(Attachment, related_name="drafts", blank=True)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent", "mode"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.mode} on {self.ticket_id}"
