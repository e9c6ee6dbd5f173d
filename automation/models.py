"""What administrators configure: which team a ticket goes to."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RoutingRule(models.Model):
    """Sends tickets that meet its conditions to a team. The first rule that fits wins.

    `conditions` is a tree in the language of `tickets.conditions` (inbox, language, type, tag, segment, …).
    """

    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="routing_rules")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
