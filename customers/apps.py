from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        # who changed what about a customer; not what is only kept for the search
        auditlog.register(self.get_model("Customer"), exclude_fields=["search_words"])
        auditlog.register(self.get_model("Company"))
