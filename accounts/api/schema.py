"""How the API schema speaks of keys, errors and repeated writes. Loaded when the app is ready."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

ERROR = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string", "description": "For programs."},
        "detail": {"type": "string", "description": "For people: one sentence, what to do."},
        "field": {"type": "string", "description": "The first input at fault."},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "context": {"type": "object", "additionalProperties": {}},
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 100},
    "description": "Made by you. The same write sent again with the same key is done once.",
}
WRITES = {"post", "put", "patch", "delete"}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library annotates none of it
    """A key in `Authorization: Bearer hd_…`."""

    target_class = "accounts.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A personal or service key."}


class Schema(AutoSchema):
    """Tags by room, summaries from the first sentence of what a method or view says of itself."""

    def get_summary(self) -> str:
        words = " ".join(self.get_description().split())
        return words.partition(". ")[0].rstrip(".")


def add_errors(result: dict[str, Any], **_rest: Any) -> dict[str, Any]:
    """Say what every operation answers when it refuses, and that writes take an Idempotency-Key."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    components["responses"] = {"Error": {"description": "Refused, and why.", "content": content}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            operation["responses"]["4XX"] = {"$ref": "#/components/responses/Error"}
            if method in WRITES:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result
