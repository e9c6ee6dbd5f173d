"""What we owe a customer: tickets, their tags, custom fields and links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

REOPEN_WINDOW = timedelta(days=14)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # sorts after every real due time, so keyset paging needs no nulls


class TicketType(models.TextChoices):
    QUESTION = "question", _("Question")
    PROBLEM = "problem", _("Problem")
    COMPLAINT = "complaint", _("Complaint")
    REQUEST = "request", _("Request")
    SUGGESTION = "suggestion", _("Suggestion")


class Priority(models.IntegerChoices):
    """Numbers, so that the database sorts by urgency; the API speaks their names."""

    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")

    @property
    def slug(self) -> str:
        return self.name.lower()


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    PENDING = "pending", _("Waiting on customer")
    ON_HOLD = "on_hold", _("On hold")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")


RESOLVED = (Status.SOLVED, Status.CLOSED)
UNRESOLVED = Q(status__in=[Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD])


class Tag(models.Model):
    """A free label."""

    name = models.CharField(_("name"), max_length=50, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, agent: User) -> TicketQuerySet:
        """The one answer to "which tickets may this person see": their teams', and those without a team."""
        if agent.is_administrator:
            return self
        return self.filter(Q(team_id__in=agent.team_ids) | Q(team=None))

    def unresolved(self) -> TicketQuerySet:
        return self.filter(UNRESOLVED)

    def listed(self) -> TicketQuerySet:
        """Leave out what lists leave out unless asked: spam and tickets merged away."""
        return self.filter(is_spam=False, merged_into=None)

    def for_list(self) -> TicketQuerySet:
        """Everything one row of the list shows, in a fixed number of queries."""
        return self.select_related("customer", "assignee", "team").defer("custom", "assigned_why")


class Ticket(models.Model):
    """One piece of work that we owe a customer, with an owner and a deadline.

    Where we talk about it is a Conversation; a ticket may span several channels.
    """

    subject = models.CharField(_("subject"), max_length=250, blank=True)
    type = models.CharField(_("type"), max_length=10, choices=TicketType.choices, default=TicketType.QUESTION)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.NORMAL
    )
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.NEW)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, db_index=False, related_name="tickets"
    )
    team = models.ForeignKey(
        "accounts.Team",
        on_delete=models.SET_NULL,
        db_index=False,
        null=True,
        blank=True,
        related_name="tickets",
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    assigned_at = models.DateTimeField(null=True, blank=True)
    assigned_why = models.TextField(blank=True)  # one English sentence; the page shows the event's data
    followers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="followed_tickets", blank=True)
    tags = models.ManyToManyField(Tag, related_name="tickets", blank=True)
    inbox = models.ForeignKey(
        "channels_app.Inbox", on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    channel = models.CharField(max_length=20, blank=True)  # the adapter's slug, for rows and filters
    language = models.CharField(max_length=10, blank=True)
    weight = models.DecimalField(max_digits=4, decimal_places=1, default=1)  # what it adds to an agent's load
    custom = models.JSONField(default=dict, blank=True)
    is_spam = models.BooleanField(default=False)

    # What happens when: everything a list sorts by, kept on the row.
    next_due_at = models.DateTimeField(default=NEVER)
    first_reply_due_at = models.DateTimeField(null=True, blank=True)
    solve_due_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)  # set by hand
    first_replied_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # the customer wrote and nobody has answered
    snoozed_until = models.DateTimeField(null=True, blank=True)
    routed_at = models.DateTimeField(null=True, blank=True)  # when it last began to wait for an agent
    solved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    # The last message, so that a row of the list needs no second table.
    last_message_at = models.DateTimeField(default=timezone.now)
    last_message_id = models.BigIntegerField(null=True, blank=True)
    last_message_kind = models.CharField(max_length=4, blank=True)
    preview = models.CharField(max_length=140, blank=True)

    follow_up_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="follow_ups"
    )
    maybe_related_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged_tickets"
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        # a foreign key that begins one of these has no index of its own (`db_index=False`)
        indexes = [
            # unresolved tickets are few: the desk's lists live on these
            models.Index(
                fields=["team", "next_due_at", "id"],
                name="ticket_team_due",
                condition=Q(status__in=["new", "open", "pending", "on_hold"]),
            ),
            models.Index(
                fields=["assignee", "next_due_at", "id"],
                name="ticket_assignee_due",
                condition=Q(status__in=["new", "open", "pending", "on_hold"]),
            ),
            models.Index(
                fields=["next_due_at", "id"],
                name="ticket_due",
                condition=Q(status__in=["new", "open", "pending", "on_hold"]),
            ),
            # all that the list of views counts by: it never reads a ticket for that
            models.Index(
                fields=[
                    "team",
                    "channel",
                    "inbox",
                    "assignee",
                    "waiting_since",
                    "snoozed_until",
                    "status",
                    "type",
                    "priority",
                    "language",
                ],
                name="ticket_counted",
                condition=Q(
                    status__in=["new", "open", "pending", "on_hold"], is_spam=False, merged_into=None
                ),
            ),
            # the list that most open; an index with the assignee in front does not sort what nobody owns
            models.Index(
                fields=["next_due_at", "id"],
                name="ticket_unowned_due",
                condition=Q(assignee=None, status__in=["new", "open", "pending", "on_hold"]),
            ),
            # what waits for an agent, in the order in which it is given out
            models.Index(
                fields=["team", "-priority", "routed_at", "id"],
                name="ticket_waiting",
                condition=Q(assignee=None, status__in=["new", "open"]),
            ),
            models.Index(
                fields=["snoozed_until"], name="ticket_snoozed", condition=Q(snoozed_until__isnull=False)
            ),
            models.Index(fields=["solved_at"], name="ticket_solved", condition=Q(status="solved")),
            models.Index(fields=["-last_message_at", "-id"], name="ticket_spam", condition=Q(is_spam=True)),
            models.Index(fields=["-last_message_at", "-id"], name="ticket_last_message"),
            models.Index(fields=["team", "-last_message_at", "-id"], name="ticket_team_last"),
            models.Index(fields=["status", "-last_message_at", "-id"], name="ticket_status_last"),
            models.Index(fields=["customer", "-last_message_at"], name="ticket_customer_last"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"

    @property
    def number(self) -> int:
        """What people call the ticket by."""
        return self.pk

    @property
    def is_unresolved(self) -> bool:
        return self.status not in RESOLVED

    @property
    def is_snoozed(self) -> bool:
        return self.snoozed_until is not None

    @property
    def accepts_customer_message(self) -> bool:
        """A customer may reopen recent work; older work becomes a follow-up."""
        if self.status == Status.CLOSED or self.merged_into_id is not None:
            return False
        if self.status != Status.SOLVED or self.solved_at is None:
            return True
        return timezone.now() - self.solved_at < REOPEN_WINDOW


class TicketLink(models.Model):
    """Two tickets that belong together. For a parent link, `source` is the parent of `target`."""

    class Kind(models.TextChoices):
        RELATED = "related", _("Related")
        PARENT = "parent", _("Parent of")
        DUPLICATE = "duplicate", _("Duplicate of")

    source = models.ForeignKey(Ticket, on_delete=models.CASCADE, db_index=False, related_name="links_out")
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target", "kind"], name="ticket_link_once")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class TicketRead(models.Model):
    """How far an agent has read a ticket: the unread dot and the "New" line."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, db_index=False, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_message_id = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="ticket_read_once")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.ticket_id} to {self.last_message_id}"


class CustomField(models.Model):
    """A question that the desk wants answered on tickets of some types.

    The answer stands in `Ticket.custom` under `key`; `types` empty means every type.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        CHECKBOX = "checkbox", _("Checkbox")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    types = models.JSONField(_("ticket types"), default=list, blank=True)
    is_required_to_solve = models.BooleanField(_("required to solve"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label
