from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# What moves by itself, and what nobody may read: neither belongs in the list of settings changes.
NOT_AUDITED = ["sealed", "poll_state", "last_call_at", "last_checked_at", "last_error", "failing_since"]


class ChannelsAppConfig(AppConfig):
    name = "channels_app"
    verbose_name = _("Channels")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        auditlog.register(self.get_model("Inbox"), exclude_fields=NOT_AUDITED)
