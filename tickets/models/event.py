"""What happened: facts, operations that can be undone, and what people were told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Event(models.Model):
    """A fact about a ticket, written in the transaction that made it true.

    One row serves the timeline, the audit trail, reports, live updates, webhooks and automation.
    Facts are never edited. What moves is `handled_at` (every subscriber has run), and until then
    `next_attempt_at` and `failed` (the subscribers still to be run again).
    """

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.CASCADE, db_index=False, related_name="events"
    )
    message = models.ForeignKey(
        "tickets.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    actor_kind = models.CharField(max_length=10)  # agent, customer, automation
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    failed = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["ticket", "id"], name="event_ticket"),
            models.Index(fields=["kind", "created_at"], name="event_kind_time"),
            models.Index(fields=["next_attempt_at"], name="event_unhandled", condition=Q(handled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.ticket_id}"


class Operation(models.Model):
    """A merge or a split, with all that moved, so that it can be undone."""

    kind = models.CharField(max_length=10)  # merge, split
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="operations")
    other = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="operations_other")
    data = models.JSONField(default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.other_id} into {self.ticket_id}"


class Notification(models.Model):
    """Something an agent should know: mentioned, assigned, a reply on their ticket, a failed delivery."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="notifications_received",
    )
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="notification_once")]
        indexes = [models.Index(fields=["user", "-id"], name="notification_user")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user_id}"
