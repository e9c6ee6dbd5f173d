"""Mail services with an API: sending, and the calls they make to us. Their formats are anymail's work."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailWebhookValidationFailure,
)
from django.core.handlers.wsgi import WSGIRequest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.module_loading import import_string

from channels_app.contract import PermanentError, Request, SignatureError, TemporaryError

URL_HEADER = "x-helpdesk-url"
DOOR_HEADER = "x-helpdesk-door"
METADATA_KEY = "helpdesk_message"
_BUILT = {"from", "to", "cc", "subject", "reply-to", "date", "mime-version", "content-type",
          "content-transfer-encoding"}  # fmt: skip
Config = Mapping[str, Any]


def _basic(config: Config) -> dict[str, Any]:
    return {"webhook_secret": str(config.get("webhook_secret", ""))}


def _signed(name: str) -> Callable[[Config], dict[str, Any]]:
    return lambda config: {name: str(config.get("webhook_key", "")), **_optional(config)}


def _optional(config: Config) -> dict[str, Any]:
    return _basic(config) if config.get("webhook_secret") else {}


@dataclass(frozen=True)
class Service:
    """How anymail is set up for one mail service."""

    label: str
    module: str
    sending: Callable[[Config], dict[str, Any]]
    checking: Callable[[Config], dict[str, Any]]
    secret: str = "webhook_secret"  # which secret a call is proved by  # noqa: S105
    inbound: str = ""  # names of anymail's views
    tracking: str = ""
    headers: Mapping[str, str] | None = None
    checking_inbound: Callable[[Config], dict[str, Any]] | None = None


def _api_key(config: Config) -> dict[str, Any]:
    return {"api_key": str(config.get("service_key", ""))}


SERVICES: dict[str, Service] = {
    "postmark": Service(
        "Postmark", "postmark", lambda c: {"server_token": str(c.get("service_key", ""))}, _basic,
        inbound="PostmarkInboundWebhookView", tracking="PostmarkTrackingWebhookView",
        headers={"X-PM-KeepID": "true"},
    ),
    "mailgun": Service(
        "Mailgun", "mailgun", lambda c: {**_api_key(c), "sender_domain": c.get("domain") or None},
        _signed("webhook_signing_key"), secret="webhook_key",  # noqa: S106
        inbound="MailgunInboundWebhookView", tracking="MailgunTrackingWebhookView",
    ),
    "sendgrid": Service(
        "SendGrid", "sendgrid", _api_key, _basic,
        inbound="SendGridInboundWebhookView", tracking="SendGridTrackingWebhookView",
    ),
    "mailjet": Service(
        "Mailjet", "mailjet", lambda c: {**_api_key(c), "secret_key": str(c.get("service_second_key", ""))},
        _basic, inbound="MailjetInboundWebhookView", tracking="MailjetTrackingWebhookView",
    ),
    "mandrill": Service(
        "Mandrill", "mandrill", _api_key, _signed("webhook_key"), secret="webhook_key",  # noqa: S106
        inbound="MandrillCombinedWebhookView", tracking="MandrillCombinedWebhookView",
    ),
    "sparkpost": Service(
        "SparkPost", "sparkpost", _api_key, _basic,
        inbound="SparkPostInboundWebhookView", tracking="SparkPostTrackingWebhookView",
    ),
    "mailersend": Service(
        "MailerSend", "mailersend", lambda c: {"api_token": str(c.get("service_key", ""))},
        _signed("signing_secret"), secret="webhook_key",  # noqa: S106
        inbound="MailerSendInboundWebhookView", tracking="MailerSendTrackingWebhookView",
        checking_inbound=_signed("inbound_secret"),
    ),
    "brevo": Service("Brevo", "brevo", _api_key, _basic, tracking="BrevoTrackingWebhookView"),
}  # fmt: skip


def verify(request: Request, config: Config) -> None:
    """Raise SignatureError unless anymail's own checks pass. Without a secret the door is closed."""
    service = _service(config)
    if service is None or not config.get(service.secret):
        raise SignatureError("no mail service with a secret is set up for this inbox")
    try:
        view = _view(service, request, config)
        view.run_validators(_http(request))
    except (AnymailWebhookValidationFailure, AnymailConfigurationError, ValueError, KeyError) as error:
        raise SignatureError("wrong or missing signature") from error


def events(request: Request, config: Config) -> list[Any]:
    """Return anymail's events of one call. Raises ValueError for a call that is none of theirs."""
    service = _service(config)
    if service is None:
        raise ValueError("no mail service is set up for this inbox")
    try:
        return list(_view(service, request, config).parse_events(_http(request)))
    except (AnymailError, ImportError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(f"not understood: {type(error).__name__}") from error


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
    made.metadata = {METADATA_KEY: str(message_id)}  # type: ignore[attr-defined]  # anymail's own addition
    return made


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
    is_inbound = request.headers.get(DOOR_HEADER, "inbound") == "inbound"
    name = service.inbound if is_inbound else service.tracking
    if not name:
        raise ValueError(f"{service.label} does not call here")
    checking = (service.checking_inbound if is_inbound else None) or service.checking
    settings = checking(config)
    if service.module == "mandrill":  # it signs the address, too
        settings["webhook_url"] = request.headers.get(URL_HEADER, "")
    return import_string(f"anymail.webhooks.{service.module}.{name}")(**settings)


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
