"""Who listens to what. This file is the whole reactive graph: read it in one sitting.

A subscriber is a function that takes one `Event` (with its ticket and message). It runs after the
commit, in a worker, each in its own transaction, and must be safe to run twice. If something must be
true *at* the commit, it is not a subscriber: the action calls it directly. Live updates are no
subscribers either: every fact pokes the sockets by itself.
"""

ROUTE = "automation.routing.on_event"
NOTIFY = "tickets.notify.on_event"
ROUTE_PERSON = "automation.routing.on_person"
DELIVER = "channels_app.deliver.on_event"
EMPTY_CALL = "channels_app.redact.on_event"
INDEX = "tickets.search.on_event"

# Subscribers that take many facts at once, for less than each alone: a function of a list of events,
# in the order of their keys. What it raises is no harm: then each fact is taken to the subscriber alone.
TOGETHER: dict[str, str] = {
    ROUTE: "automation.routing.on_events",
    INDEX: "tickets.search.on_events",
}

SUBSCRIBERS: dict[str, list[str]] = {
    "ticket.opened": [ROUTE, NOTIFY],
    "ticket.reopened": [ROUTE, NOTIFY],
    "ticket.assigned": [ROUTE, NOTIFY],
    "ticket.released": [ROUTE],
    "ticket.team_changed": [ROUTE],
    "ticket.status_changed": [ROUTE],
    "ticket.priority_changed": [],
    "ticket.type_changed": [],
    "ticket.subject_changed": [INDEX],
    "ticket.customer_changed": [INDEX],
    "ticket.forward_doubted": [],
    "ticket.tagged": [],
    "ticket.custom_changed": [],
    "ticket.snoozed": [ROUTE],
    "ticket.woken": [ROUTE, NOTIFY],
    "ticket.due_changed": [],
    "ticket.followed": [],
    "ticket.unfollowed": [],
    "ticket.linked": [],
    "ticket.unlinked": [],
    "ticket.merged": [ROUTE, INDEX],
    "ticket.unmerged": [ROUTE, INDEX],
    "ticket.split": [ROUTE, INDEX],
    "ticket.unsplit": [ROUTE, INDEX],
    "ticket.marked_spam": [ROUTE],
    "ticket.unmarked_spam": [ROUTE],
    "message.received": [NOTIFY, INDEX],
    "message.queued": [DELIVER, INDEX],
    "message.cancelled": [INDEX],
    "message.sent": [],
    "message.delivered": [],
    "message.read": [],
    "message.failed": [NOTIFY],
    "message.redacted": [INDEX, EMPTY_CALL],
    "note.added": [NOTIFY, INDEX],
}

# Facts about people have no row: the state of the person says it all, and sweeps look at that. Their
# subscribers take the kind and the id of the person, and must be safe to run twice as well.
PEOPLE_SUBSCRIBERS: dict[str, list[str]] = {
    "person.came_online": [ROUTE_PERSON],
    "person.capacity_changed": [ROUTE_PERSON],
    "person.role_changed": [ROUTE_PERSON],
    "person.teams_changed": [ROUTE_PERSON],
    "person.deactivated": [ROUTE_PERSON],
}

# What tickets ask of rooms that stand on them, by name, since they may not import them.
ADAPTER_OF = "channels_app.registry.adapter_class"  # slug -> how a channel looks and what it can do
NEXT_BEST = "automation.routing.next_best"  # agent -> the ticket to take next, or None
RENAME_TAG_IN_RULES = "automation.actions.rules.rename_tag_in_rules"
TAG_RENAMED = [RENAME_TAG_IN_RULES]  # (name before, after=, actor=): who else names tags
