"""Speak the agent's language, count in the agent's time zone, and leave nothing behind on signing out."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation


class PreferencesMiddleware:
    """Activate the language and time zone of whoever is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            timezone.deactivate()
            return self.get_response(request)
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
        timezone.activate(_zone(user.time_zone))
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", user.language)
        if not request.user.is_authenticated:  # just signed out: drafts kept on this device go as well
            response.headers["Clear-Site-Data"] = '"storage"'
        return response


class AskAgainMiddleware:
    """Lead a part of a page that must say again who acts to the whole page that asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or response.status_code != 302:
            return response
        asking = {reverse("account_reauthenticate"), reverse("mfa_reauthenticate")}
        target = response.headers["Location"]
        return HttpResponse(headers={"HX-Redirect": target}) if urlsplit(target).path in asking else response


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
