"""What a channel must do. Adapters depend on this module and on nothing else here.

An adapter translates, it never writes: `verify` a call, `parse` it into `InboundMessage`s and
`StatusUpdate`s, `send` an `OutboundMessage`. It describes itself (label, icon, form, weight), so that
nothing outside `channels_app/adapters/` needs to know a channel by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

if TYPE_CHECKING:
    from django import forms


class SignatureError(Exception):
    """The request did not come from the provider."""


class UnauthorizedError(SignatureError):
    """The provider sends its password only when it is asked for it."""


class TemporaryError(Exception):
    """The provider is busy or away: try again later."""


class PermanentError(Exception):
    """Trying again cannot help: wrong address, blocked, message too long."""


@dataclass(frozen=True)
class Request:
    """A call as stored: enough to verify it and to replay it. Header names are in lower case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sender:
    """Who wrote: `kind` names the sort of address ("email", "phone", "telegram", …)."""

    kind: str
    address: str
    name: str = ""
    is_verified: bool = False


@dataclass(frozen=True)
class InboundFile:
    """A file that came along. `name` is safe to show and to save."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True)
class InboundMessage:
    """One message from a customer, in the desk's own terms.

    `thread` is set by channels that name their threads (chats). Mail names what it answers:
    `in_reply_to` holds ids that may be trusted (signed by us), `references` ids that anyone could have
    written and that count only together with a known participant and the same subject.
    """

    external_id: str
    sender: Sender
    text: str
    sent_at: datetime
    thread: str = ""
    subject: str = ""
    html: str = ""
    quoted: str = ""
    signature: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    ticket_hint: int | None = None  # a ticket number proved by a signature
    subject_ticket: int | None = None  # a ticket number read in the subject: needs a known participant
    to: tuple[tuple[str, str], ...] = ()  # (name, address)
    cc: tuple[tuple[str, str], ...] = ()
    files: tuple[InboundFile, ...] = ()
    language: str = ""
    is_automatic: bool = False  # a machine wrote it: never answered by a machine, never reopens
    is_answerable: bool = True  # False: a list, a no-reply address: taken, but no machine answers it
    opens_ticket: bool = True  # False: it goes on a ticket that is there, or nowhere
    is_id_claimed: bool = False  # senders make up the id: "stored before" also needs sender and text
    is_sender_proven: bool = False  # the address is the sender's own, and not only claimed
    forwarded: InboundMessage | None = None  # the customer's inside; counts when an agent proved to send it
    attributes: Mapping[str, Any] = field(default_factory=dict)  # e.g. what a form asked


@dataclass(frozen=True)
class StatusUpdate:
    """What became of a reply: `status` is sent, delivered, read or failed.

    A bounce names the address that does not work; `is_permanent` marks it undeliverable. `message_hint`
    is the number of our message, proved by a signature.
    """

    external_id: str
    status: str
    reason: str = ""
    address: str = ""
    is_permanent: bool = False
    message_hint: int | None = None


class Origin(TypedDict):
    """What the ledger shows of a call besides its verdict."""

    sender: str
    subject: str


@dataclass(frozen=True)
class Parsed:
    """All that one call said. Empty, with a reason, when there is nothing for us in it.

    `verdict` is what the ledger shows: ignored, suppressed, bounce, … when there are no messages. With
    messages it stays empty, and the ledger shows where they ended, unless it says more: auto_reply.
    """

    messages: tuple[InboundMessage, ...] = ()
    updates: tuple[StatusUpdate, ...] = ()
    verdict: str = ""
    reason: str = ""
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True)
class OutboundFile:
    """A file to send."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    is_inline: bool = False
    attachment_id: int = 0


@dataclass(frozen=True)
class OutboundMessage:
    """One reply, ready to be handed to a provider. `idempotency_key` is the same on every try."""

    message_id: int
    ticket_id: int
    to: str
    to_name: str
    text: str
    html: str = ""
    subject: str = ""
    thread: str = ""
    author_name: str = ""
    signature: str = ""
    cc: tuple[tuple[str, str], ...] = ()
    files: Sequence[OutboundFile] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    is_automatic: bool = False
    language: str = "en"
    idempotency_key: str = ""


class Adapter(ABC):
    """One channel, configured for one inbox. Made anew for each use; keep nothing in it."""

    slug: ClassVar[str]
    label: ClassVar[Any]  # a lazy translation
    icon: ClassVar[str]  # a name in the icon sprite
    about: ClassVar[Any] = ""  # one sentence for who chooses among channels
    identity_kind: ClassVar[str]  # the kind of address that customers have here
    weight: ClassVar[float] = 1.0  # how much one ticket of this channel loads an agent
    has_subject: ClassVar[bool] = False
    has_html: ClassVar[bool] = False
    max_text: ClassVar[int] = 50_000
    secret_fields: ClassVar[frozenset[str]] = (
        frozenset()
    )  # of the form: stored encrypted, never rendered back
    secret_servers: ClassVar[Mapping[str, str]] = {}  # the field that names the server a secret is told to

    do_not_call_in_templates: ClassVar[bool] = True  # pages show the class: label, icon, what it can

    has_webhook: ClassVar[bool] = True  # calls come to `/channels/KEY/`, signed
    has_page: ClassVar[bool] = False  # people write on a page of ours, `/forms/KEY/`
    takes_mail: ClassVar[bool] = False  # raw mail for its address comes from mail servers, pipes, mailboxes

    def __init__(self, *, inbox_id: int | None, address: str, name: str, config: Mapping[str, Any]) -> None:
        self.inbox_id = inbox_id
        self.address = address
        self.name = name
        self.config = config

    @classmethod  # a channel may have nothing to load
    def warm_up(cls) -> None:
        """Load what the first call would wait for. Runs once in each worker that takes calls in."""
        return

    @classmethod
    @abstractmethod
    def form_class(cls) -> type[forms.Form]:
        """Return the form that the settings page shows for this channel."""

    @abstractmethod
    def verify(self, request: Request) -> None:
        """Raise SignatureError unless the provider sent this."""

    @abstractmethod
    def provider_id(self, request: Request) -> str:
        """Return the provider's stable id of this call; the same call twice gives the same id."""

    @abstractmethod
    def parse(self, request: Request) -> Parsed:
        """Translate a verified call. Pure: no database, no network. Unknown kinds give a verdict."""

    @abstractmethod
    def send(self, message: OutboundMessage) -> str:
        """Return the provider's id. Raise TemporaryError or PermanentError with the provider's words."""

    @property
    def relay_inbox_id(self) -> int | None:
        """Another inbox that sends for this one, for channels that only take in."""
        return None

    def check(self) -> None:  # noqa: B027  # a channel may have nothing to check
        """Try the configuration against the provider. Raise TemporaryError or PermanentError."""
