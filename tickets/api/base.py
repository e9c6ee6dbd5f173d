"""What the views under one ticket share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from helpdesk.errors import NotFoundError
from tickets.actor import Actor
from tickets.api.serializers import MessageOutput, TicketDetail
from tickets.models import Message, Ticket


class TicketsView(ApiView):
    """Base of the views about tickets."""

    scope: ClassVar[str] = "tickets"

    @property
    def actor(self) -> Actor:
        return Actor.of(self.user)


class TicketView(TicketsView):
    """Base of everything under one ticket: finds it, or answers 404."""

    ticket: Ticket

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.ticket = get_object_or_404(Ticket.objects.visible_to(self.user), pk=kwargs["pk"])

    def answer(self, status: int = 200) -> Response:
        """Answer with the whole ticket, as it is now."""
        return Response(TicketDetail(whole(self.ticket.pk)).data, status=status)


class MessageView(TicketsView):
    """Base of everything under one message: finds it on a ticket that the user may see, or answers 404."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        visible = Message.objects.filter(ticket__in=Ticket.objects.visible_to(self.user))
        if not visible.filter(pk=kwargs["pk"]).exists():
            raise NotFoundError(_("There is no such message."))

    def answer(self, pk: int, status: int = 200) -> Response:
        """Answer with the whole message, as it is now."""
        return Response(whole_message(pk), status=status)


def whole(ticket_id: int) -> Ticket:
    """Return the ticket with all that its JSON shows."""
    tickets = Ticket.objects.select_related("customer", "team", "assignee")
    return tickets.prefetch_related("tags", "followers").get(pk=ticket_id)


def whole_message(pk: int) -> dict[str, Any]:
    """Return the JSON of a message."""
    return MessageOutput(Message.objects.prefetch_related("attachments", "mentions").get(pk=pk)).data
