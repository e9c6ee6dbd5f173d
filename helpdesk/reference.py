"""The reference page of the API, made from its own schema: no script, nothing from other hosts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")
CHOICE = re.compile(r"^\* `(.+?)` - (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Field:
    """One parameter or one field of a body."""

    name: str
    kind: str
    text: str
    is_required: bool = False


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Field]
    takes: list[Field]
    gives: list[Field]
    statuses: str


@dataclass(frozen=True)
class Group:
    """All operations of one resource."""

    name: str
    operations: list[Operation]


def reference(request: HttpRequest) -> HttpResponse:
    """Show what the API can do. Public, as the schema is."""
    return render(request, "api/reference.html", {"groups": _groups(get_language() or "en")})


@cache
def _groups(_language: str) -> list[Group]:
    """Once per language and process: the schema only changes with the code."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # the library annotates neither
    known = schema["components"]["schemas"]
    groups: dict[str, list[Operation]] = {}
    for path, operations in schema["paths"].items():
        name = path.split("/")[3]
        for method in METHODS:
            if method in operations:
                groups.setdefault(name, []).append(_operation(path, method, operations[method], known))
    return [Group(name, operations) for name, operations in sorted(groups.items())]


def _operation(path: str, method: str, operation: dict[str, Any], known: dict[str, Any]) -> Operation:
    answers = {status: answer for status, answer in operation["responses"].items() if status != "4XX"}
    first: dict[str, Any] = next(iter(answers.values()), {})
    description = operation.get("description", "")
    summary = operation.get("summary", "")
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=summary,
        text=description if description != summary else "",
        parameters=[
            Field(each["name"], _kind(each["schema"]), _meaning(each), each.get("required", False))
            for each in operation.get("parameters", [])
            if each["in"] == "query"
        ],
        takes=_fields(_body(operation.get("requestBody", {})), known),
        gives=_fields(_body(first), known),
        statuses=", ".join(answers),
    )


def _body(holder: dict[str, Any]) -> dict[str, Any]:
    content = holder.get("content", {})
    return next((each.get("schema", {}) for each in content.values()), {})


def _fields(schema: dict[str, Any], known: dict[str, Any]) -> list[Field]:
    """Return the fields of an object, of the objects in a list, or of those on a page of a list."""
    schema = _resolved(schema, known)
    if schema.get("type") == "array":
        return _fields(schema["items"], known)
    properties = schema.get("properties", {})
    if set(properties) == {"next", "results"}:
        return _fields(properties["results"], known)
    required = schema.get("required", [])
    return [Field(name, _kind(each), _meaning(each), name in required) for name, each in properties.items()]


def _meaning(holder: dict[str, Any]) -> str:
    """Return what a field means; its choices, which the schema lists in Markdown, as plain lines."""
    return CHOICE.sub(r"\1: \2", holder.get("description", "")).replace("\n\n", "\n").strip()


def _resolved(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    for each in (schema, *schema.get("allOf", [])):
        if "$ref" in each:
            found: dict[str, Any] = known[each["$ref"].rsplit("/", 1)[-1]]
            return found
    return schema


def _kind(schema: dict[str, Any]) -> str:
    """Return the type of a value in a word or two."""
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(_kind(each) for each in schema[several]))
    if "$ref" in schema:
        name: str = schema["$ref"].rsplit("/", 1)[-1]
        return name.removesuffix("Enum")
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]"
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    kind: str = schema.get("format") or schema.get("type", "any")
    return kind
