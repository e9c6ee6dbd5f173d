"""Remember text and drawings that depend only on their arguments, the language and perhaps the time zone."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def per_language(build: Callable[P, R]) -> Callable[P, R]:
    """Keep what `build` returned, per language."""

    @lru_cache(maxsize=8192)
    def kept(_language: str | None, *args: P.args, **kwargs: P.kwargs) -> R:
        return build(*args, **kwargs)

    @wraps(build)
    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        return kept(get_language(), *args, **kwargs)  # type: ignore[arg-type]  # as hashable as the caller makes them

    return ask


def per_place(build: Callable[P, R]) -> Callable[P, R]:
    """Keep what `build` returned, per language and time zone."""

    @lru_cache(maxsize=8192)
    def kept(_language: str | None, _zone: str, *args: P.args, **kwargs: P.kwargs) -> R:
        return build(*args, **kwargs)

    @wraps(build)
    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        return kept(get_language(), get_current_timezone_name(), *args, **kwargs)  # type: ignore[arg-type]

    return ask
