"""Hand a mail to an SMTP server. Its answers become our two kinds of error, in its own words."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from channels_app.contract import PermanentError, TemporaryError

from . import oauth

TIMEOUT_SECONDS = 20
SIGN_IN_CODES = {530, 534, 535, 538}  # a wrong password is mended by an administrator: replies wait for that


def send(mail: EmailMessage, *, config: Mapping[str, Any], inbox_id: int | None, sender: str) -> None:
    """Send to all recipients, or raise. A server that takes only some of them counts as having taken it."""
    recipients = [each.addr_spec for name in ("To", "Cc") if mail[name] for each in mail[name].addresses]
    with _connection(config, inbox_id) as server:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if _needs_utf8(sender, recipients, server) else []
        server.sendmail(sender, recipients, mail.as_bytes(), mail_options=options)


def check(config: Mapping[str, Any], *, inbox_id: int | None) -> None:
    """Sign in and leave again."""
    with _connection(config, inbox_id) as server:
        server.noop()


def _needs_utf8(sender: str, recipients: list[str], server: smtplib.SMTP) -> bool:
    if all(address.isascii() for address in (sender, *recipients)):
        return False
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("smtputf8"):
        raise PermanentError("The mail server cannot write to an address with such letters.")
    return True


@contextmanager
def _connection(config: Mapping[str, Any], inbox_id: int | None) -> Iterator[smtplib.SMTP]:
    try:
        server = _connect(config)
        try:
            _sign_in(server, config, inbox_id)
            yield server
        finally:
            _leave(server)
    except smtplib.SMTPRecipientsRefused as error:
        raise _all_refused(error) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise PermanentError(str(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TemporaryError(f"No connection to the mail server: {error or type(error).__name__}") from error


def _connect(config: Mapping[str, Any]) -> smtplib.SMTP:
    host, port = str(config.get("smtp_host", "")), int(config.get("smtp_port") or 0)
    if not host:
        raise PermanentError("This inbox has no server to send through. Name one in its settings.")
    security = config.get("smtp_security", "starttls")
    context = ssl.create_default_context()
    if config.get("is_certificate_unchecked"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if security == "tls":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port or (587 if security == "starttls" else 25), timeout=TIMEOUT_SECONDS)
    if security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _sign_in(server: smtplib.SMTP, config: Mapping[str, Any], inbox_id: int | None) -> None:
    user = str(config.get("smtp_user", ""))
    if not user:
        return
    if oauth.is_used(config, "smtp_token"):
        server.ehlo_or_helo_if_needed()
        oauth.sign_in(
            config,
            inbox_id=inbox_id,
            own="smtp_token",
            user=user,
            attempt=lambda dialogue: _authenticate(server, dialogue),
            refused=smtplib.SMTPAuthenticationError,
        )
    else:
        server.login(user, str(config.get("smtp_password", "")))


def _authenticate(server: smtplib.SMTP, dialogue: oauth.Dialogue) -> None:
    server.auth("XOAUTH2", dialogue)


def _leave(server: smtplib.SMTP) -> None:
    """The mail is taken or refused by now: trouble in saying goodbye changes nothing."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _all_refused(error: smtplib.SMTPRecipientsRefused) -> Exception:
    code, words = next(iter(error.recipients.values()))
    return _answered(code, words)


def _answered(code: int, words: bytes | str) -> Exception:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    is_refused = 500 <= code < 600 and code not in SIGN_IN_CODES
    kind = PermanentError if is_refused else TemporaryError
    return kind(f"{code} {' '.join(text.split())}"[:450])
