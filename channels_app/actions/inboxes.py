"""Set up inboxes. Only administrators; secrets go in and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app import secrets
from channels_app.contract import PermanentError, TemporaryError
from channels_app.hours import require_valid
from channels_app.models import Inbox, is_used
from channels_app.policies import require_administrator
from channels_app.registry import ADAPTERS, adapter_class
from helpdesk.errors import ConflictError, DomainError, NotFoundError

if TYPE_CHECKING:
    from tickets.actor import Actor

FIELDS = ("name", "address", "team", "language", "signature", "is_auto_reply_on", "auto_reply",
          "auto_reply_when", "hours", "time_zone", "is_add_cc_followers")  # fmt: skip


@transaction.atomic
def create_inbox(channel: str, *, config: dict[str, Any], actor: Actor, **fields: Any) -> Inbox:
    """Make an inbox. `config` is what the channel's own form asks, secrets included: cleaned values by
    field name. What is not named gets the form's own beginning.
    """
    require_administrator(actor)
    if channel not in ADAPTERS:
        raise DomainError(_("There is no such channel."), field="channel")
    inbox = Inbox(channel=channel)
    _set_fields(inbox, fields)
    inbox.config, inbox.sealed = _checked(channel, config, kept={})
    _save(inbox)
    return inbox


@transaction.atomic
def update_inbox(
    inbox_id: int, *, actor: Actor, config: dict[str, Any] | None = None, **fields: Any
) -> Inbox:
    """Change an inbox. What `config` does not name stays, and so does a secret that is left empty; its name
    in `forget` takes it away.
    """
    require_administrator(actor)
    forget = frozenset(fields.pop("forget", ()))
    inbox = _locked(inbox_id)
    _set_fields(inbox, fields)
    if config is not None or forget:
        kept = {name: value for name, value in secrets.unseal(inbox.sealed).items() if name not in forget}
        _require_secrets_of_new_servers(inbox, config or {}, kept)
        inbox.config, inbox.sealed = _checked(inbox.channel, config or {}, kept={**inbox.config, **kept})
        inbox.last_error, inbox.failing_since = "", None
        inbox.poll_state = {
            name: value for name, value in inbox.poll_state.items() if name not in ("retry_at", "failures")
        }
    _save(inbox)
    return inbox


@transaction.atomic
def set_active(inbox_id: int, *, is_active: bool, actor: Actor) -> Inbox:
    """Open or close an inbox. A closed one takes nothing in; its tickets stay."""
    require_administrator(actor)
    inbox = _locked(inbox_id)
    inbox.is_active = is_active
    inbox.save(update_fields=["is_active"])
    return inbox


@transaction.atomic
def delete_inbox(inbox_id: int, *, actor: Actor) -> None:
    """Remove an inbox that nothing ever came in or went out through. Raises ConflictError for others."""
    require_administrator(actor)
    inbox = _locked(inbox_id)
    if is_used(inbox):
        raise ConflictError(
            _("This inbox has calls or tickets, so it stays. Switch it off instead."), code="in_use"
        )
    inbox.delete()


def check_inbox(inbox_id: int, *, actor: Actor) -> Inbox:
    """Try the configuration against the provider now. Raises DomainError with the provider's words.

    The network is asked outside any transaction.
    """
    require_administrator(actor)
    inbox = Inbox.objects.filter(pk=inbox_id).first()
    if inbox is None:
        raise NotFoundError(_("There is no such inbox."))
    error = ""
    try:
        inbox.adapter.check()
    except (PermanentError, TemporaryError, OSError) as problem:
        error = str(problem)[:500] or type(problem).__name__
    now = timezone.now()
    Inbox.objects.filter(pk=inbox_id).update(
        last_checked_at=now, last_error=error, failing_since=(inbox.failing_since or now) if error else None
    )
    if error:
        raise DomainError(
            _("It does not work yet. The other side says: %(words)s") % {"words": error}, code="check_failed"
        )
    inbox.refresh_from_db()
    return inbox


def _checked(channel: str, config: dict[str, Any], *, kept: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Ask the channel's own form, and take the secrets out of what it says."""
    adapter = adapter_class(channel)
    given = {
        name: value for name, value in config.items() if not (name in adapter.secret_fields and not value)
    }
    fields = adapter.form_class().base_fields
    beginning = {name: field.initial for name, field in fields.items() if field.initial is not None}
    form = adapter.form_class()({**beginning, **kept, **given})
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise DomainError(errors[0], field="" if field == "__all__" else field)
    values = form.cleaned_data
    sealed = {name: str(values[name]) for name in adapter.secret_fields if values.get(name)}
    return {name: value for name, value in values.items() if name not in adapter.secret_fields}, secrets.seal(
        sealed
    )


def _require_secrets_of_new_servers(inbox: Inbox, config: dict[str, Any], kept: dict[str, str]) -> None:
    """A stored secret is told to the server it was entered for: another one would be a way to read it."""
    for name, server in adapter_class(inbox.channel).secret_servers.items():
        wanted = config.get(server)
        if name in kept and not config.get(name) and wanted and wanted != inbox.config.get(server):
            raise DomainError(
                _("This is another server than before. Enter its password or token, too."),
                field=name,
                code="secret_needed",
            )


def _set_fields(inbox: Inbox, fields: dict[str, Any]) -> None:
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise TypeError(f"not a field of an inbox: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(inbox, name, value)
    inbox.address = inbox.address.strip().lower()
    if not inbox.name.strip():
        raise DomainError(_("Give the inbox a name."), field="name")
    if adapter_class(inbox.channel).takes_mail and inbox.address.count("@") != 1:
        raise DomainError(_("Give the address that customers write to."), field="address")
    require_valid(inbox.hours, inbox.time_zone)


def _save(inbox: Inbox) -> None:
    try:
        with transaction.atomic():
            inbox.save()
    except IntegrityError as error:
        raise ConflictError(
            _("Another inbox has this address already."), code="address_taken", field="address"
        ) from error


def _locked(inbox_id: int) -> Inbox:
    inbox = Inbox.objects.select_for_update().filter(pk=inbox_id).first()
    if inbox is None:
        raise NotFoundError(_("There is no such inbox."))
    return inbox
