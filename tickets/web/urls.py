"""The addresses of the workspace. Names without a namespace are those the frame of every page asks for."""

from django.urls import include, path

from tickets.web import (
    bulk,
    dialogs,
    drafts,
    files,
    messages,
    new,
    palette,
    presence,
    search,
    verbs,
    workspace,
)

_ticket = [
    path("", workspace.ticket, name="ticket"),
    path("row/", workspace.row, name="row"),
    path("head/", workspace.head, name="head"),
    path("panel/", workspace.panel, name="panel"),
    path("more/", workspace.panel_more, name="panel_more"),
    path("timeline/", workspace.timeline, name="timeline"),
    path("read/", workspace.read, name="read"),
    path("replies/", messages.replies, name="replies"),
    path("notes/", messages.notes, name="notes"),
    path("draft/", drafts.draft, name="draft"),
    path("mentions/", drafts.mentions, name="mentions"),
    path("attachments/", files.upload_file, name="upload"),
    path("status/", verbs.status, name="status"),
    path("priority/", verbs.priority, name="priority"),
    path("assignment/", verbs.assignment, name="assignment"),
    path("assignment/choices/", verbs.assign_choices, name="assign"),
    path("snooze/", verbs.snoozing, name="snooze"),
    path("following/", verbs.following, name="following"),
    path("spam/", verbs.spam, name="spam"),
    path("merges/<int:operation_id>/undo/", verbs.unmerging, name="unmerge"),
    path("change/<slug:name>/", dialogs.ticket_form, name="form"),
]
_desk = [
    path("", workspace.inbox, name="inbox"),
    path("views/", workspace.views, name="views"),
    path("next/", workspace.next_ticket, name="next"),
    path("search/", search.search_page, name="search"),
    path("tickets/new/", new.new_ticket, name="new"),
    path("tickets/bulk/", bulk.change, name="bulk"),
    path("tickets/bulk/choices/", bulk.people, name="bulk_people"),
    path("tickets/bulk/page/", bulk.page, name="bulk_page"),
    path("tickets/<int:pk>/", include(_ticket)),
    path("links/<int:pk>/remove/", verbs.unlinking, name="unlink"),
    path("messages/<int:pk>/cancel/", messages.reply_cancel, name="reply_cancel"),
    path("messages/<int:pk>/retry/", messages.reply_retry, name="reply_retry"),
    path("messages/<int:pk>/split/", dialogs.split_form, name="split"),
    path("messages/<int:pk>/redact/", dialogs.redact_form, name="redact"),
    path("messages/<int:pk>/html/", messages.message_html, name="message_html"),
    path("attachments/<int:pk>/", files.attachment, name="attachment"),
]

urlpatterns = [
    path("", include((_desk, "tickets"))),
    path("palette/", palette.palette, name="palette"),
    path("presence/", presence.presence, name="presence"),
]
