"""Mail services with an API: sending, and the calls they make to us. Their formats are anymail's work."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailNotSupportedWarning,
    AnymailRecipientsRefused,
)
from django.core.handlers.wsgi import WSGIRequest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.module_loading import import_string
from requests import RequestException

from channels_app.contract import PermanentError, Request, SignatureError, TemporaryError, UnauthorizedError

from . import svix

URL_HEADER = "x-helpdesk-url"
DOOR_HEADER = "x-helpdesk-door"
METADATA_KEY = "helpdesk_message"
_BUILT = {"from", "to", "cc", "subject", "reply-to", "date", "mime-version", "content-type",
          "content-transfer-encoding"}  # fmt: skip
_NONSENSE = (ValueError, LookupError, AttributeError, TypeError, AssertionError)  # anymail on an odd call
_CODE_4 = re.compile(r"(?:^|[\s;#])4\d\d[ -]|(?<![\d.])4\.\d{1,3}\.\d{1,3}(?![\d.])")
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """How anymail is set up for one mail service."""

    label: str
    module: str
    sending: Callable[[Config], dict[str, Any]]
    checking: Callable[[Config], dict[str, Any]]  # for the view that reads the calls
    proofs: tuple[str, ...] = ("webhook_secret",)  # secrets of which one must be set, or no call is believed
    proofs_inbound: tuple[str, ...] = ()  # the same for incoming mail, where other secrets prove that
    inbound: str = ""  # names of anymail's views
    tracking: str = ""
    headers: Mapping[str, str] | None = None
    checking_inbound: Callable[[Config], dict[str, Any]] | None = None
    has_metadata: bool = True  # else our number travels as a tag
    is_fetching: bool = False  # its inbound calls only say where the mail lies
    signature: Callable[[Request, str], None] | None = None  # where anymail's own check wants a library more
    is_asking: bool = False  # it sends its password only when asked for it
    library: str = ""  # what must be installed besides


def _secret(name: str, *, key: str = "webhook_key") -> Callable[[Config], dict[str, Any]]:
    """The webhook's own secret under anymail's name for it, and the password of the address, if any."""
    return lambda config: {
        setting: value
        for setting, value in (
            (name, _signing_key(config, key)),
            ("webhook_secret", config.get("webhook_secret")),
        )
        if value
    }


def _signing_key(config: Config, name: str) -> str:
    return str(config.get(name) or config.get("webhook_key") or "")


def _basic(config: Config) -> dict[str, Any]:
    return {"webhook_secret": str(config.get("webhook_secret", ""))}


def _api_key(config: Config) -> dict[str, Any]:
    return {"api_key": str(config.get("service_key", ""))}


def _api_token(config: Config) -> dict[str, Any]:
    return {"api_token": str(config.get("service_key", ""))}


def _at_own_address(config: Config) -> dict[str, Any]:
    return {**_api_key(config), "api_url": str(config.get("service_url", ""))}


def _amazon(config: Config) -> dict[str, Any]:
    account = {
        "aws_access_key_id": config.get("service_key"),
        "aws_secret_access_key": config.get("service_second_key"),
        "region_name": config.get("service_url"),
    }
    return {"session_params": {name: str(value) for name, value in account.items() if value}}


def _proved_elsewhere(config: Config) -> dict[str, Any]:
    return {"webhook_secret": str(config.get("webhook_secret") or "checked by its signature")}


_PASSWORD, _KEY, _INBOUND_KEY = "webhook_secret", "webhook_key", "inbound_key"
SERVICES: dict[str, Service] = {
    "amazon_ses": Service(
        "Amazon SES", "amazon_ses", _amazon, lambda c: {**_amazon(c), **_basic(c)},
        inbound="AmazonSESInboundWebhookView", tracking="AmazonSESTrackingWebhookView",
        is_fetching=True, is_asking=True, library="boto3",
    ),
    "brevo": Service(
        "Brevo", "brevo", lambda c: {**_api_key(c), "ignore_unsupported_features": True}, _basic,
        inbound="BrevoInboundWebhookView", tracking="BrevoTrackingWebhookView",
        checking_inbound=lambda c: {**_api_key(c), **_basic(c)}, is_fetching=True,
    ),
    "mailersend": Service(
        "MailerSend", "mailersend", _api_token, _secret("signing_secret"),
        proofs=(_KEY,), proofs_inbound=(_INBOUND_KEY, _KEY),
        inbound="MailerSendInboundWebhookView", tracking="MailerSendTrackingWebhookView",
        checking_inbound=_secret("inbound_secret", key="inbound_key"), has_metadata=False,
    ),
    "mailgun": Service(
        "Mailgun", "mailgun", lambda c: {**_api_key(c), "sender_domain": c.get("domain") or None},
        _secret("webhook_signing_key"), proofs=(_KEY,),
        inbound="MailgunInboundWebhookView", tracking="MailgunTrackingWebhookView",
    ),
    "mailjet": Service(
        "Mailjet", "mailjet", lambda c: {**_api_key(c), "secret_key": str(c.get("service_second_key", ""))},
        _basic, inbound="MailjetInboundWebhookView", tracking="MailjetTrackingWebhookView",
    ),
    "mailtrap": Service(
        "Mailtrap", "mailtrap", _api_token, _secret("tracking_secret"),
        proofs=(_KEY, _PASSWORD), proofs_inbound=(_INBOUND_KEY, _KEY, _PASSWORD),
        inbound="MailtrapInboundWebhookView", tracking="MailtrapTrackingWebhookView",
        checking_inbound=lambda c: {**_api_token(c), **_secret("inbound_secret", key="inbound_key")(c)},
        is_fetching=True,
    ),
    "mandrill": Service(
        "Mandrill", "mandrill", _api_key, _secret("webhook_key"), proofs=(_KEY,),
        inbound="MandrillCombinedWebhookView", tracking="MandrillCombinedWebhookView",
    ),
    "postal": Service(
        "Postal", "postal", lambda c: {**_at_own_address(c), "ignore_unsupported_features": True},
        _secret("webhook_key"), proofs=(_KEY,),
        inbound="PostalInboundWebhookView", tracking="PostalTrackingWebhookView", has_metadata=False,
    ),
    "postmark": Service(
        "Postmark", "postmark", lambda c: {"server_token": str(c.get("service_key", ""))}, _basic,
        inbound="PostmarkInboundWebhookView", tracking="PostmarkTrackingWebhookView",
        headers={"X-PM-KeepID": "true"},
    ),
    "resend": Service(
        "Resend", "resend", _api_key, _proved_elsewhere,
        proofs=(_KEY, _PASSWORD), proofs_inbound=(_INBOUND_KEY, _KEY, _PASSWORD),
        inbound="ResendInboundWebhookView", tracking="ResendTrackingWebhookView",
        checking_inbound=lambda c: {**_api_key(c), **_proved_elsewhere(c)},
        is_fetching=True, signature=svix.verify,
    ),
    "sendgrid": Service(
        "SendGrid", "sendgrid", _api_key, _secret("tracking_webhook_verification_key"),
        proofs=(_KEY, _PASSWORD), proofs_inbound=(_PASSWORD,), checking_inbound=_basic,
        inbound="SendGridInboundWebhookView", tracking="SendGridTrackingWebhookView",
    ),
    "sparkpost": Service(
        "SparkPost", "sparkpost", _api_key, lambda c: {**_basic(c), "track_initial_open_as_opened": True},
        inbound="SparkPostInboundWebhookView", tracking="SparkPostTrackingWebhookView",
        checking_inbound=_basic,
    ),
    "unisender_go": Service(
        "Unisender Go", "unisender_go", _at_own_address,
        lambda c: {**_api_key(c), **(_basic(c) if c.get(_PASSWORD) else {})},
        proofs=("service_key",), tracking="UnisenderGoTrackingWebhookView",
    ),
}  # fmt: skip


def offered() -> dict[str, str]:
    """The services that can be chosen here, by their names in the configuration."""
    return {
        name: service.label
        for name, service in SERVICES.items()
        if not service.library or find_spec(service.library) is not None
    }


def verify(request: Request, config: Config) -> None:
    """Raise SignatureError unless anymail's own checks pass. Without a secret the door is closed."""
    service = _service(config)
    is_inbound = _is_inbound(request)
    proofs = ((is_inbound and service.proofs_inbound) or service.proofs) if service else ()
    if service is None or not any(config.get(name) for name in proofs):
        raise SignatureError("no mail service with a secret is set up for this inbox")
    if service.is_asking and "authorization" not in request.headers:
        raise UnauthorizedError("the password of the webhook's address is missing")
    try:
        view = _view(service, request, config)
        key = _signing_key(config, _INBOUND_KEY if is_inbound else _KEY)
        if service.signature is not None and key:
            service.signature(request, key)
        if service.signature is None or config.get(_PASSWORD):
            view.run_validators(_http(request))
    except (AnymailError, AnymailConfigurationError, ImportError, *_NONSENSE) as error:
        raise SignatureError("wrong or missing signature") from error


def events(request: Request, config: Config) -> list[Any]:
    """Return anymail's events of one call. Raises ValueError for a call that is none of theirs.

    Raises TemporaryError when the service says no more than where a mail lies, and it cannot be fetched now.
    """
    service = _service(config)
    if service is None:
        raise ValueError("no mail service is set up for this inbox")
    try:
        found = list(_view(service, request, config).parse_events(_http(request)))
    except (AnymailConfigurationError, LookupError, ValueError) as error:
        raise ValueError(f"not understood: {type(error).__name__}") from error
    except (AnymailError, ImportError, RequestException, *_NONSENSE) as error:
        if is_fetched(request, config):  # better tried again in vain than a mail lost
            raise TemporaryError(f"The mail could not be fetched from {service.label}.") from error
        raise ValueError(f"not understood: {type(error).__name__}") from error
    return [event for event in found if event is not None]


def is_fetched(request: Request, config: Config) -> bool:
    """Whether reading this call means to go and get the mail, which is no work for the door."""
    service = _service(config)
    return service is not None and service.is_fetching and _is_inbound(request)


def _is_inbound(request: Request) -> bool:
    return request.headers.get(DOOR_HEADER, "inbound") == "inbound"


def send(mail: EmailMessage, *, config: Config, message_id: int) -> None:
    """Hand a mail to the service's API."""
    service = SERVICES[str(config["send_by"])]
    connection = get_connection(f"anymail.backends.{service.module}.EmailBackend", **service.sending(config))
    try:
        django_mail(mail, service, message_id=message_id, connection=connection).send()
    except AnymailRecipientsRefused as error:
        raise PermanentError(_words(error)) from error
    except AnymailAPIError as error:
        code = getattr(error, "status_code", None)
        is_refused = code is not None and 400 <= code < 500 and code not in (401, 403, 408, 429)
        raise (PermanentError if is_refused else TemporaryError)(_words(error)) from error
    except (AnymailError, AnymailConfigurationError) as error:
        raise PermanentError(_words(error)) from error


def django_mail(
    mail: EmailMessage, service: Service, *, message_id: int, connection: Any
) -> EmailMultiAlternatives:
    """The composed mail in the form that Django's backends take."""
    headers = {name: str(value) for name, value in mail.items() if name.lower() not in _BUILT}
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    made = EmailMultiAlternatives(
        subject=str(mail["Subject"]),
        body=text.get_content() if text else "",
        from_email=str(mail["From"]),
        to=[str(each) for each in mail["To"].addresses],
        cc=[str(each) for each in mail["Cc"].addresses] if mail["Cc"] else None,
        reply_to=[str(mail["Reply-To"])] if mail["Reply-To"] else None,
        headers={**headers, **(service.headers or {})},
        connection=connection,
    )
    if page is not None:
        made.attach_alternative(page.get_content(), "text/html")
    for part in mail.walk():
        if part.get_content_disposition() in ("attachment", "inline"):
            made.attach(_file(part))
    if service.has_metadata:
        made.metadata = {METADATA_KEY: str(message_id)}  # type: ignore[attr-defined]  # anymail's own addition
    else:
        made.tags = [f"{METADATA_KEY}-{message_id}"]  # type: ignore[attr-defined]  # likewise
    return made


def message_number(event: Any) -> int | None:
    """The number of the reply that an event is about, as it went along with it."""
    number = str((event.metadata or {}).get(METADATA_KEY, ""))
    tags = [str(tag) for tag in event.tags or () if str(tag).startswith(f"{METADATA_KEY}-")]
    number = number or (tags[0].removeprefix(f"{METADATA_KEY}-") if tags else "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None


def is_passing(event: Any) -> bool:
    """A bounce that may be over tomorrow, by the service's own word for it or by the mail server's code."""
    own = event.esp_event if isinstance(event.esp_event, dict) else {}
    words = [own.get("event"), own.get("type"), own.get("Type"), event.description]
    if any(re.search(r"(?i)soft|transient", word) for word in words if isinstance(word, str)):
        return True
    return _CODE_4.search(str(event.mta_response or "")[:500]) is not None


def _file(part: Message) -> MIMEBase:
    from email.encoders import encode_base64

    file = MIMEBase(part.get_content_maintype(), part.get_content_subtype())
    content = part.get_payload(decode=True)
    file.set_payload(content if isinstance(content, bytes) else b"")
    encode_base64(file)
    file.add_header(
        "Content-Disposition", part.get_content_disposition() or "attachment",
        filename=part.get_filename() or "file",
    )  # fmt: skip
    if part["Content-ID"]:
        file["Content-ID"] = str(part["Content-ID"])
    return file


def _service(config: Config) -> Service | None:
    return SERVICES.get(str(config.get("send_by", "")))


def _view(service: Service, request: Request, config: Config) -> Any:
    is_inbound = _is_inbound(request)
    name = service.inbound if is_inbound else service.tracking
    if not name:
        raise ValueError(f"{service.label} does not call here")
    checking = (service.checking_inbound if is_inbound else None) or service.checking
    settings = checking(config)
    if service.module == "mandrill":  # it signs the address, too
        settings["webhook_url"] = request.headers.get(URL_HEADER, "")
    view = import_string(f"anymail.webhooks.{service.module}.{name}")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", AnymailNotSupportedWarning
        )  # SendGrid: it works, nobody answers for it
        return view(**settings)


def _http(request: Request) -> WSGIRequest:
    """The call as Django would have handed it over."""
    url = urlsplit(request.headers.get(URL_HEADER, "https://localhost/"))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or 443),
        "wsgi.url_scheme": url.scheme or "https",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": io.BytesIO(request.body),
    }
    for name, value in request.headers.items():
        if name not in ("content-type", "content-length"):
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return WSGIRequest(environ)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:450] or type(error).__name__
