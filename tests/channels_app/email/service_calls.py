"""Calls of mail services as they make them: packed and signed around the payloads of the shared cases."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PASSWORD, KEY = "hook:a password", "a-signing-key"
SVIX_KEY = "whsec_" + base64.b64encode(b"a signing key of svix").decode()
BASIC = {"authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()}
SNS_ID = "19ba9823-d7f2-53c1-860e-cb10e0d13dfc"


@functools.cache
def _postal_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def postal_public_key() -> str:
    pem = (
        _postal_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return "".join(pem.decode().splitlines()[1:-1])


@dataclass
class Signed:
    """One call, ready to be made."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


def _basic(data: Any, _url: str) -> Signed:
    return Signed(_json(data), dict(BASIC))


def _amazon(data: Any, _url: str) -> Signed:
    body = {"Type": "Notification", "MessageId": SNS_ID, "Message": json.dumps(data),
            "TopicArn": "arn:aws:sns:us-east-1:1:Events", "Timestamp": "2018-03-26T17:58:59Z"}  # fmt: skip
    headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": SNS_ID}
    return Signed(_json(body), {**BASIC, **headers}, "text/plain; charset=UTF-8")


def _hexed(header: str) -> Callable[[Any, str], Signed]:
    def sign(data: Any, _url: str) -> Signed:
        body = _json(data)
        return Signed(body, {header: hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()})

    return sign


def _mailgun(data: Any, _url: str) -> Signed:
    """Its older form, signed by time and token. The recorded case holds only the sender's own data."""
    own = {"event": "clicked", "recipient": "actual-recipient@example.com", "url": "https://example.com/"}
    made = hmac.new(KEY.encode(), b"1461261330actual-event-token", hashlib.sha256).hexdigest()
    proof = {"token": "actual-event-token", "timestamp": "1461261330", "signature": made}
    tags = [("tag", "actual-tag-1"), ("tag", "actual-tag-2")]
    body = urlencode([*own.items(), *data.items(), *tags, *proof.items()]).encode()
    return Signed(body, {}, "application/x-www-form-urlencoded")


def _mandrill(data: Any, url: str) -> Signed:
    text = json.dumps(data)
    made = hmac.new(KEY.encode(), f"{url}mandrill_events{text}".encode(), hashlib.sha1).digest()
    headers = {"x-mandrill-signature": base64.b64encode(made).decode()}
    return Signed(urlencode({"mandrill_events": text}).encode(), headers, "application/x-www-form-urlencoded")


def _postal(data: Any, _url: str) -> Signed:
    body = _json(data)
    made = _postal_key().sign(body, padding.PKCS1v15(), hashes.SHA1())  # as Postal does
    return Signed(body, {"x-postal-signature": base64.b64encode(made).decode()})


def svix(body: bytes, *, at: int | None = None) -> dict[str, str]:
    stamp = str(at or int(time.time()))
    key = base64.b64decode(SVIX_KEY.removeprefix("whsec_"))
    made = hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(made).decode()}"
    return {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": f"v1a,other {signature}"}


def _resend(data: Any, _url: str) -> Signed:
    body = _json(data)
    return Signed(body, svix(body))


def _unisender(data: Any, _url: str) -> Signed:
    body = _json({"auth": KEY, **data})
    return Signed(body.replace(KEY.encode(), hashlib.md5(body).hexdigest().encode()))  # as it does


SIGNERS: Mapping[str, Callable[[Any, str], Signed]] = {
    "amazon_ses": _amazon,
    "brevo": _basic,
    "mailersend": _hexed("signature"),
    "mailgun": _mailgun,
    "mailjet": _basic,
    "mailtrap": _hexed("mailtrap-signature"),
    "mandrill": _mandrill,
    "postal": _postal,
    "postmark": _basic,
    "resend": _resend,
    "sendgrid": _basic,
    "sparkpost": _basic,
    "unisender_go": _unisender,
}
SECRETS: Mapping[str, Callable[[], dict[str, str]]] = {
    "amazon_ses": lambda: {"webhook_secret": PASSWORD, "service_key": "id", "service_second_key": "key"},
    "brevo": lambda: {"webhook_secret": PASSWORD, "service_key": "key"},
    "mailersend": lambda: {"webhook_key": KEY},
    "mailgun": lambda: {"webhook_key": KEY},
    "mailjet": lambda: {"webhook_secret": PASSWORD},
    "mailtrap": lambda: {"webhook_key": KEY},
    "mandrill": lambda: {"webhook_key": KEY},
    "postal": lambda: {"webhook_key": postal_public_key()},
    "postmark": lambda: {"webhook_secret": PASSWORD},
    "resend": lambda: {"webhook_key": SVIX_KEY},
    "sendgrid": lambda: {"webhook_secret": PASSWORD},
    "sparkpost": lambda: {"webhook_secret": PASSWORD},
    "unisender_go": lambda: {"service_key": KEY},
}


def signed(provider: str, data: Any, *, url: str) -> Signed:
    """The call that this service would make to that address."""
    return SIGNERS[provider](data, url)
