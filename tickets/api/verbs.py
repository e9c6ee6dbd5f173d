"""What one does to a ticket: each verb is a resource, each resource calls one action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import GONE
from accounts.api.serializers import Reference
from accounts.models import User
from helpdesk.errors import DomainError, NotFoundError
from tickets.actions.assign import assign, release, take
from tickets.actions.draft import discard_draft, save_draft
from tickets.actions.follow import follow, unfollow
from tickets.actions.link import link, unlink
from tickets.actions.merge import merge, unmerge
from tickets.actions.read import mark_read
from tickets.actions.snooze import snooze, wake
from tickets.actions.spam import mark_spam, unmark_spam
from tickets.actions.split import unsplit
from tickets.actions.status import change_status
from tickets.actions.tag import tag
from tickets.actions.team import move_team
from tickets.api import inputs
from tickets.api import serializers as shapes
from tickets.api.base import TicketsView, TicketView
from tickets.models import Draft, Operation, Ticket, TicketLink

if TYPE_CHECKING:
    from django.db.models import QuerySet

MODE = OpenApiParameter("mode", str, enum=Draft.Mode.values, default="reply", description="reply or note")


class Assignment(TicketView):
    """Who owns the ticket."""

    @extend_schema(request=None, responses=shapes.TicketDetail)
    def post(self, request: Request, pk: int) -> Response:
        """Take the ticket yourself."""
        take(pk, actor=self.actor)
        return self.answer()

    @extend_schema(request=inputs.AssignmentInput, responses=shapes.TicketDetail)
    def put(self, request: Request, pk: int) -> Response:
        """Give the ticket to an agent of its team."""
        assign(pk, to=self.checked(inputs.AssignmentInput)["agent"], actor=self.actor)
        return self.answer()

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Give the ticket back to its team."""
        release(pk, actor=self.actor)
        return Response(status=204)


class TicketTeam(TicketView):
    """Which team owns the ticket."""

    @extend_schema(request=inputs.TicketTeamInput, responses={200: shapes.TicketDetail, 204: GONE})
    def put(self, request: Request, pk: int) -> Response:
        """Move the ticket to a team; 204 when that takes it out of your sight."""
        move_team(pk, team=self.checked(inputs.TicketTeamInput)["team"], actor=self.actor)
        if not Ticket.objects.visible_to(self.user).filter(pk=pk).exists():
            return Response(status=204)
        return self.answer()


class TicketStatus(TicketView):
    """Where the ticket stands. `status_moves` of the ticket says where it may go."""

    @extend_schema(request=inputs.StatusInput, responses=shapes.TicketDetail)
    def put(self, request: Request, pk: int) -> Response:
        """Set the status, by the table of allowed moves."""
        change_status(pk, to=self.checked(inputs.StatusInput)["status"], actor=self.actor)
        return self.answer()


class Snooze(TicketView):
    """Hidden until a time."""

    @extend_schema(request=inputs.SnoozeInput, responses=shapes.TicketDetail)
    def put(self, request: Request, pk: int) -> Response:
        """Hide the ticket until a time."""
        snooze(pk, until=self.checked(inputs.SnoozeInput)["until"], actor=self.actor)
        return self.answer()

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Show the ticket again."""
        wake(pk, actor=self.actor)
        return Response(status=204)


class TicketTags(TicketView):
    """The labels of a ticket."""

    @extend_schema(request=inputs.TagsInput, responses=shapes.TicketDetail)
    def patch(self, request: Request, pk: int) -> Response:
        """Put labels on, take labels off."""
        data = self.checked(inputs.TagsInput)
        tag(pk, add=tuple(data["add"]), remove=tuple(data["remove"]), actor=self.actor)
        return self.answer()


class Followers(TicketView):
    """Who watches the ticket."""

    @extend_schema(responses=Reference(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return Response(Reference(self.ticket.followers.all(), many=True).data)

    @extend_schema(request=inputs.FollowerInput, responses=shapes.TicketDetail)
    def post(self, request: Request, pk: int) -> Response:
        """Make an agent a follower; without one, yourself."""
        follow(pk, user=self.checked(inputs.FollowerInput)["agent"], actor=self.actor)
        return self.answer()


class Follower(TicketView):
    """One who watches the ticket."""

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int, agent: int) -> Response:
        """Stop watching."""
        unfollow(pk, user=get_object_or_404(User, pk=agent), actor=self.actor)
        return Response(status=204)


class Links(TicketView):
    """Tickets that belong together."""

    @extend_schema(responses=shapes.LinkOutput(many=True))
    def get(self, request: Request, pk: int) -> Response:
        seen = Ticket.objects.visible_to(self.user)
        out = self.ticket.links_out.filter(target__in=seen)
        into = self.ticket.links_in.filter(source__in=seen)
        return Response(shapes.LinkOutput([*out, *into], many=True).data)

    @extend_schema(request=inputs.LinkInput, responses={201: shapes.LinkOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Link this ticket to another: related, parent of, duplicate of."""
        data = self.checked(inputs.LinkInput)
        made = link(pk, other_id=data["ticket"], kind=data["kind"], actor=self.actor)
        return Response(shapes.LinkOutput(made).data, status=201)


class Link(TicketsView):
    """One link."""

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Take a link away."""
        seen = Ticket.objects.visible_to(self.user)
        if not TicketLink.objects.filter(pk=pk, source__in=seen, target__in=seen).exists():
            raise NotFoundError(_("There is no such link."))
        unlink(pk, actor=self.actor)
        return Response(status=204)


class Merge(TicketView):
    """Two tickets that are one."""

    @extend_schema(request=inputs.MergeIntoInput, responses={201: shapes.OperationOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Make this ticket part of another one."""
        done = merge(pk, into_id=self.checked(inputs.MergeIntoInput)["into"], actor=self.actor)
        return Response(shapes.OperationOutput(done).data, status=201)


class Operations(TicketView):
    """Merges and splits of one ticket."""

    @extend_schema(responses=shapes.OperationOutput(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The newest 100 merges and splits of one ticket, also those undone."""
        seen = Ticket.objects.visible_to(self.user)
        own = _operations(seen).filter(ticket=pk) | _operations(seen).filter(other=pk)
        return Response(shapes.OperationOutput(own.order_by("-pk")[:100], many=True).data)


class OneOperation(TicketsView):
    """A merge or a split."""

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Undo a merge or a split."""
        operation = _operations(Ticket.objects.visible_to(self.user)).filter(pk=pk).first()
        if operation is None:
            raise NotFoundError(_("There is nothing to undo."))
        (unmerge if operation.kind == "merge" else unsplit)(pk, actor=self.actor)
        return Response(status=204)


class Spam(TicketView):
    """Spam, or not."""

    @extend_schema(request=inputs.SpamInput, responses=shapes.TicketDetail)
    def put(self, request: Request, pk: int) -> Response:
        """Mark as spam; `block_sender`: hear the address no more."""
        mark_spam(pk, block_sender=self.checked(inputs.SpamInput)["block_sender"], actor=self.actor)
        return self.answer()

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Not spam after all; the address is heard again."""
        unmark_spam(pk, actor=self.actor)
        return Response(status=204)


class TicketDraft(TicketView):
    """What you have begun to write. Drafts are personal."""

    @extend_schema(parameters=[MODE], responses=shapes.DraftOutput)
    def get(self, request: Request, pk: int) -> Response:
        draft = self.ticket.drafts.filter(agent=self.user, mode=self._mode()).first()
        if draft is None:
            raise NotFoundError(_("You have no draft on this ticket."))
        return Response(shapes.DraftOutput(draft).data)

    @extend_schema(request=inputs.DraftInput, responses=shapes.DraftOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Keep what you write. A newer text is never replaced by an older one (409, draft_newer)."""
        data = self.checked(inputs.DraftInput)
        draft = save_draft(
            pk,
            conversation_id=data.pop("conversation"),
            inbox_id=data.pop("inbox"),
            identity_id=data.pop("identity"),
            attachment_ids=tuple(data.pop("attachments")),
            actor=self.actor,
            **data,
        )
        return Response(shapes.DraftOutput(draft).data)

    @extend_schema(parameters=[MODE], responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Throw your draft away."""
        discard_draft(pk, mode=self._mode(), actor=self.actor)
        return Response(status=204)

    def _mode(self) -> str:
        mode = self.request.query_params.get("mode", Draft.Mode.REPLY)
        if mode not in Draft.Mode.values:
            raise DomainError(_("A draft is a reply or a note."), code="choice", field="mode")
        return mode


class Reading(TicketView):
    """How far you have read."""

    @extend_schema(request=inputs.ReadInput, responses=shapes.ReadOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Remember the newest message you have seen. Never goes back."""
        last = self.checked(inputs.ReadInput)["last_message"]
        return Response(shapes.ReadOutput(mark_read(pk, last_message_id=last, actor=self.actor)).data)


def _operations(seen: QuerySet[Ticket]) -> QuerySet[Operation]:
    return Operation.objects.filter(ticket__in=seen, other__in=seen)
