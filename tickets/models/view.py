"""Saved views: named filters of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership

if TYPE_CHECKING:
    from accounts.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, agent: User) -> SavedViewQuerySet:
        """One's own views, those shared with one's teams, and those shared with everybody."""
        theirs = Membership.objects.filter(user=agent.pk).values("team_id")
        shared = Q(is_shared=True) & (Q(team=None) | Q(team_id__in=theirs))
        return self.filter(Q(owner=agent) | shared)


class SavedView(models.Model):
    """A named filter, built from conditions, private or shared with a team.

    `conditions` is a tree in the language of `tickets.conditions`; `order` names one of its sort orders.
    """

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, null=True, blank=True)
    is_shared = models.BooleanField(_("shared"), default=False)
    conditions = models.JSONField(default=dict)
    order = models.CharField(max_length=12, default="due")
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]

    def __str__(self) -> str:
        return self.name
