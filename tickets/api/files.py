"""Files: upload what goes along with a reply or note, and fetch what came."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import GONE
from helpdesk.errors import NotFoundError
from tickets.actions.attach import upload
from tickets.actions.redact import redact_attachment
from tickets.api import inputs
from tickets.api.base import TicketsView, TicketView
from tickets.api.serializers import AttachmentOutput
from tickets.files import file_response
from tickets.models import Attachment, Ticket

UPLOAD = {"multipart/form-data": inputs.UploadInput}


class Uploads(TicketsView):
    """Files for a ticket that is about to be opened."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=UPLOAD, responses={201: AttachmentOutput})
    def post(self, request: Request) -> Response:
        """Upload a file; name it in `attachments` when you open the ticket."""
        file = self.checked(inputs.UploadInput)["file"]
        kept = upload(None, name=file.name, content=file.read(), actor=self.actor)
        return Response(AttachmentOutput(kept).data, status=201)


class TicketAttachments(TicketView):
    """The files of a ticket."""

    parser_classes = [MultiPartParser]

    @extend_schema(responses=AttachmentOutput(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The newest 500 files of a ticket."""
        files = Attachment.objects.filter(message__ticket=self.ticket).order_by("-pk")[:500]
        return Response(AttachmentOutput(files, many=True).data)

    @extend_schema(request=UPLOAD, responses={201: AttachmentOutput})
    def post(self, request: Request, pk: int) -> Response:
        """Upload a file; it joins the reply or note that names it in `attachments`."""
        file = self.checked(inputs.UploadInput)["file"]
        kept = upload(self.ticket, name=file.name, content=file.read(), actor=self.actor)
        return Response(AttachmentOutput(kept).data, status=201)


class OneAttachment(TicketsView):
    """One file."""

    @extend_schema(responses=AttachmentOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(AttachmentOutput(self.found(pk)).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove one file of a message for good. Supervisors only."""
        redact_attachment(self.found(pk).pk, actor=self.actor)
        return Response(status=204)

    def found(self, pk: int) -> Attachment:
        """Return a file of a message on a ticket that one may see, or one's own upload."""
        attachment = Attachment.objects.select_related("message").filter(pk=pk).first()
        if attachment is not None and attachment.message is None:
            is_seen = attachment.uploaded_by_id == self.user.pk
        else:
            ticket_id = attachment.message.ticket_id if attachment and attachment.message else None
            tickets = Ticket.objects.visible_to(self.user)
            is_seen = ticket_id is not None and tickets.filter(pk=ticket_id).exists()
        if attachment is None or not is_seen:
            raise NotFoundError(_("There is no such file."))
        return attachment


class AnyType(DefaultContentNegotiation):
    """A file is what it is, whatever `Accept` asks for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


class AttachmentContent(OneAttachment):
    """The bytes of a file."""

    content_negotiation_class = AnyType
    http_method_names = ["get"]

    @extend_schema(
        operation_id="attachments_content_retrieve",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> FileResponse:  # type: ignore[override]
        """The bytes of a file, always as a download."""
        attachment = self.found(pk)
        try:
            return file_response(attachment)
        except FileNotFoundError as error:
            raise NotFoundError(_("This file is no longer kept.")) from error
