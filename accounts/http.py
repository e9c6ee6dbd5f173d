"""Types for requests that have passed sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from accounts.models import User


class AgentRequest(HttpRequest):
    """A request that has passed `login_required`. For annotations only."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails
