"""``TranscriptionResult`` and the types of callbacks."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from tests.adapters.python_api.signatures import REQUIRED, defaults_of, parameter_types

from realtime_mlx_stt.adapters.python_api.results import (
    AudioCallback,
    ErrorCallback,
    TranscriptionCallback,
    TranscriptionResult,
)
from realtime_mlx_stt.domain.transcription import Word


def test_the_signature() -> None:
    assert is_dataclass(TranscriptionResult)
    assert list(defaults_of(TranscriptionResult).items()) == [
        ("text", REQUIRED),
        ("confidence", REQUIRED),
        ("timestamp", REQUIRED),
        ("duration", None),
        ("language", None),
        ("words", ()),
    ]
    assert parameter_types(TranscriptionResult) == {
        "text": str,
        "confidence": float,
        "timestamp": float,
        "duration": float | None,
        "language": str | None,
        "words": tuple[Word, ...],
    }


def test_it_is_a_value_that_can_be_taken_apart() -> None:
    word = Word(text=" Hello.", start_sample=0, end_sample=8000, probability=0.9)
    result = TranscriptionResult("Hello.", 0.9, 1_700_000_000.5, 0.5, "en", (word,))
    assert asdict(result) == {
        "text": "Hello.",
        "confidence": 0.9,
        "timestamp": 1_700_000_000.5,
        "duration": 0.5,
        "language": "en",
        "words": (asdict(word),),
    }
    assert TranscriptionResult("a", 1.0, 2.0) == TranscriptionResult(text="a", confidence=1.0, timestamp=2.0)


def test_the_callbacks_take_one_argument_and_give_nothing() -> None:
    aliases: list[tuple[Any, Any]] = [
        (TranscriptionCallback, Callable[[TranscriptionResult], None]),
        (AudioCallback, Callable[[bytes], None]),
        (ErrorCallback, Callable[[Exception], None]),
    ]
    assert [alias for alias, _ in aliases] == [meant for _, meant in aliases]
