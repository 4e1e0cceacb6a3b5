"""Finds which wake word people mean by the name that they write."""

import re
from collections.abc import Collection
from typing import Final

__all__ = ["is_model_file", "meant_word", "spoken"]

_MODEL_FILES: Final = (".onnx", ".tflite")
_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")
_GREETING: Final = "hey_"


def is_model_file(wanted: str) -> bool:
    """Whether this is the path of a model of one's own instead of a name."""
    return wanted.lower().endswith(_MODEL_FILES)


def meant_word(wanted: str, words: Collection[str]) -> str | None:
    """Which of ``words`` is meant, None when none is; ``Hey Jarvis`` and ``jarvis`` mean ``hey_jarvis``."""
    plain = _BETWEEN_WORDS.sub("_", wanted.strip().lower())
    return next((candidate for candidate in (plain, _GREETING + plain) if candidate in words), None)


def spoken(word: str) -> str:
    """The word as one would say it: ``hey jarvis`` for ``hey_jarvis``."""
    return word.replace("_", " ")
