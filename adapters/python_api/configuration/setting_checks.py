"""Refuses invalid settings of the Python API, in the words that its users know."""

import math
from collections.abc import Mapping
from typing import TypeGuard

from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.languages import code_of_language, near_languages
from realtime_mlx_stt.domain.settings import LONGEST_DURATION_SECONDS

__all__ = [
    "is_number",
    "is_whole_number",
    "require",
    "require_callbacks",
    "require_count",
    "require_device",
    "require_duration",
    "require_flag",
    "require_fraction",
    "require_kind",
    "require_language",
    "require_optional_text",
    "require_part",
    "require_secret",
    "require_text",
    "require_words",
]


def require(condition: bool, sentence: str) -> None:
    """Raise ``InvalidSettingError`` with the sentence unless the condition holds."""
    if not condition:
        raise InvalidSettingError(sentence)


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_whole_number(value: object) -> TypeGuard[int]:
    """Whether it is an ``int``; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def require_fraction(name: str, value: object) -> None:
    """A number from 0 to 1."""
    require(is_number(value) and 0.0 <= value <= 1.0, f"{name} must be between 0.0 and 1.0, got {value}")


def require_count(name: str, value: object) -> None:
    """A whole number from 1 on."""
    require(is_whole_number(value) and value >= 1, f"{name} must be at least 1, got {value}")


def require_duration(name: str, value: object) -> None:
    """A number of seconds for which somebody would speak or be silent."""
    longest = LONGEST_DURATION_SECONDS
    require(
        is_number(value) and 0.0 <= value <= longest,
        f"{name} must be between 0 and {longest:g} seconds, got {value}",
    )


def require_flag(name: str, value: object) -> None:
    """True or false, and not something that happens to count as either."""
    require(isinstance(value, bool), f"{name} must be True or False, got {value!r}")


def require_text(name: str, value: object) -> None:
    """A text with something in it."""
    require(
        isinstance(value, str) and bool(value.strip()), f"{name} must be a text that is not empty, got {value!r}"
    )


def require_optional_text(name: str, value: object) -> None:
    """A text, or None."""
    require(value is None or isinstance(value, str), f"{name} must be a text or None, got {value!r}")


def require_language(name: str, value: object) -> None:
    """A language that models write, by its code or its English name, or None."""
    require_optional_text(name, value)
    if isinstance(value, str) and code_of_language(value) is None:
        near = near_languages(value)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise InvalidSettingError(
            f"There is no language {value!r}{hint} Give a code such as en or an English name such as german."
        )


def require_device(name: str, value: object) -> None:
    """A microphone's index or a part of its name, or None for the system's default."""
    require(
        value is None or isinstance(value, str) or is_whole_number(value),
        f"{name} must be the index or the name of a microphone, or None, got {value!r}",
    )


def require_part(name: str, value: object, kind: type) -> None:
    """A part of the configuration."""
    require(isinstance(value, kind), f"{name} must be a {kind.__name__}, got {value!r}")


def require_secret(name: str, value: object) -> None:
    """A text, or None; the message does not show it."""
    require(value is None or isinstance(value, str), f"{name} must be a text or None")


def require_words(name: str, value: object) -> None:
    """A list of texts, empty or not; a text alone would be taken for a list of its letters."""
    is_list = isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)
    require(is_list, f"{name} must be a list of words, got {value!r}")


def require_kind(name: str, value: object, kind: type) -> None:
    """An instance of the class, or None."""
    require(value is None or isinstance(value, kind), f"{name} must be a {kind.__name__} or None, got {value!r}")


def require_callbacks(callbacks: Mapping[str, object]) -> None:
    """Something that can be called, or None, under each name."""
    for name, value in callbacks.items():
        require(value is None or callable(value), f"{name} must be something to call or None, got {value!r}")
