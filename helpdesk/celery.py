"""The Celery application: queues `inbound`, `outbound`, `rules`, `bulk`."""

import gc
import os
from functools import cached_property
from typing import Any

from celery import Celery
from celery.fixups.django import DjangoFixup, DjangoWorkerFixup
from celery.signals import celeryd_after_setup
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

NEW_BEFORE_COLLECTING = 20_000  # objects


class KeptConnections(DjangoWorkerFixup):
    """Keeps the database connection from task to task, as long as Django's own settings allow.

    Celery's fixup closes it around every task: connecting costs more than a mail does. A connection that
    broke is noticed before the next task (`CONN_HEALTH_CHECKS`) and made anew.
    """

    def close_database(self, **kwargs: Any) -> None:
        close_old_connections()


class _Fixup(DjangoFixup):
    @cached_property
    def worker_fixup(self) -> DjangoWorkerFixup:
        return KeptConnections(self.app)


def _fixup(application: Celery) -> DjangoFixup:
    return _Fixup(application).install()


app = Celery("helpdesk", fixups={_fixup})
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("helpdesk.heartbeats.WorkerPulse")


@celeryd_after_setup.connect
def collect_less(**kwargs: Any) -> None:
    """Look for garbage rarely, and never in what was loaded at the start, which stays.

    Runs before the worker divides itself into processes. Measured: a twentieth of what a mail costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_BEFORE_COLLECTING, 20, 20)
