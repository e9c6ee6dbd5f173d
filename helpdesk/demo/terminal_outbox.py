"""The branch terminals of the running demo: answers to them are kept as files, as mail is.

Their address does not exist and never will. Only calls to it are kept; all others go where they are sent.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.conf import settings

from channels_app import outgoing
from helpdesk.demo.inboxes import REPLY_URL

logger = logging.getLogger(__name__)


@contextmanager
def kept() -> Iterator[Path]:
    """Keep what the terminals would get in `outbox/`, beside the mails; yield that folder."""
    folder = Path(settings.DATA_DIR) / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    post = outgoing.post

    def keep(url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        if url != REPLY_URL:
            return post(url, body=body, headers=headers)
        name = "".join(char for char in str(json.loads(body)["id"]) if char.isalnum() or char in ".-")
        (folder / f"terminal-{name[:80]}.json").write_bytes(body)
        logger.info("answer kept in the outbox", extra={"file": f"terminal-{name[:80]}.json"})
        return 202

    with mock.patch.object(outgoing, "post", keep):
        yield folder
