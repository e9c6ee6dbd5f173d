"""Typed readers for environment variables. The only module that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

_reader = environ.Env()


def text(name: str, default: str | None = None) -> str:
    """Return the variable, or the default; without either, say which one to set."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return a true/false variable; anything else is refused at start."""
    value = text(name, "true" if default else "false").lower()
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value == "true"


def number(name: str, default: int) -> int:
    """Return a whole number; anything else is refused at start."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str, default: str | None = None) -> str:
    """Return NAME, or the content of the file that NAME_FILE points at (container secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return text(name, default)


def database(name: str, default: str) -> dict[str, object]:
    """Return Django's settings for the database URL in NAME (or in the file NAME_FILE)."""
    return dict(_reader.db_url_config(secret(name, default)))


def mail(name: str, default: str) -> dict[str, object]:
    """Return Django's EMAIL_* settings for the URL in NAME, e.g. smtp+tls://user:pw@host:587."""
    return dict(_reader.email_url_config(secret(name, default)))
