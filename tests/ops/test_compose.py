"""No container engine runs here, so the file is checked piece by piece: commands, variables, hardening."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

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
