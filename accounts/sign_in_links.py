"""A link by which somebody chooses a password, as the reset mail holds it."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from helpdesk.errors import DomainError

logger = logging.getLogger(__name__)


def reset_url(user: User) -> str:
    """Return an address that works once: it ends with the first password chosen."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{settings.SITE_URL}{path}"


def mail_reset_url(user: User) -> None:
    """Send the address to the person it is for, in their language."""
    with translation.override(user.language):
        message = _message(user)
    try:
        message.send()
    except (OSError, SMTPException) as error:
        logger.warning("link to choose a password not mailed", extra={"user": user.pk}, exc_info=True)
        raise DomainError(
            _("The mail could not be sent. Check the desk's own mail server (EMAIL_URL), then try again."),
            code="mail",
        ) from error


def _message(user: User) -> EmailMessage:
    days = settings.PASSWORD_RESET_TIMEOUT // (24 * 3600)
    works = ngettext("It works once, for %(days)d day:", "It works once, for %(days)d days:", days)
    blocks = [
        _("Hello %(name)s,") % {"name": user.name},
        _("open this address to choose a password.") + " " + works % {"days": days},
        reset_url(user),
        _("An administrator of your helpdesk asked for it. If you do not know why, ask them first."),
    ]
    headers = {"Auto-Submitted": "auto-generated"}
    subject = _("Choose your password for the helpdesk")
    return EmailMessage(
        subject, "\n\n".join(blocks), settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers
    )
