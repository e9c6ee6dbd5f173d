from tickets.models.event import Event, Notification, Operation
from tickets.models.message import Attachment, Conversation, Draft, Message
from tickets.models.ticket import (
    NEVER,
    CustomField,
    Priority,
    Status,
    Tag,
    Ticket,
    TicketLink,
    TicketRead,
    TicketType,
)
from tickets.models.view import SavedView

__all__ = [
    "NEVER",
    "Attachment",
    "Conversation",
    "CustomField",
    "Draft",
    "Event",
    "Message",
    "Notification",
    "Operation",
    "Priority",
    "SavedView",
    "Status",
    "Tag",
    "Ticket",
    "TicketLink",
    "TicketRead",
    "TicketType",
]
