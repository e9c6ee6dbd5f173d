"""No container engine runs here, so the file is checked piece by piece: commands, variables, hardening."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import get_commands
from django.utils.module_loading import import_string

from helpdesk.heartbeats import QUEUES
from tests.ops import variables

ROOT = variables.ROOT
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
COMMANDS = {name: shlex.split(service["command"]) for name, service in OURS.items()}


def health_command(service: dict[str, Any]) -> list[str]:
    kind, *words = service["healthcheck"]["test"]
    return shlex.split(words[0]) if kind == "CMD-SHELL" else words


def options(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--")}


@cache
def help_of(*command: str) -> str:
    python = Path(sys.executable)
    program = [str(python)] if command[0] == "python" else [str(python.with_name(command[0]))]
    done = subprocess.run(
        [*program, *command[1:], "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_and_option_exists(name: str) -> None:
    words = COMMANDS[name]
    program = words[0]

    if program == "python":
        assert words[1] == "manage.py"
        assert words[2] in get_commands()
        shown = help_of(*words[:3])
    elif program == "celery":
        assert words[1:3] == ["-A", "helpdesk"]
        shown = help_of("celery", words[3])
    else:
        target = next(word for word in words[1:] if word.startswith("helpdesk."))
        module, _, attribute = target.partition(":")
        assert callable(import_string(f"{module}.{attribute or 'application'}"))
        shown = help_of(program)

    for option in options(words):
        assert option.split("=")[0] in shown


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_every_process_has_a_health_check_that_exists(name: str) -> None:
    words = health_command(OURS[name])

    assert words[0] in {"python", "celery"}
    if words[:2] == ["python", "manage.py"]:
        assert words[2] in get_commands()
    if words[0] == "celery":
        assert all(option in help_of("celery", "inspect") for option in options(words))
    if words[:2] == ["python", "-c"]:
        port = re.search(r":(\d+)/healthz|', (\d+), timeout", words[2])
        assert port is not None
        number = port[1] or port[2]
        assert f"0.0.0.0:{number}" in COMMANDS[name] or number in COMMANDS[name]


def test_every_variable_is_one_that_the_code_reads() -> None:
    given = {variable for service in OURS.values() for variable in service["environment"]}

    assert given <= variables.accepted()


def test_every_variable_of_the_code_is_in_the_example() -> None:
    assert variables.read_by_code() - variables.documented() == set()


def test_the_example_names_nothing_that_does_not_exist() -> None:
    interpolated = set(
        re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    )

    assert interpolated <= variables.documented()
    assert variables.documented() - interpolated <= variables.read_by_code()


def test_it_follows_the_compose_specification() -> None:
    """compose-spec.json is the specification's own schema (github.com/compose-spec, Apache License 2.0)."""
    schema = json.loads((ROOT / "tests/ops/compose-spec.json").read_text(encoding="utf-8"))
    specification = jsonschema.Draft201909Validator(schema)

    assert [error.message for error in specification.iter_errors(COMPOSE)] == []
    misspelt = {**COMPOSE, "services": {"web": {"image": "x", "helthcheck": {}}}}
    assert not specification.is_valid(misspelt)


def test_every_service_comes_back_and_waits_for_what_it_needs() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        for needed, wanted in service.get("depends_on", {}).items():
            assert needed in SERVICES
            is_checked = "healthcheck" in SERVICES[needed]
            assert is_checked or wanted["condition"] == "service_completed_successfully", (name, needed)


def test_data_outlives_its_container() -> None:
    """The image's files are read-only: what must stay goes to a volume, what must not to memory."""
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "DATA_DIR=/data" in image
    for service in OURS.values():
        assert service["volumes"] == ["data:/data"]
        assert service["tmpfs"] == ["/tmp"]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
    assert "--appendonly yes" in SERVICES["redis"]["command"]


def test_only_the_doors_are_open_to_the_outside() -> None:
    opened = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert set(opened) == {"proxy", "listener"}
    assert all(port.startswith("127.0.0.1:") for port in opened["listener"]), "for the mail server beside us"


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            is_secret = re.search("SECRET|PASSWORD|TOKEN|KEY|_URL", variable)
            assert not is_secret or value.startswith("/run/secrets/"), variable


def ignored_by_docker(path: str) -> bool:
    """Whether .dockerignore keeps a path out, as Docker reads it: `**` is any folders, `*` part of a name."""
    is_ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        pattern = re.escape(line.lstrip("!").strip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{pattern}(?:/.*)?", path):
            is_ignored = not line.startswith("!")
    return is_ignored


@pytest.mark.parametrize(
    "path",
    [".env", ".git/config", "var/helpdesk.sqlite3", "var/media/a.pdf", "secrets/secret_key",
     ".venv/bin/python", "node_modules/x/y.js", "helpdesk/__pycache__/env.pyc", ".mypy_cache/x",
     "tests/conftest.py"],
)  # fmt: skip
def test_what_is_private_or_of_this_machine_stays_out_of_the_image(path: str) -> None:
    assert ignored_by_docker(path)


def test_everything_that_runs_is_in_the_image() -> None:
    """Of what git keeps, only tests, figures, documents and CI stay out."""
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    left_out = {path.split("/")[0] for path in kept.stdout.splitlines() if ignored_by_docker(path)}

    assert left_out == {".ci", "bench", "docs", "tests"}


def test_every_queue_has_a_worker() -> None:
    served = {
        queue
        for words in COMMANDS.values()
        if "worker" in words
        for queue in words[words.index("--queues") + 1].split(",")
    }

    assert served == set(QUEUES)


def test_there_is_exactly_one_beat() -> None:
    assert [name for name, words in COMMANDS.items() if "beat" in words] == ["beat"]
    assert "deploy" not in SERVICES["beat"]


def test_pages_run_twice() -> None:
    assert SERVICES["web"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_processes_run_without_rights_and_without_secrets_in_the_environment(name: str) -> None:
    service = OURS[name]

    assert service["user"] == "10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert not {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SECRETS_KEYS"} & set(service["environment"])


def test_every_secret_and_volume_used_is_declared_and_made(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("ALLOWED_HOSTS=x\n")
    subprocess.run([sys.executable, str(ROOT / "bin/new-secrets"), str(tmp_path)], check=True, timeout=30)

    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        named = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {volume for volume in named if not volume.startswith(".")} <= set(COMPOSE["volumes"])
        assert all((ROOT / path).exists() for path in named if path.startswith("."))
    for secret in COMPOSE["secrets"].values():
        assert (tmp_path / secret["file"]).read_text().strip()


def test_the_proxy_template_gets_every_value_it_asks_for() -> None:
    template = (ROOT / "deploy/nginx.conf.template").read_text(encoding="utf-8")

    assert set(re.findall(r"\$\{(\w+)\}", template)) == set(SERVICES["proxy"]["environment"])
    for upstream, name in (("NGINX_WEB", "web"), ("NGINX_SOCKETS", "sockets")):
        server = SERVICES["proxy"]["environment"][upstream]
        port = re.fullmatch(rf"server {name}:(\d+);", server)
        assert port is not None
        assert port[1] in SERVICES[name]["command"]


def test_the_image_holds_no_secret_and_runs_as_nobody() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert re.search(r"^USER helpdesk$", text, flags=re.MULTILINE)
    assert "useradd --uid 10001" in text
    assert not re.search(r"^(ENV|ARG).*(SECRET|PASSWORD|TOKEN)", text, flags=re.MULTILINE)
    assert {".env", "secrets", ".git", "var"} <= set(ignored)


def test_what_the_image_copies_exists() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.+)$", text, flags=re.MULTILINE)]

    for names in copied:
        assert all((ROOT / name).exists() for name in names)
