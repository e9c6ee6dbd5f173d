"""The ledger's one verb: read a stored call once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app.models import InboundCall
from helpdesk.errors import NotAllowedError, NotFoundError
from helpdesk.live import enqueue_each

if TYPE_CHECKING:
    from tickets.actor import Actor


@transaction.atomic
def replay(call_id: int, *, actor: Actor) -> InboundCall:
    """Have a call read again, after its cause was mended. What it brought before is not brought twice."""
    from channels_app.tasks import process_calls

    calls = InboundCall.objects.all()
    if not actor.is_machine:
        if actor.user is None:
            raise NotAllowedError(_("Only a supervisor may do this. Ask one of your team."))
        calls = calls.visible_to(actor.user)
    call = calls.select_for_update(of=("self",)).filter(pk=call_id).first()
    if call is None:
        raise NotFoundError(_("There is no such call."))
    call.state, call.attempts, call.next_attempt_at = InboundCall.State.RECEIVED, 0, timezone.now()
    call.save(update_fields=["state", "attempts", "next_attempt_at"])
    transaction.on_commit(lambda: enqueue_each(process_calls, [call.pk]))
    return call
