"""What an administrator sets for a mail inbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .services import offered

SECURITY = [("tls", _("TLS")), ("starttls", _("STARTTLS")), ("none", _("None (only within one machine)"))]
AFTER = [("seen", _("Mark as read")), ("flag", _("Flag")), ("move", _("Move to a folder"))]
SECRET_FIELDS = frozenset(
    {"imap_password", "imap_token", "smtp_password", "smtp_token", "service_key", "service_second_key",
     "webhook_secret", "webhook_key", "inbound_key",
     "oauth_client_secret", "oauth_refresh_token"}
)  # fmt: skip
SECRET_SERVERS = {
    "imap_password": "imap_host",
    "imap_token": "imap_host",
    "smtp_password": "smtp_host",
    "smtp_token": "smtp_host",
}


def _secret(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=False, strip=False, widget=widget, help_text=help_text)


class EmailForm(forms.Form):
    """How mail is fetched and how it is sent. Leave the server empty for a way that is not used."""

    parts = (
        (
            _("Fetching mail"),
            (
                "imap_host", "imap_port", "imap_security", "imap_user", "imap_password", "imap_token",
                "imap_folders", "imap_after", "imap_move_to",
            ),
        ),
        (
            _("Sending mail"),
            (
                "send_by", "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password",
                "smtp_token",
            ),
        ),
        (
            _("Signing in by token (OAuth 2)"),
            (
                "oauth_token_url", "oauth_client_id", "oauth_client_secret", "oauth_refresh_token",
                "oauth_scope",
            ),
        ),
        (
            _("Mail service"),
            (
                "service_key", "service_second_key", "service_url", "webhook_secret", "webhook_key",
                "inbound_key",
            ),
        ),
        (
            _("Details"),
            ("domain", "authserv_id", "is_listening", "is_plus_addressing", "is_certificate_unchecked"),
        ),
    )  # fmt: skip

    imap_host = forms.CharField(label=_("IMAP server"), required=False)
    imap_port = forms.IntegerField(label=_("IMAP port"), required=False, min_value=1, max_value=65535)
    imap_security = forms.ChoiceField(
        label=_("IMAP security"), choices=SECURITY, required=False, initial="tls"
    )
    imap_user = forms.CharField(label=_("IMAP user"), required=False)
    imap_password = _secret(_("IMAP password"))
    imap_token = _secret(_("IMAP access token (XOAUTH2)"), _("Used instead of the password."))
    imap_folders = forms.CharField(
        label=_("Folders"), required=False, initial="INBOX", help_text=_("One or more, with commas between.")
    )
    imap_after = forms.ChoiceField(
        label=_("After a mail was taken"), choices=AFTER, required=False, initial="seen"
    )
    imap_move_to = forms.CharField(label=_("Move to"), required=False)

    send_by = forms.ChoiceField(label=_("Send by"), required=False, initial="smtp")
    smtp_host = forms.CharField(label=_("SMTP server"), required=False)
    smtp_port = forms.IntegerField(label=_("SMTP port"), required=False, min_value=1, max_value=65535)
    smtp_security = forms.ChoiceField(
        label=_("SMTP security"), choices=SECURITY, required=False, initial="starttls"
    )
    smtp_user = forms.CharField(label=_("SMTP user"), required=False)
    smtp_password = _secret(_("SMTP password"))
    smtp_token = _secret(_("SMTP access token (XOAUTH2)"), _("Used instead of the password."))

    oauth_token_url = forms.URLField(
        label=_("Address of the token server"),
        required=False,
        assume_scheme="https",
        help_text=_("As Google and Microsoft ask it of IMAP and SMTP. Used instead of passwords."),
    )
    oauth_client_id = forms.CharField(label=_("Client ID"), required=False)
    oauth_client_secret = _secret(_("Client secret"))
    oauth_refresh_token = _secret(_("Refresh token"), _("New tokens are fetched with it when they run out."))
    oauth_scope = forms.CharField(
        label=_("Scope"), required=False, help_text=_("Only where the token server asks for it.")
    )

    service_key = _secret(_("API key of the mail service"))
    service_second_key = _secret(_("Second key of the mail service"), _("Only where it asks for two."))
    webhook_secret = _secret(
        _("User and password of the webhook"), _("As user:password, in the webhook's address.")
    )
    webhook_key = _secret(_("Signing key of the webhook"), _("Where the mail service signs its calls."))

    inbound_key = _secret(
        _("Signing key for incoming mail"), _("Only where it differs from that of the webhook.")
    )
    service_url = forms.CharField(
        label=_("Address or region of the mail service"),
        required=False,
        help_text=_("Postal and Unisender Go: the address of the API. Amazon SES: the region."),
    )

    domain = forms.CharField(
        label=_("Domain of our Message-IDs"), required=False, help_text=_("Empty: that of the address.")
    )
    authserv_id = forms.CharField(
        label=_("Servers that vouch for senders"),
        required=False,
        max_length=500,
        help_text=_(
            "The name in the first Authentication-Results header that your mail server writes, such as "
            "mx.example.com. Only where all mail passes that server. What an agent forwards becomes the "
            "customer’s ticket once such a header proves that the agent sent it. Empty: the server that the "
            "mail is fetched from by IMAP."
        ),
    )
    is_listening = forms.BooleanField(
        label=_("Take mail by SMTP, LMTP and pipe"), required=False, initial=True
    )
    is_plus_addressing = forms.BooleanField(
        label=_("Answers go to a plus-address"),
        required=False,
        help_text=_("Only where the mail server delivers name+anything@ to this inbox."),
    )
    is_certificate_unchecked = forms.BooleanField(
        label=_("Accept any certificate"), required=False, help_text=_("Only for servers of your own.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("smtp", _("SMTP server")), *offered().items()]
        self.fields["send_by"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("imap_after") == "move" and not values.get("imap_move_to"):
            self.add_error("imap_move_to", _("Name the folder to move mail to."))
        if values.get("imap_host") and not values.get("imap_user"):
            self.add_error("imap_user", _("Name the user to sign in with."))
        self._check_oauth(values)
        return values

    def _check_oauth(self, values: dict[str, Any]) -> None:
        url = urlsplit(values.get("oauth_token_url") or "")
        if values.get("oauth_refresh_token") and not url.hostname:
            self.add_error("oauth_token_url", _("Name the server that renews the token."))
        if url.hostname and not values.get("oauth_client_id"):
            self.add_error("oauth_client_id", _("Enter the client ID that the mail provider gave you."))
        if url.scheme == "http" and url.hostname not in settings.PRIVATE_HOSTS_ALLOWED:
            self.add_error("oauth_token_url", _("Use an https address: secrets travel to it."))
