"""Messages of a ticket: read them, answer, note, take back, send again, split off, redact."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.pages import Pages
from tickets.actions import delivery
from tickets.actions.note import add_note
from tickets.actions.redact import redact
from tickets.actions.reply import cancel_reply, reply, send_now
from tickets.actions.split import split
from tickets.api import inputs
from tickets.api import serializers as shapes
from tickets.api.base import MessageView, TicketView, whole, whole_message
from tickets.api.tickets import pairs
from tickets.models import Message


class NewestOrOldest(Pages):
    orders = {"newest": ("-id",), "oldest": ("id",)}


class TicketMessages(TicketView, ListAPIView):
    """What was said on one ticket, newest first; replies that were taken back stay out."""

    serializer_class = shapes.MessageOutput
    pagination_class = NewestOrOldest
    queryset = Message.objects.none()
    filter_backends = []

    def get_queryset(self) -> Any:
        messages = Message.objects.filter(ticket_id=self.kwargs.get("pk"))
        messages = messages.exclude(delivery=Message.Delivery.CANCELLED)
        return messages.prefetch_related("attachments", "mentions")


class TicketConversations(TicketView):
    """The threads of one ticket: the ways to answer."""

    @extend_schema(responses=shapes.ConversationOutput(many=True))
    def get(self, request: Request, pk: int) -> Response:
        threads = self.ticket.conversations.select_related("identity").order_by("-last_message_at", "-pk")
        return Response(shapes.ConversationOutput(threads, many=True).data)


class Replies(TicketView):
    """Answers to the customer."""

    @extend_schema(request=inputs.ReplyInput, responses={201: shapes.MessageOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Answer the customer. The reply leaves after ten seconds; until then it may be taken back."""
        data = self.checked(inputs.ReplyInput)
        message = reply(
            pk,
            conversation_id=data.pop("conversation"),
            inbox_id=data.pop("inbox"),
            identity_id=data.pop("identity"),
            cc=pairs(data.pop("cc", [])),
            attachment_ids=tuple(data.pop("attachments")),
            seen_message_id=data.pop("seen_message"),
            actor=self.actor,
            **data,
        )
        return Response(whole_message(message.pk), status=201)


class Notes(TicketView):
    """Notes between agents."""

    @extend_schema(request=inputs.NoteInput, responses={201: shapes.MessageOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Write something that only agents see."""
        data = self.checked(inputs.NoteInput)
        message = add_note(
            pk,
            mention_ids=tuple(data.pop("mentions")),
            attachment_ids=tuple(data.pop("attachments")),
            actor=self.actor,
            **data,
        )
        return Response(whole_message(message.pk), status=201)


class OneMessage(MessageView):
    """One message."""

    @extend_schema(responses=shapes.MessageOutput)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(pk)


class Sending(MessageView):
    """How a reply leaves."""

    @extend_schema(request=None, responses=shapes.MessageOutput)
    def post(self, request: Request, pk: int) -> Response:
        """Send a reply again that was not delivered."""
        return self.answer(delivery.retry(pk, actor=self.actor).pk)

    @extend_schema(request=None, responses=shapes.MessageOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Send a reply now that was to leave later."""
        return self.answer(send_now(pk, actor=self.actor).pk)

    @extend_schema(responses={200: shapes.MessageOutput})
    def delete(self, request: Request, pk: int) -> Response:
        """Take a reply back before it leaves. What was written becomes your draft again."""
        return self.answer(cancel_reply(pk, actor=self.actor).pk)


class Split(MessageView):
    """A message that is a matter of its own."""

    @extend_schema(request=inputs.SplitInput, responses={201: shapes.TicketDetail})
    def post(self, request: Request, pk: int) -> Response:
        """Take a message out into a ticket of its own."""
        ticket = split(pk, subject=self.checked(inputs.SplitInput)["subject"], actor=self.actor)
        return Response(shapes.TicketDetail(whole(ticket.pk)).data, status=201)


class Redaction(MessageView):
    """Words that must not be kept."""

    @extend_schema(request=inputs.RedactionInput, responses=shapes.MessageOutput)
    def post(self, request: Request, pk: int) -> Response:
        """Take words out for good. Supervisors only; this cannot be undone."""
        return self.answer(redact(pk, actor=self.actor, **self.checked(inputs.RedactionInput)).pk)
