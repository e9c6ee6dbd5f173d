"""The door for a mail server's pipe."""

from __future__ import annotations

import json
import logging
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from channels_app.contract import Request
from channels_app.ingest import process, store_call
from channels_app.models import InboundCall
from channels_app.smtpd import inbox_for

logger = logging.getLogger(__name__)

TEMPORARY = 75  # EX_TEMPFAIL: the mail server keeps the mail and tries again


class Command(BaseCommand):
    help = (
        "Take one mail from standard input. Prints one line of JSON; leaves with 0, or with 75 when the "
        "mail could not be stored, so that the mail server tries again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--inbox", required=True, metavar="ADDRESS", help="the inbox it is for")

    def handle(self, *args: Any, inbox: str, **options: Any) -> None:
        raw = sys.stdin.buffer.read(settings.MESSAGE_MAX_BYTES + 1)
        try:
            call = self._store(inbox, raw)
        except Exception as error:
            logger.exception("mail not stored")
            self._say(verdict="", reason=f"not stored: {type(error).__name__}")
            sys.exit(TEMPORARY)
        if call is None:
            sys.exit(TEMPORARY)
        if call.state != InboundCall.State.DONE:
            try:
                process(call)
            except Exception:  # it is stored: the sweep takes it up again
                logger.exception("mail stored, not processed")
                call.refresh_from_db()
        self._say(
            verdict=call.verdict,
            reason=call.reason,
            ticket=call.ticket_id,
            message=call.message_id,
            call=call.pk,
        )

    def _store(self, address: str, raw: bytes) -> InboundCall | None:
        found = inbox_for(address)
        if found is None:
            self._say(verdict="", reason=f"not stored: there is no inbox {address} that takes mail")
            return None
        if len(raw) > settings.MESSAGE_MAX_BYTES:
            limit = settings.MESSAGE_MAX_BYTES // (1024 * 1024)
            self._say(verdict="", reason=f"not stored: larger than the limit of {limit} MB")
            return None
        call, is_new = store_call(found, request=Request(raw), source="pipe", is_processed_here=True)
        if not is_new and call.state == InboundCall.State.DONE:
            call.verdict, call.reason = InboundCall.Verdict.DUPLICATE, "the same mail was taken before"
        return call

    def _say(self, **values: object) -> None:
        line = {"verdict": "", "reason": "", "ticket": None, "message": None, "call": None, **values}
        self.stdout.write(json.dumps(line, ensure_ascii=False))
