"""What the API takes. Shapes only: required, length, type. Rules are the actions' business."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.fields import IdField, RowField, ids
from accounts.models import Team, User
from customers.models import Customer
from tickets.actions.bulk import VERBS
from tickets.actions.draft import MAX_CC
from tickets.api.fields import Mailbox, PriorityField
from tickets.models import CustomField, Draft, Priority, Status, TicketLink, TicketType
from tickets.queue import ORDERS

MAX_TEXT = 200_000


def _words(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=200), max_length=200, **options)


class _Body(serializers.Serializer):
    """Give `body` (plain text) or `html` (cleaned before it is kept)."""

    body = serializers.CharField(max_length=MAX_TEXT, required=False, default="", allow_blank=True)
    html = serializers.CharField(max_length=MAX_TEXT, required=False, default="", allow_blank=True)
    attachments = ids(required=False, default=list, help_text="Your uploads that go along.")
    client_id = serializers.CharField(
        max_length=40,
        required=False,
        default="",
        allow_blank=True,
        help_text="Made by you; a repeated send with the same one returns what is stored.",
    )


class OpenTicketInput(_Body):
    """A ticket begun by the desk: to a customer or an address; without an inbox, a call noted down."""

    inbox = IdField(required=False, allow_null=True, default=None)
    subject = serializers.CharField(max_length=250)
    customer = RowField(queryset=Customer.objects.all(), required=False, allow_null=True, default=None)
    address = serializers.CharField(max_length=254, required=False, default="", allow_blank=True)
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    team = RowField(
        queryset=Team.objects.filter(is_active=True), required=False, allow_null=True, default=None
    )
    type = serializers.ChoiceField(TicketType.choices, required=False, default=TicketType.QUESTION)
    priority = PriorityField(required=False, default=Priority.NORMAL)
    cc = Mailbox(many=True, required=False)
    status_after = serializers.ChoiceField(Status.choices, required=False, default="", allow_blank=True)
    follow_up_of = IdField(required=False, allow_null=True, default=None)
    force = serializers.BooleanField(
        required=False, default=False, help_text="Also to an address that bounced or is blocked."
    )


class TicketChanges(serializers.Serializer):
    """Any of these; what is not given stays."""

    subject = serializers.CharField(max_length=250, required=False)
    type = serializers.ChoiceField(TicketType.choices, required=False)
    priority = PriorityField(required=False)
    custom = serializers.DictField(required=False, help_text="Answers to custom fields; null clears one.")
    customer = RowField(queryset=Customer.objects.all(), required=False)
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class ReplyInput(_Body):
    """An answer to the customer, in the conversation last written in unless another is named."""

    conversation = IdField(required=False, allow_null=True, default=None)
    inbox = IdField(required=False, allow_null=True, default=None)
    identity = IdField(required=False, allow_null=True, default=None)
    cc = Mailbox(many=True, required=False)
    status_after = serializers.ChoiceField(Status.choices, required=False, default="", allow_blank=True)
    send_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    seen_message = IdField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The newest message you have seen; with it, a newer one refuses the reply (409, stale).",
    )
    force = serializers.BooleanField(
        required=False, default=False, help_text="Also to an address that bounced or is blocked."
    )


class NoteInput(_Body):
    """Something that only agents see."""

    mentions = ids(required=False, default=list, help_text="The agents it calls.")


class AssignmentInput(serializers.Serializer):
    agent = RowField(queryset=User.objects.filter(is_active=True))


class TicketTeamInput(serializers.Serializer):
    team = RowField(queryset=Team.objects.filter(is_active=True))


class StatusInput(serializers.Serializer):
    status = serializers.ChoiceField(Status.choices)


class PriorityInput(serializers.Serializer):
    priority = PriorityField()


class TypeInput(serializers.Serializer):
    type = serializers.ChoiceField(TicketType.choices)


class SnoozeInput(serializers.Serializer):
    until = serializers.DateTimeField()


class TagsInput(serializers.Serializer):
    add = _words(required=False, default=list)
    remove = _words(required=False, default=list)


class TagInput(serializers.Serializer):
    name = serializers.CharField(max_length=200)


class FollowerInput(serializers.Serializer):
    """Without an agent, you."""

    agent = RowField(
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True, default=None
    )


class LinkInput(serializers.Serializer):
    ticket = IdField()
    kind = serializers.ChoiceField(TicketLink.Kind.choices)


class MergeIntoInput(serializers.Serializer):
    into = IdField()


class SplitInput(serializers.Serializer):
    subject = serializers.CharField(max_length=250, required=False, default="", allow_blank=True)


class SpamInput(serializers.Serializer):
    block_sender = serializers.BooleanField(required=False, default=False)


class NothingInput(serializers.Serializer):
    """This takes nothing."""


class RedactionInput(serializers.Serializer):
    passage = serializers.CharField(
        max_length=MAX_TEXT,
        required=False,
        default="",
        allow_blank=True,
        help_text="The words to take out wherever they stand in the message; empty: all of it.",
    )
    everywhere = serializers.BooleanField(
        required=False, default=False, help_text="In all messages of the ticket."
    )
    attachments = serializers.BooleanField(required=False, default=False, help_text="Its files too.")


class DraftInput(serializers.Serializer):
    """`version` is the one you last saw; 0 begins a draft."""

    mode = serializers.ChoiceField(Draft.Mode.choices, required=False, default=Draft.Mode.REPLY)
    body = serializers.CharField(max_length=MAX_TEXT, allow_blank=True)
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    conversation = IdField(required=False, allow_null=True, default=None)
    inbox = IdField(required=False, allow_null=True, default=None)
    identity = IdField(required=False, allow_null=True, default=None)
    cc = serializers.CharField(
        max_length=MAX_CC, required=False, allow_null=True, allow_blank=True, default=None,
        help_text="As typed, names and all; null leaves it to the last message.",
    )  # fmt: skip
    attachments = ids(required=False, default=list)


class ReadInput(serializers.Serializer):
    last_message = IdField()


class BulkInput(serializers.Serializer):
    """One verb on up to 500 tickets; `values` are what that verb takes on one ticket."""

    tickets = ids()
    verb = serializers.ChoiceField(VERBS)
    values = serializers.DictField(required=False, default=dict)


class UploadInput(serializers.Serializer):
    file = serializers.FileField(max_length=500)


class SavedViewInput(serializers.Serializer):
    """`conditions` is a tree; `condition-fields/` lists what it may speak of."""

    name = serializers.CharField(max_length=60)
    conditions = serializers.DictField()
    order = serializers.ChoiceField(list(ORDERS), required=False, default="due")
    team = RowField(
        queryset=Team.objects.filter(is_active=True), required=False, allow_null=True, default=None
    )
    is_shared = serializers.BooleanField(required=False, default=False)


class CustomFieldInput(serializers.Serializer):
    key = serializers.CharField(max_length=40)
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]  # a field of this name
    kind = serializers.ChoiceField(CustomField.Kind.choices)
    choices = _words(required=False, default=list)
    types = serializers.ListField(
        child=serializers.ChoiceField(TicketType.choices), required=False, default=list
    )
    is_required_to_solve = serializers.BooleanField(required=False, default=False)
    is_active = serializers.BooleanField(required=False, default=True)
    position = serializers.IntegerField(min_value=0, max_value=32767, required=False, default=0)


class NotificationsReadInput(serializers.Serializer):
    """Nothing given: all."""

    notifications = ids(required=False)
    ticket = IdField(required=False)
