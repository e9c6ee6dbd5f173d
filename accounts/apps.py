from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from accounts.api import schema  # noqa: F401  # registers itself
        from accounts.models import Membership, Team, User

        # who changed which setting, and how it was before; never a password
        auditlog.register(User, exclude_fields=["password", "last_login", "last_send_choice", "sign_outs"])
        auditlog.register(Team)
        auditlog.register(Membership)
