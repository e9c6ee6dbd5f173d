from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    """Composition: template tags and commands; no models, no rules."""

    name = "helpdesk"
