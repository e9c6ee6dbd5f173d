"""Where an agent writes: what stands in the composer when a ticket opens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets import policies
from tickets.actions.reply import UNDO_SECONDS
from tickets.models import Attachment, Draft, Ticket
from tickets.web import recipients
from tickets.web.http import actor_of
from tickets.web.recipients import Recipients, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from accounts.http import AgentRequest
    from accounts.models import User
    from tickets.web.entries import Drawn

MODES = ("reply", "note")
SEND_ICONS = {"": "send", "pending": "hourglass", "solved": "circle-check"}
SEND_KEYS = {"": "Ctrl ↵", "pending": "Ctrl Shift ↵", "solved": "Ctrl Alt ↵"}


class Kept(NamedTuple):
    """A draft as the ticket's query brought it."""

    pk: int
    body: str
    version: int
    conversation_id: int | None
    inbox_id: int | None
    identity_id: int | None
    cc: str | None


@dataclass(frozen=True)
class SendChoice:
    """What Send does besides sending."""

    value: str
    label: str
    icon: str
    keys: str


@dataclass(frozen=True)
class Composer:
    """What `tickets/_composer.html` prints."""

    mode: str
    can_reply: bool
    body: str
    other_body: str
    version: int
    other_version: int
    recipients: Recipients | None
    placeholder: str
    client_id: str
    send_choice: str
    send_label: str
    send_choices: list[SendChoice]
    max_bytes: int
    too_large: str
    undo_seconds: int
    zone_hint: str
    editor_url: str
    files: list[Attachment] = field(default_factory=list)
    other_files: list[Attachment] = field(default_factory=list)
    error: str = ""


def of(
    request: AgentRequest,
    ticket: Ticket,
    entries: Iterable[Drawn] | None = None,
    *,
    wanted: Wanted | None = None,
    shown: Mapping[str, str] | None = None,
) -> Composer:
    """Return the composer of a ticket, with the agent's drafts; `shown` puts back what was refused.

    `wanted` are recipients that the agent has just chosen; `entries`, what the page shows of the ticket.
    """
    drafts, shown = _drafts(ticket), shown or {}
    to = recipients.of(request, ticket, wanted or _wanted(drafts.get("reply")), entries)
    may_reply = policies.can_work_on(actor_of(request), ticket) and to is not None
    mode = shown.get("mode") or _mode(drafts, may_reply=may_reply)
    other = "note" if mode == "reply" else "reply"
    choices = send_choices()
    choice = request.user.last_send_choice if request.user.last_send_choice in choices else ""
    limit = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
    chosen = drafts.get(mode)
    files = _files(drafts)
    return Composer(
        mode=mode,
        can_reply=may_reply,
        body=shown.get("body", chosen.body if chosen else ""),
        other_body=drafts[other].body if other in drafts else "",
        version=chosen.version if chosen else 0,
        other_version=drafts[other].version if other in drafts else 0,
        recipients=to,
        placeholder=_("Write to %(name)s.") % {"name": ticket.customer},
        client_id=uuid.uuid4().hex,
        send_choice=choice,
        send_label=choices[choice].label,
        send_choices=list(choices.values()),
        max_bytes=settings.ATTACHMENT_MAX_BYTES,
        too_large=_("This file is too large. The limit is %(limit)s MB: send a link instead.")
        % {"limit": limit},
        undo_seconds=UNDO_SECONDS,
        zone_hint=_("In your time zone, %(zone)s.") % {"zone": timezone.get_current_timezone_name()},
        editor_url=static("django_prose_editor/editor.js"),
        files=files[mode],
        other_files=files[other],
        error=shown.get("error", ""),
    )


def send_choices() -> dict[str, SendChoice]:
    labels = {"": _("Send"), "pending": _("Send and set Pending"), "solved": _("Send and set Solved")}
    return {key: SendChoice(key, label, SEND_ICONS[key], SEND_KEYS[key]) for key, label in labels.items()}


def drafts_of(agent: User) -> dict[str, Subquery]:
    """What to add to the query of a ticket so that it brings this agent's drafts along."""
    mine = Draft.objects.filter(ticket=OuterRef("pk"), agent=agent)
    parts = JSONObject(**{name: name for name in Kept._fields})
    return {f"draft_{mode}": Subquery(mine.filter(mode=mode).values(json=parts)[:1]) for mode in MODES}


def _drafts(ticket: Ticket) -> dict[str, Kept]:
    found = {mode: getattr(ticket, f"draft_{mode}", None) for mode in MODES}
    return {mode: Kept(**each) for mode, each in found.items() if each}


def _wanted(draft: Kept | None) -> Wanted:
    return Wanted(draft.conversation_id, draft.inbox_id, draft.identity_id, draft.cc) if draft else Wanted()


def _files(drafts: Mapping[str, Kept]) -> dict[str, list[Attachment]]:
    """Return the files of each mode: what was added to a note never goes with a reply."""
    modes = {draft.pk: mode for mode, draft in drafts.items()}
    files: dict[str, list[Attachment]] = {mode: [] for mode in MODES}
    if modes:
        for file in Attachment.objects.filter(drafts__in=modes).annotate(draft_id=F("drafts")).order_by("pk"):
            files[modes[file.draft_id]].append(file)
    return files


def _mode(drafts: dict[str, Kept], *, may_reply: bool) -> str:
    if not may_reply:
        return "note"
    note, reply = drafts.get("note"), drafts.get("reply")
    return "note" if note and note.body and not (reply and reply.body) else "reply"
