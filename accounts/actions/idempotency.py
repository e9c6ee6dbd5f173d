"""Make a repeated write harmless: claim the key, keep the answer. (Idempotency-Key, IETF draft.)"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import IdempotentCall, User
from helpdesk.errors import ConflictError, DomainError

KEPT_FOR = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=5)  # a process that died while it worked


def claim_key(user: User, *, key: str, fingerprint: str) -> tuple[IdempotentCall, bool]:
    """Return the row of this key and whether the caller is the one to do the work.

    Raises DomainError when the key was used for another request, ConflictError while the first call
    is still under way.
    """
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(user=user, key=key, fingerprint=fingerprint), True
    except IntegrityError:
        call = IdempotentCall.objects.get(user=user, key=key)
    if call.fingerprint != fingerprint:
        raise DomainError(
            _("This Idempotency-Key was used for another request. Make a new one."), code="key_reused"
        )
    if call.status is not None:
        return call, False
    now = timezone.now()
    abandoned = IdempotentCall.objects.filter(pk=call.pk, status=None, created_at__lt=now - ABANDONED_AFTER)
    if abandoned.update(created_at=now):
        return call, True
    raise ConflictError(_("The first call with this Idempotency-Key is still under way."), code="in_progress")


def keep_answer(call: IdempotentCall, *, status: int, answer: Any) -> None:
    """Store the answer for repeats; a failure of ours is forgotten, so that a repeat works again."""
    if status >= 500:
        call.delete()
        return
    call.status, call.answer = status, answer
    call.save(update_fields=["status", "answer"])


def purge_answers() -> int:
    """Forget answers that are older than a day."""
    return IdempotentCall.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
