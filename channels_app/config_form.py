"""The channel's own form for the settings page. Secrets are never filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from channels_app import secrets
from channels_app.registry import adapter_class

if TYPE_CHECKING:
    from django import forms

    from channels_app.models import Inbox


def config_form(channel: str, data: Any = None, *, inbox: Inbox | None = None) -> forms.Form:
    """Return the form, filled in with what is stored. A stored secret need not be given again."""
    adapter = adapter_class(channel)
    stored = secrets.unseal(inbox.sealed) if inbox is not None else {}
    form = adapter.form_class()(data, initial=dict(inbox.config) if inbox is not None else None)
    for name in adapter.secret_fields & set(stored):
        form.fields[name].required = False
        form.fields[name].widget.attrs["placeholder"] = _("•••• set: enter a new one to change it")
    return form
