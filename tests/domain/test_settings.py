"""Every setting has a range, and whoever is outside it is told which setting it was and what it may be."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import (
    EndpointingSettings,
    RejectionSettings,
    SessionSettings,
    TranscriptionSettings,
    VoiceActivitySettings,
    WakeWordSettings,
)

Section = Callable[..., Any]


def wake_word(**values: Any) -> WakeWordSettings:
    return WakeWordSettings(**{"words": ("alexa",), **values})


def endpointing(**values: Any) -> EndpointingSettings:
    """Endpointing in which the other settings leave room for every value of one of them."""
    roomy = {"minimum_silence_seconds": 10.0, "longest_utterance_seconds": 29.0}
    narrow = {"pause_seconds": 0.0, "tail_seconds": 0.0, "pre_roll_seconds": 0.0}
    return EndpointingSettings(**{**roomy, **narrow, **values})


def voice_activity(**values: Any) -> VoiceActivitySettings:
    other = {"onset_threshold": 0.99} if "release_threshold" in values else {"release_threshold": 0.01}
    return VoiceActivitySettings(**{**other, **values})


RANGES: list[tuple[Section, str, float, float]] = [
    (voice_activity, "onset_threshold", 0.01, 0.99),
    (voice_activity, "release_threshold", 0.01, 0.99),
    (endpointing, "minimum_speech_seconds", 0.0, 10.0),
    (endpointing, "minimum_silence_seconds", 0.05, 10.0),
    (endpointing, "pause_seconds", 0.0, 10.0),
    (endpointing, "pre_roll_seconds", 0.0, 5.0),
    (endpointing, "tail_seconds", 0.0, 5.0),
    (endpointing, "longest_utterance_seconds", 2.0, 29.0),
    (wake_word, "threshold", 0.01, 0.99),
    (wake_word, "timeout_seconds", 1.0, 86_400.0),
    (TranscriptionSettings, "partial_interval_seconds", 0.1, 10.0),
    (RejectionSettings, "no_speech_probability", 0.0, 1.0),
    (RejectionSettings, "average_log_probability", -20.0, 0.0),
    (RejectionSettings, "compression_ratio", 1.0, 100.0),
    (RejectionSettings, "characters_per_second", 5.0, 1000.0),
]


@pytest.mark.parametrize(("section", "name", "low", "high"), RANGES, ids=[name for _, name, _, _ in RANGES])
def test_a_number_may_be_anything_in_its_range_and_nothing_else(
    section: Section, name: str, low: float, high: float
) -> None:
    for value in (low, (low + high) / 2, high):
        assert getattr(section(**{name: value}), name) == value
    for value in (low - 0.001, high + 0.001, math.inf, -math.inf, math.nan):
        with pytest.raises(InvalidSettingError, match=f"{name} must be between {low:g} and {high:g}, got"):
            section(**{name: value})


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        (VoiceActivitySettings, {"onset_threshold": 0.3}, r"release_threshold \(0.35\).*onset_threshold \(0.3\)"),
        (EndpointingSettings, {"pause_seconds": 0.7}, r"pause_seconds \(0.7\).*minimum_silence_seconds \(0.6\)"),
        (EndpointingSettings, {"tail_seconds": 0.7}, r"tail_seconds \(0.7\).*minimum_silence_seconds \(0.6\)"),
        (
            EndpointingSettings,
            {"pre_roll_seconds": 0.9, "longest_utterance_seconds": 2.0},
            r"pre_roll_seconds \(0.9\) and tail_seconds \(0.2\).*half of longest_utterance_seconds \(2\)",
        ),
        (WakeWordSettings, {"words": ()}, "words must name at least one"),
        (WakeWordSettings, {"words": ("alexa", "")}, "words must name at least one"),
        (TranscriptionSettings, {"engine": ""}, "engine must be named"),
        (TranscriptionSettings, {"model": ""}, "model must be named"),
        (TranscriptionSettings, {"language": ""}, "language must be"),
        (TranscriptionSettings, {"prompt": "\udcff"}, "prompt must be valid UTF-8"),
        (TranscriptionSettings, {"glossary": ("Aoife", "bad\udcff\udcfe")}, "glossary must be valid UTF-8"),
    ],
)
def test_settings_that_contradict_each_other_or_say_nothing_are_refused(
    section: Section, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidSettingError, match=message) as refused:
        section(**values)
    assert refused.value.code == "invalid-setting"
    assert isinstance(refused.value, ValueError), "what Python programs catch where an argument is wrong"


@pytest.mark.parametrize(
    ("section", "values"),
    [
        (VoiceActivitySettings, {"onset_threshold": 0.4, "release_threshold": 0.4}),
        (EndpointingSettings, {"pause_seconds": 0.6, "tail_seconds": 0.6}),
        (
            EndpointingSettings,
            {"pre_roll_seconds": 0.5, "tail_seconds": 0.375, "longest_utterance_seconds": 2.0},
        ),
        (TranscriptionSettings, {"partial_interval_seconds": None, "language": None}),
    ],
)
def test_what_is_just_allowed_is_allowed(section: Section, values: dict[str, Any]) -> None:
    settings = section(**values)
    assert {name: getattr(settings, name) for name in values} == values


def test_the_defaults_are_allowed_and_listen_all_the_time() -> None:
    assert SessionSettings().wake_word is None


def test_settings_are_values() -> None:
    assert SessionSettings() == SessionSettings()
    assert hash(SessionSettings(wake_word=wake_word())) == hash(SessionSettings(wake_word=wake_word()))
