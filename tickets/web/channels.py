"""How a channel looks. Its adapter says so; this room knows no channel by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.apps import apps
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from helpdesk.wiring import ADAPTER_OF

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from channels_app.models import Inbox


class Look(NamedTuple):
    """What a page needs of a channel."""

    label: object
    icon: str
    has_html: bool = False
    has_subject: bool = False


@cache
def look(slug: str) -> Look:
    """Return how a channel looks; one that was removed since still gets a tile."""
    try:
        adapter = import_string(ADAPTER_OF)(slug)
    except KeyError:
        return Look(slug or _("No channel"), "message")
    return Look(adapter.label, adapter.icon, adapter.has_html, adapter.has_subject)


def active_inboxes() -> QuerySet[Inbox]:
    return apps.get_model("channels_app", "Inbox").objects.active()
