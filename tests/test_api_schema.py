"""The description of the API: without a warning, committed, and shown to people."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

SNAPSHOT = Path(__file__).parent.parent / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Fails on a warning of the generator or an error of the validator."""
    path = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", file=str(path), validate=True, fail_on_warn=True, lang="en")
    return path.read_text()


def test_the_committed_schema_is_current(schema: str) -> None:
    assert schema == SNAPSHOT.read_text(), (
        "run: manage.py spectacular --lang en --validate --fail-on-warn --file docs/openapi.yaml"
    )


def test_every_address_is_described(schema: str) -> None:
    described = {path.replace("{id}", "{pk}") for path in yaml.safe_load(schema)["paths"]}
    assert described == {path.replace("<id:", "<") for path in _paths()}


def test_every_operation_says_what_it_is_for(schema: str) -> None:
    for path, operations in yaml.safe_load(schema)["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert {"4XX"} < set(operation["responses"]), f"{method} {path}"


def test_the_schema_is_served_to_everybody(db: None, schema: str) -> None:
    answer = Client().get("/api/schema/")
    assert answer.status_code == 200
    assert yaml.safe_load(answer.content)["paths"].keys() == yaml.safe_load(schema)["paths"].keys()


def test_the_reference_page_lists_every_operation(db: None, schema: str) -> None:
    answer = Client().get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for path, operations in yaml.safe_load(schema)["paths"].items():
        assert f"<code>{path}</code>" in page
        for operation in operations.values():
            assert f'<details id="{operation["operationId"]}">' in page
    assert "<script" not in page
    assert " style=" not in page
    assert "https://" not in page


def _paths() -> set[str]:
    found: set[str] = set()

    def walk(resolver: URLResolver, prefix: str) -> None:
        for each in resolver.url_patterns:
            path = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                walk(each, path)
            elif isinstance(each, URLPattern) and path.startswith("api/v1/"):
                found.add(_braced("/" + path))

    walk(get_resolver(), "")
    return found


def _braced(path: str) -> str:
    parts = [
        "{" + part.strip("<>").split(":")[-1] + "}" if part.startswith("<") else part
        for part in path.split("/")
    ]
    return "/".join(parts)


def test_the_reference_page_tells_choices_in_plain_lines(db: None) -> None:
    html = Client().get("/api/docs/").content.decode()

    assert "follow_up: Follow-up ticket<br>" in html
    assert "* `" not in html
