"""Call the API as a program does: with a key, in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from accounts import keys
from accounts.models import ApiKey, User
from tests.proof import sign_in_proved

V1 = "/api/v1/"


class Caller:
    """One program with one key. Paths are relative to /api/v1/."""

    def __init__(self, user: User, *scopes: str) -> None:
        plain, prefix, digest = keys.generate()
        ApiKey.objects.create(
            user=user, name="test", prefix=prefix, digest=digest, scopes=list(scopes or keys.SCOPES)
        )
        self.key = plain
        self.client = self.with_key(plain)

    @classmethod
    def signed_in(cls, user: User, *, is_proved: bool = True) -> Caller:
        """Return one who calls as a browser does, without a key; proved has just given the password again."""
        caller = cls.__new__(cls)
        caller.client = APIClient()
        caller.client.force_login(user)
        if is_proved:
            sign_in_proved(caller.client, user)
        return caller

    @staticmethod
    def with_key(plain: str) -> APIClient:
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {plain}")

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(V1 + path, query)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.post(V1 + path, data if data is not None else {}, format="json", headers=headers)

    def put(self, path: str, data: Any = None) -> Any:
        return self.client.put(V1 + path, data if data is not None else {}, format="json")

    def patch(self, path: str, data: Any = None) -> Any:
        return self.client.patch(V1 + path, data if data is not None else {}, format="json")

    def delete(self, path: str) -> Any:
        return self.client.delete(V1 + path)

    def upload(self, path: str, name: str, content: bytes) -> Any:
        from django.core.files.uploadedfile import SimpleUploadedFile

        return self.client.post(V1 + path, {"file": SimpleUploadedFile(name, content)}, format="multipart")


def refused(response: Any, status: int, code: str, field: str | None = None) -> None:
    """Assert that the answer says no, in the one shape of the API."""
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert body["detail"]
    assert body.get("field") == field
