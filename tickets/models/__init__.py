from tickets.models.event import Event, Notification, Operation
from tickets.models.message import Attachment, Conversation, Draft, Message
from tickets.models.search import SearchEntry
from tickets.models.ticket import (
    NEVER,
    RESOLVED,
    UNRESOLVED,
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
    "RESOLVED",
    "UNRESOLVED",
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
    "SearchEntry",
    "Status",
    "Tag",
    "Ticket",
    "TicketLink",
    "TicketRead",
    "TicketType",
]
