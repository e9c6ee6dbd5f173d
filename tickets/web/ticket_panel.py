"""The third column: one ticket, its header, its timeline and where to write."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import times
from helpdesk.compiled import compiled
from helpdesk.errors import NotFoundError
from helpdesk.templatetags.ui import sla as draw_sla
from tickets import policies
from tickets.models import Operation, Priority, Status, Ticket, TicketRead
from tickets.promise import due_of
from tickets.statuses import MOVES
from tickets.web import composer, entries, viewers
from tickets.web.http import MAX_ID, actor_of, queue_query, ticket_url
from tickets.web.recipients import Wanted

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.http import AgentRequest
    from accounts.models import User

STATUS_ICONS = {
    "new": "sparkles", "open": "circle-dot", "pending": "hourglass", "on_hold": "player-pause",
    "solved": "circle-check", "closed": "lock",
}  # fmt: skip
MORNING = time(9, 0)
_NOT_SHOWN = (
    "inbox__config", "inbox__sealed", "inbox__hours", "inbox__poll_state", "inbox__auto_reply",
    "customer__company__notes", "customer__company__attributes", "customer__company__domains",
)  # fmt: skip


class Choice(NamedTuple):
    """One entry of a menu."""

    value: object
    label: object
    icon: str
    is_current: bool = False
    detail: str = ""


class Target(NamedTuple):
    """One promised time in the header."""

    label: str
    drawn: str
    is_extra: bool = False


class Item(NamedTuple):
    """A form that opens as a dialog."""

    name: str
    label: str
    icon: str


class Menus(NamedTuple):
    """What the menus of the header depend on, beside the number of the ticket."""

    can_work: bool
    statuses: tuple[Choice, ...]
    priorities: tuple[Choice, ...]
    snoozes: tuple[Choice, ...]
    dialogs: tuple[Item, ...]
    is_snoozed: bool
    is_followed: bool
    is_assigned: bool
    is_mine: bool
    is_spam: bool


class Head(NamedTuple):
    """What `tickets/_head.html` prints beside the ticket itself."""

    subject: str
    priority: str
    status_icon: str
    snoozed_until: str
    targets: list[Target]
    menus: Menus


class Banner(NamedTuple):
    """A strip above the timeline: where this ticket comes from or went."""

    text: str
    icon: str = "info-circle"
    tone: str = ""
    url: str = ""
    link: str = ""
    action: str = ""
    button: str = ""


def load(request: AgentRequest, pk: int) -> Ticket:
    """Return the ticket with all that its page shows of it, in one query. Raises NotFoundError."""
    ticket = _shown.first(request.user, pk, viewers.forgotten_before()) if pk <= MAX_ID else None
    if ticket is None:
        raise NotFoundError(_("There is no such ticket."))
    return ticket


@compiled(is_planned_once=True)
def _shown(me: User, pk: int, forgotten: datetime) -> QuerySet[Ticket]:
    read = TicketRead.objects.filter(ticket=OuterRef("pk"), user=me).values("last_message_id")[:1]
    following = Ticket.followers.through.objects.filter(ticket_id=OuterRef("pk"), user_id=me.pk)
    splits = Operation.objects.filter(kind="split", other=OuterRef("pk"), undone_at=None)
    tickets = Ticket.objects.visible_to(me).select_related(
        "customer__company", "customer__owner", "team", "assignee", "inbox"
    )
    return (
        tickets.defer(*_NOT_SHOWN)
        .annotate(
            read_to=Coalesce(Subquery(read), 0),
            is_followed=Exists(following),
            split_off=Subquery(
                splits.values(json=JSONObject(pk="pk", ticket="ticket_id", team="ticket__team_id"))[:1]
            ),
            has_merged=Exists(Ticket.objects.filter(merged_into=OuterRef("pk"))),
            previous_team=F("follow_up_of__team_id"),
            related_team=F("maybe_related_to__team_id"),
            draft_of_another=Subquery(viewers.draft_of_others(me, since=forgotten)),
            **composer.drafts_of(me),
        )
        .filter(pk=pk)
    )


def panel(request: AgentRequest, ticket: Ticket, *, before: str = "") -> dict[str, object]:
    """Return what `tickets/_conversation.html` expects."""
    said = entries.panel(request, ticket, before=before)
    return {
        "ticket": ticket,
        "customer": ticket.customer,
        "customer_name": str(ticket.customer),
        "banners": _banners(request, ticket),
        **viewers.panel(request, ticket),
        "queue_url": reverse("tickets:inbox") + queue_query(request),
        **head_panel(request, ticket),
        **said,
        "composer": composer.of(request, ticket, said["entries"], wanted=_wanted(request)),
    }


def _wanted(request: AgentRequest) -> Wanted | None:
    """Recipients that were chosen on a page of its own."""
    return Wanted.of(request.GET.dict()) if "identity" in request.GET else None


def head_panel(request: AgentRequest, ticket: Ticket) -> dict[str, object]:
    """Return what `tickets/_head.html` expects beside the ticket."""
    head = Head(
        subject=ticket.subject or _("(no subject)"),
        priority=Priority(ticket.priority).slug,
        status_icon=STATUS_ICONS[ticket.status],
        snoozed_until=times.stamp(ticket.snoozed_until) if ticket.snoozed_until else "",
        targets=_targets(ticket),
        menus=_menus(request, ticket),
    )
    return {"head": head, "queue_url": reverse("tickets:inbox") + queue_query(request),
            "back_label": _("Back to the list")}  # fmt: skip


def _menus(request: AgentRequest, ticket: Ticket) -> Menus:
    moves = [ticket.status, *(status for status in Status.values if status in MOVES[ticket.status])]
    return Menus(
        can_work=policies.can_work_on(actor_of(request), ticket) and ticket.merged_into_id is None,
        statuses=tuple(
            Choice(value, str(Status(value).label), STATUS_ICONS[value], value == ticket.status)
            for value in moves
        ),
        priorities=tuple(
            Choice(each.value, str(each.label), each.slug, each.value == ticket.priority)
            for each in reversed(Priority)
        ),
        snoozes=tuple(snoozes()),
        dialogs=_dialogs(),
        is_snoozed=ticket.snoozed_until is not None,
        is_followed=bool(getattr(ticket, "is_followed", False)),
        is_assigned=ticket.assignee_id is not None,
        is_mine=ticket.assignee_id == request.user.pk,
        is_spam=ticket.is_spam,
    )


def snoozes(now: datetime | None = None) -> list[Choice]:
    """Return the usual times to snooze until, in the reader's zone."""
    now = timezone.localtime(now or timezone.now())
    later = (now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    tomorrow = _morning(now, 1)
    monday = _morning(now, 7 - now.weekday())
    found = [
        ("later", _("Later today"), "clock", later),
        ("tomorrow", _("Tomorrow morning"), "calendar", tomorrow),
        ("monday", _("Next Monday"), "calendar", monday),
    ]
    return [
        Choice(moment.isoformat(), label, icon, detail=times.stamp(moment))
        for _key, label, icon, moment in found
    ]


def tomorrow_morning() -> datetime:
    return _morning(timezone.localtime(), 1)


def _morning(now: datetime, days: int) -> datetime:
    day = (now + timedelta(days=days)).date()
    return timezone.make_aware(datetime.combine(day, MORNING))


def _targets(ticket: Ticket) -> list[Target]:
    """First reply, next reply, solution: those that were promised."""
    found: list[Target] = []
    if ticket.first_reply_due_at and ticket.first_replied_at:
        seconds = (ticket.first_replied_at - ticket.created_at).total_seconds()
        state = "met" if ticket.first_replied_at <= ticket.first_reply_due_at else ""
        if state:
            found.append(Target(_("First reply"), draw_sla(state=state, met_seconds=seconds), is_extra=True))
    due = due_of(ticket)
    if due.state and due.target != "resolution":
        state = due.state if due.state in ("paused", "met") else ""
        found.append(
            Target(_("Reply"), draw_sla(due.due_at, due.started_at, state, due.target, due.met_seconds))
        )
    if ticket.solve_due_at and ticket.is_unresolved:
        paused = "paused" if ticket.status == Status.PENDING else ""
        drawn = draw_sla(ticket.solve_due_at, ticket.created_at, paused, "resolution")
        found.append(Target(_("Solve"), drawn))
    return found


def _dialogs() -> tuple[Item, ...]:
    return (
        Item("subject", _("Change the subject"), "pencil"),
        Item("type", _("Change the type"), "list-details"),
        Item("tags", _("Tags"), "tags"),
        Item("fields", _("Fields"), "checklist"),
        Item("customer", _("Change the customer"), "user-edit"),
        Item("link", _("Link to another ticket"), "link"),
        Item("merge", _("Merge into another ticket"), "arrow-merge"),
    )


def _banners(request: AgentRequest, ticket: Ticket) -> list[Banner]:
    user, banners = request.user, []
    if ticket.merged_into_id:
        banners.append(_merged(ticket))
    split_off: dict[str, int] | None = ticket.split_off  # type: ignore[attr-defined]  # annotated
    if split_off and _sees(user, split_off["ticket"], split_off["team"]):
        may_undo = policies.can_work_on(actor_of(request), ticket) and ticket.first_replied_at is None
        banners.append(_split(ticket, split_off, may_undo=may_undo))
    earlier, related = ticket.follow_up_of_id, ticket.maybe_related_to_id
    if earlier and _sees(user, earlier, ticket.previous_team):  # type: ignore[attr-defined]  # annotated
        text = _("This continues #%(number)s, which was resolved.") % {"number": earlier}
        banners.append(Banner(text, "history", "", ticket_url(earlier), _("Open it")))
    if related and _sees(user, related, ticket.related_team):  # type: ignore[attr-defined]  # annotated
        text = _("Maybe related to #%(number)s: someone else answered in that conversation.")
        banners.append(Banner(text % {"number": related}, "link", "soon", ticket_url(related), _("Compare")))
    return banners


def _merged(ticket: Ticket) -> Banner:
    into = ticket.merged_into_id or 0
    merges = Operation.objects.filter(kind="merge", other=ticket, ticket=into, undone_at=None)
    operation = merges.values_list("pk", flat=True).first()
    undo = reverse("tickets:unmerge", args=[ticket.pk, operation]) if operation else ""
    text = _("Merged into #%(number)s.") % {"number": into}
    return Banner(text, "arrow-merge", "", ticket_url(into), _("Open it"), undo, _("Take the merge back"))


def _split(ticket: Ticket, operation: dict[str, int], *, may_undo: bool) -> Banner:
    undo = reverse("tickets:unsplit", args=[ticket.pk, operation["pk"]]) if may_undo else ""
    text = _("Split off from #%(number)s.") % {"number": operation["ticket"]}
    url = ticket_url(operation["ticket"])
    return Banner(text, "arrows-split", "", url, _("Open it"), undo, _("Take the split back"))


def _sees(user: User, ticket_id: int | None, team_id: int | None) -> bool:
    """The rule of `policies.can_see`, for a ticket of which only the team was read."""
    return ticket_id is not None and (user.is_administrator or team_id is None or team_id in user.team_ids)
