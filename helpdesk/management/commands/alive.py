"""Ask for a sign of life from outside: for the health checks of containers."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from channels_app.models import Inbox
from helpdesk import heartbeats

POLLER = "poller"
MAILBOX_LOST_AFTER = timedelta(minutes=5)  # a mailbox is asked every few seconds, and retried after minutes


class Command(BaseCommand):
    help = "Succeed when beat, the mail poller, or a worker of each queue named (queue.inbound …) was heard."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = [heartbeats.BEAT, POLLER, *(f"queue.{name}" for name in heartbeats.QUEUES)]
        parser.add_argument("names", nargs="+", choices=known)

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        if POLLER in names:
            self._require_mailboxes()
        for name, age in heartbeats.ages(*(name for name in names if name != POLLER)).items():
            if age is None or age > heartbeats.LOST_AFTER_SECONDS:
                raise CommandError(f"{name} was not heard lately.")
            self.stdout.write(f"{name} was heard {age:.0f} s ago.")

    def _require_mailboxes(self) -> None:
        """Every mailbox was asked lately; that it answered is not the poller's merit."""
        mailboxes = Inbox.objects.active().filter(config__imap_host__gt="")
        latest = timezone.now() - MAILBOX_LOST_AFTER
        for inbox in mailboxes.exclude(last_checked_at__gt=latest).filter(created_at__lt=latest):
            raise CommandError(f"Nobody has asked mailbox {inbox.pk} lately.")
        self.stdout.write("Every mailbox was asked lately.")
