"""Durations, language codes and audio formats, as the utilities have always told them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.python_api.signatures import defaults_of, parameter_types

from realtime_mlx_stt.adapters.python_api.text_formats import (
    format_duration,
    get_audio_format_info,
    validate_language_code,
)
from realtime_mlx_stt.domain.languages import LANGUAGES

ONCE_VALID = (
    *("en", "es", "fr", "de", "it", "pt", "ru", "zh", "ja", "ko", "ar", "hi", "tr", "pl", "nl"),
    *("sv", "fi", "da", "no", "el", "he", "id", "ms", "th", "vi", "cs", "ro", "hu", "uk", "bg"),
)
"""The thirty codes that were valid when only these were known."""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (5.24, "5.2s"),
        (59.94, "59.9s"),
        (59.96, "1m 0s"),
        (60, "1m 0s"),
        (90, "1m 30s"),
        (90.4, "1m 30s"),
        (119.4, "1m 59s"),
        (119.7, "2m 0s"),
        (3661, "61m 1s"),
    ],
)
def test_a_duration_is_told_in_seconds_and_from_a_minute_on_in_minutes(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.floats(0, 100_000))
def test_no_duration_has_sixty_seconds(seconds: float) -> None:
    text = format_duration(seconds)
    minutes, _, rest = text.rpartition("m ")
    told = float(rest.removesuffix("s"))
    assert told < 60
    assert math.isclose(60 * float(minutes or 0) + told, seconds, abs_tol=0.5001)


def test_the_signatures() -> None:
    assert parameter_types(format_duration) == {"seconds": float}
    assert parameter_types(validate_language_code) == {"language": str}
    assert defaults_of(get_audio_format_info) == {"sample_rate": 16000, "channels": 1, "sample_width": 2}


@pytest.mark.parametrize("code", [*ONCE_VALID, "cy", "haw", "yue", "jw", "jv", *LANGUAGES])
def test_every_code_of_a_language_that_is_written_is_valid_in_any_case(code: str) -> None:
    assert validate_language_code(code)
    assert validate_language_code(code.upper())


@pytest.mark.parametrize("code", ["", "xx", "german", "en-US", " en", "e", "lao", None, 5, b"en", ["en"]])
def test_nothing_else_is_valid(code: Any) -> None:
    assert not validate_language_code(code)


def test_an_audio_format_is_told_in_numbers() -> None:
    assert get_audio_format_info() == {
        "sample_rate": 16000,
        "channels": 1,
        "sample_width": 2,
        "format": "PCM",
        "bits_per_sample": 16,
        "bytes_per_second": 32000,
    }
    assert get_audio_format_info(48_000, 2, 3)["bytes_per_second"] == 288_000
