"""Defines what a program's callbacks are given, and their types."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from realtime_mlx_stt.domain.transcription import Word

__all__ = ["AudioCallback", "ErrorCallback", "TranscriptionCallback", "TranscriptionResult"]


@dataclass
class TranscriptionResult:
    """A final text.

    ``text``: what was said.
    ``confidence``: how sure the engine is of it, from 0 to 1.
    ``timestamp``: when it was known, in seconds since 1970.
    ``duration``: how many seconds of audio it was made from.
    ``language``: the code of the language that was spoken.
    ``words``: each word with its place in the session's audio; empty where the engine does not tell.
    """

    text: str
    confidence: float
    timestamp: float
    duration: float | None = None
    language: str | None = None
    words: tuple[Word, ...] = ()


TranscriptionCallback: TypeAlias = Callable[[TranscriptionResult], None]
"""Takes each final text."""

AudioCallback: TypeAlias = Callable[[bytes], None]
"""Takes sound; nothing calls it."""

ErrorCallback: TypeAlias = Callable[[Exception], None]
"""Takes each problem."""
