"""The post office of the demo: takes every mail and every call that would leave, and lets nothing out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from unittest import mock

from channels_app.contract import PermanentError, TemporaryError


class WorkerDiedError(BaseException):
    """The process is gone in the middle of sending; no handler of errors may see it."""


class PostOffice:
    """Every mail server and every terminal that the bank writes to.

    `dead` addresses take nothing; of the others, some take mail only at the second try.
    """

    def __init__(self, dead: frozenset[str] = frozenset()) -> None:
        self.dead = dead
        self._refusals: Counter[str] = Counter()
        self._errors: dict[str, BaseException] = {}

    def refuse_once(self, address: str, error: BaseException) -> None:
        """Answer the next mail to an address with an error."""
        self._refusals[address] = 1
        self._errors[address] = error

    @contextmanager
    def open(self) -> Iterator[None]:
        with (
            mock.patch("channels_app.adapters.email.smtp.send", self._take_mail),
            mock.patch("channels_app.outgoing.post", self._take_call),
        ):
            yield

    def _take_mail(self, mail: EmailMessage, *, config: object, inbox_id: int | None, sender: str) -> None:
        address = str(mail["To"].addresses[0].addr_spec)
        if address in self.dead:
            raise PermanentError("552 5.2.2 Mailbox full")
        if self._refusals[address]:
            self._refusals[address] -= 1
            raise self._errors[address]

    def _take_call(self, url: str, *, body: bytes, headers: object) -> int:
        return 202


def busy() -> TemporaryError:
    return TemporaryError("451 4.7.1 Greylisted, please try again in a minute")


def over_quota() -> PermanentError:
    return PermanentError("552 5.2.2 Over quota")
