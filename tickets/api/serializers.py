"""What the API says of tickets. Serializers check shapes and never write."""

from __future__ import annotations

from rest_framework import serializers

from accounts.api.serializers import Reference
from tickets.api.fields import Mailboxes, PriorityField
from tickets.models import (
    NEVER,
    Attachment,
    Conversation,
    CustomField,
    Draft,
    Event,
    Message,
    Notification,
    Operation,
    SavedView,
    Status,
    Tag,
    Ticket,
    TicketLink,
    TicketType,
)
from tickets.statuses import MOVES


class TicketRow(serializers.Serializer):
    """One ticket of a list."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="What people call the ticket by; the same as `id`.")
    subject = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    type = serializers.ChoiceField(TicketType.choices)
    priority = PriorityField()
    channel = serializers.CharField()
    inbox = serializers.IntegerField(source="inbox_id", allow_null=True)
    language = serializers.CharField()
    customer = Reference()
    team = Reference(allow_null=True)
    assignee = Reference(allow_null=True)
    tags = serializers.SerializerMethodField()
    preview = serializers.CharField(help_text="The beginning of the last message.")
    is_spam = serializers.BooleanField()
    next_due_at = serializers.SerializerMethodField(help_text="The nearest of its due times.")
    waiting_since = serializers.DateTimeField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)
    last_message_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_tags(self, ticket: Ticket) -> list[str]:
        return [tag.name for tag in ticket.tags.all()]

    def get_next_due_at(self, ticket: Ticket) -> str | None:
        if ticket.next_due_at >= NEVER:
            return None
        return serializers.DateTimeField().to_representation(ticket.next_due_at)


class TicketDetail(TicketRow):
    """One ticket, with what a list leaves out."""

    custom = serializers.DictField()
    followers = Reference(many=True)
    status_moves = serializers.SerializerMethodField(help_text="What the status may become from here.")
    due_at = serializers.DateTimeField(allow_null=True, help_text="Promised by hand.")
    first_reply_due_at = serializers.DateTimeField(allow_null=True)
    solve_due_at = serializers.DateTimeField(allow_null=True)
    first_replied_at = serializers.DateTimeField(allow_null=True)
    assigned_at = serializers.DateTimeField(allow_null=True)
    assigned_why = serializers.CharField(help_text="Why this agent, when the desk chose.")
    solved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    follow_up_of = serializers.IntegerField(source="follow_up_of_id", allow_null=True)
    maybe_related_to = serializers.IntegerField(source="maybe_related_to_id", allow_null=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)

    def get_status_moves(self, ticket: Ticket) -> list[str]:
        return [status for status in Status.values if status in MOVES[ticket.status]]


class FoundTicket(TicketRow):
    """A ticket that was found, with the place where the words stand."""

    snippet = serializers.CharField()
    message = serializers.IntegerField(allow_null=True)


class AttachmentOutput(serializers.ModelSerializer):
    """A file. `url` gives its bytes to whoever may see the ticket."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "sha256", "is_inline", "created_at", "url"]
        read_only_fields = fields

    def get_url(self, attachment: Attachment) -> str:
        return f"/api/v1/attachments/{attachment.pk}/content/"


class MessageOutput(serializers.ModelSerializer):
    """A message of the customer (`in`), a reply (`out`) or a note (`note`)."""

    ticket = serializers.IntegerField(source="ticket_id")
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    author = serializers.IntegerField(source="author_id", allow_null=True)
    attachments = AttachmentOutput(many=True)
    mentions = Reference(many=True)
    to = Mailboxes()
    cc = Mailboxes()

    class Meta:
        model = Message
        fields = [
            "id", "ticket", "conversation", "kind", "channel", "seq", "author", "author_name", "subject",
            "body", "html", "quoted", "signature", "language", "to", "cc", "is_automatic", "mentions",
            "delivery", "failure", "send_at", "sent_at", "redacted_at", "created_at", "client_id",
            "attachments",
        ]  # fmt: skip
        read_only_fields = fields


class EventOutput(serializers.ModelSerializer):
    """A fact about a ticket."""

    ticket = serializers.IntegerField(source="ticket_id")
    message = serializers.IntegerField(source="message_id", allow_null=True)
    actor = serializers.IntegerField(source="actor_id", allow_null=True)
    actor_kind = serializers.ChoiceField(["agent", "customer", "automation"])
    data = serializers.DictField()  # type: ignore[assignment]  # a field of this name

    class Meta:
        model = Event
        fields = [
            "id", "ticket", "message", "kind", "actor", "actor_name", "actor_kind", "data", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class TagOutput(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name", "created_at"]
        read_only_fields = fields


class LinkOutput(serializers.ModelSerializer):
    """Two tickets that belong together. `source` is the parent, or the duplicate, of `target`."""

    source = serializers.IntegerField(source="source_id")  # type: ignore[assignment]  # a field of this name
    target = serializers.IntegerField(source="target_id")

    class Meta:
        model = TicketLink
        fields = ["id", "source", "target", "kind", "created_at"]
        read_only_fields = fields


class SavedViewOutput(serializers.ModelSerializer):
    key = serializers.SerializerMethodField(help_text="Its tickets are at `views/<key>/tickets/`.")
    owner = serializers.IntegerField(source="owner_id")
    team = serializers.IntegerField(source="team_id", allow_null=True)
    conditions = serializers.DictField()

    class Meta:
        model = SavedView
        fields = ["id", "key", "name", "owner", "team", "is_shared", "conditions", "order", "position"]
        read_only_fields = fields

    def get_key(self, view: SavedView) -> str:
        return f"view-{view.pk}"


class ViewOutput(serializers.Serializer):
    """A view of the workspace, with how many tickets it holds (at most 1000; null: not counted)."""

    key = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)


class OperationOutput(serializers.ModelSerializer):
    """A merge or a split. Delete it at `operations/<id>/` to undo it."""

    kind = serializers.ChoiceField(["merge", "split"])
    ticket = serializers.IntegerField(source="ticket_id")
    other = serializers.IntegerField(source="other_id")
    actor = serializers.IntegerField(source="actor_id", allow_null=True)

    class Meta:
        model = Operation
        fields = ["id", "kind", "ticket", "other", "actor", "created_at", "undone_at"]
        read_only_fields = fields


class DraftOutput(serializers.ModelSerializer):
    ticket = serializers.IntegerField(source="ticket_id")
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    inbox = serializers.IntegerField(source="inbox_id", allow_null=True)
    identity = serializers.IntegerField(source="identity_id", allow_null=True)
    attachments = AttachmentOutput(many=True)

    class Meta:
        model = Draft
        fields = [
            "ticket", "mode", "body", "conversation", "inbox", "identity", "cc", "attachments", "version",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class ConversationOutput(serializers.ModelSerializer):
    """One thread with one address in one inbox."""

    ticket = serializers.IntegerField(source="ticket_id")
    inbox = serializers.IntegerField(source="inbox_id")
    identity = serializers.IntegerField(source="identity_id")
    address = serializers.CharField(source="identity.address")

    class Meta:
        model = Conversation
        fields = ["id", "ticket", "inbox", "channel", "identity", "address", "last_message_at", "created_at"]
        read_only_fields = fields


class NotificationOutput(serializers.ModelSerializer):
    ticket = serializers.IntegerField(source="ticket_id")
    event = serializers.IntegerField(source="event_id")

    class Meta:
        model = Notification
        fields = ["id", "kind", "ticket", "event", "created_at", "read_at"]
        read_only_fields = fields


class CustomFieldOutput(serializers.ModelSerializer):
    choices = serializers.ListField(child=serializers.CharField())
    types = serializers.ListField(child=serializers.ChoiceField(TicketType.choices))

    class Meta:
        model = CustomField
        fields = [
            "id", "key", "label", "kind", "choices", "types", "is_required_to_solve", "is_active", "position",
        ]  # fmt: skip
        read_only_fields = fields


class ReadOutput(serializers.Serializer):
    last_message = serializers.IntegerField(source="last_message_id")
    read_at = serializers.DateTimeField()


class RefusedOutput(serializers.Serializer):
    ticket = serializers.IntegerField()
    detail = serializers.CharField()


class BulkOutput(serializers.Serializer):
    """Each ticket succeeds or is refused for itself."""

    done = serializers.ListField(child=serializers.IntegerField())
    refused = RefusedOutput(many=True)


class SearchOutput(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    results = FoundTicket(many=True)


class CountOutput(serializers.Serializer):
    count = serializers.IntegerField()


class ConditionChoice(serializers.Serializer):
    value = serializers.JSONField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name


class ConditionFieldOutput(serializers.Serializer):
    """One field that conditions may speak of, how it may be asked, and with what."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    kind = serializers.CharField()
    operators = ConditionChoice(many=True)
    choices = ConditionChoice(many=True)
    input = serializers.CharField()
