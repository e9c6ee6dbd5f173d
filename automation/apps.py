from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "automation"
    verbose_name = _("Automation")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from automation.models import RoutingRule

        auditlog.register(RoutingRule)
