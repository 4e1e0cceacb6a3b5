"""``VADConfig``: its defaults, and what it says to a value that it cannot take."""

import math
from dataclasses import is_dataclass
from typing import Any

import pytest
from tests.adapters.python_api.refusals import refusal
from tests.adapters.python_api.signatures import defaults_of, parameter_types

from realtime_mlx_stt.adapters.python_api.configuration.configuration import VADConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import VADDetectorType


def refused(**arguments: Any) -> str:
    return refusal(VADConfig, **arguments)


def test_the_signature() -> None:
    assert is_dataclass(VADConfig)
    assert list(defaults_of(VADConfig).items()) == [
        ("enabled", True),
        ("detector_type", VADDetectorType.COMBINED),
        ("sensitivity", 0.6),
        ("min_speech_duration", 0.25),
        # 0.1 while it was ignored: obeyed, it would cut between words.
        ("min_silence_duration", 0.6),
        ("window_size", 5),
        ("webrtc_aggressiveness", None),
        ("silero_threshold", None),
        ("frame_duration_ms", None),
        ("silence_confirmation_frames", None),
    ]
    assert parameter_types(VADConfig) == {
        "enabled": bool,
        "detector_type": VADDetectorType,
        "sensitivity": float,
        "min_speech_duration": float,
        "min_silence_duration": float,
        "window_size": int,
        "webrtc_aggressiveness": int | None,
        "silero_threshold": float | None,
        "frame_duration_ms": int | None,
        "silence_confirmation_frames": int | None,
    }


def test_it_is_a_dict_in_the_words_of_profiles() -> None:
    assert VADConfig().to_dict() == {
        "enabled": True,
        "detector_type": "combined",
        "sensitivity": 0.6,
        "min_speech_duration": 0.25,
        "min_silence_duration": 0.6,
        "window_size": 5,
    }


def test_parameters_are_in_the_dict_only_where_they_are_set() -> None:
    assert VADConfig(silero_threshold=0.4).to_dict()["parameters"] == {"silero_threshold": 0.4}
    everything = VADConfig(
        webrtc_aggressiveness=0, silero_threshold=0.9, frame_duration_ms=20, silence_confirmation_frames=30
    )
    assert everything.to_dict()["parameters"] == {
        "webrtc_aggressiveness": 0,
        "silero_threshold": 0.9,
        "frame_duration_ms": 20,
        "silence_confirmation_frames": 30,
    }


@pytest.mark.parametrize("detector", ["webrtc", "silero", "combined"])
def test_every_detector_is_accepted_by_member_and_by_text(detector: str) -> None:
    by_text = VADConfig(detector_type=detector)  # type: ignore[arg-type]  # as many programs write it
    assert by_text == VADConfig(detector_type=VADDetectorType(detector))
    assert by_text.to_dict()["detector_type"] == detector
    assert type(by_text.to_dict()["detector_type"]) is str


def test_an_unknown_detector_is_refused_with_those_there_are() -> None:
    assert refused(detector_type="ear") == "Unknown detector type 'ear'. There are: combined, silero, webrtc"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("sensitivity", [0, 0.0, 1, 1.0]),
        ("webrtc_aggressiveness", [0, 3, None]),
        ("silero_threshold", [0.1, 0.9, None]),
        ("frame_duration_ms", [10, 20, 30, None]),
        ("silence_confirmation_frames", [1, 100, None]),
        ("min_speech_duration", [0, 0.0, 10]),
        ("min_silence_duration", [0, 0.01, 10.0]),
        ("window_size", [1, 100]),
    ],
)
def test_what_is_just_allowed_is_allowed(name: str, values: list[float | None]) -> None:
    for value in values:
        assert getattr(VADConfig(**{name: value}), name) == value  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-0.1, 1.1, 2, math.nan, math.inf, "high", True, None])
def test_the_sensitivity_is_refused(value: object) -> None:
    assert refused(sensitivity=value) == f"Sensitivity must be between 0.0 and 1.0, got {value}"


@pytest.mark.parametrize("value", [-1, 4, 1.5, "2", True])
def test_the_aggressiveness_is_refused(value: object) -> None:
    assert refused(webrtc_aggressiveness=value) == f"WebRTC aggressiveness must be 0-3, got {value}"


@pytest.mark.parametrize("value", [0.09, 0.91, 0, 1, math.nan, "low", True])
def test_the_silero_threshold_is_refused(value: object) -> None:
    assert refused(silero_threshold=value) == f"Silero threshold must be 0.1-0.9, got {value}"


@pytest.mark.parametrize("value", [0, 15, 32, 10.5, "10", True, [10]])
def test_the_frame_duration_is_refused(value: object) -> None:
    assert refused(frame_duration_ms=value) == f"Frame duration must be 10, 20, or 30ms, got {value}"


@pytest.mark.parametrize("value", [-1, 10.1, math.nan, math.inf, "1", None, True])
def test_a_duration_is_refused(value: object) -> None:
    ending = f"duration must be between 0 and 10 seconds, got {value}"
    assert refused(min_speech_duration=value) == f"Minimum speech {ending}"
    assert refused(min_silence_duration=value) == f"Minimum silence {ending}"


@pytest.mark.parametrize("value", [0, -1, 2.5, "5", True, None])
def test_the_window_size_is_refused(value: object) -> None:
    assert refused(window_size=value) == f"Window size must be at least 1, got {value}"


@pytest.mark.parametrize("value", [0, -1, 2.5, "5", True])
def test_the_silence_confirmation_is_refused(value: object) -> None:
    ending = f"must be at least 1, got {value}"
    assert refused(silence_confirmation_frames=value) == f"Silence confirmation frames {ending}"


@pytest.mark.parametrize("value", [1, 0, None, "yes"])
def test_whether_it_is_enabled_is_true_or_false(value: object) -> None:
    assert refused(enabled=value) == f"Enabled must be True or False, got {value!r}"


def test_it_may_be_changed_and_compared() -> None:
    config = VADConfig()
    config.sensitivity = 0.9
    assert config == VADConfig(sensitivity=0.9)
