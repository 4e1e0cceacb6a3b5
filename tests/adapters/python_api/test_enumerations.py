"""The closed words have the members and values that programs were written with."""

from enum import Enum, StrEnum

import pytest

from realtime_mlx_stt.adapters.python_api.configuration.enumerations import (
    AudioSource,
    SessionState,
    TranscriptionEngine,
    VADDetectorType,
    VADMode,
    WakeWordDetector,
    member,
)
from realtime_mlx_stt.domain.errors import InvalidSettingError

MEMBERS: list[tuple[type[StrEnum], dict[str, str]]] = [
    (AudioSource, {"MICROPHONE": "microphone", "FILE": "file", "STREAM": "stream"}),
    (TranscriptionEngine, {"MLX_WHISPER": "mlx_whisper", "OPENAI": "openai"}),
    (VADMode, {"SILERO": "silero", "WEBRTC": "webrtc", "COMBINED": "combined", "DISABLED": "disabled"}),
    (VADDetectorType, {"WEBRTC": "webrtc", "SILERO": "silero", "COMBINED": "combined"}),
    (WakeWordDetector, {"PORCUPINE": "porcupine"}),
    (
        SessionState,
        {
            "IDLE": "idle",
            "STARTING": "starting",
            "RUNNING": "running",
            "STOPPING": "stopping",
            "ERROR": "error",
        },
    ),
]


@pytest.mark.parametrize(("words", "members"), MEMBERS, ids=[words.__name__ for words, _ in MEMBERS])
def test_each_has_its_members(words: type[StrEnum], members: dict[str, str]) -> None:
    assert issubclass(words, Enum)
    assert {each.name: each.value for each in words} == members


def test_a_member_is_chosen_by_itself_and_by_its_text() -> None:
    assert member(TranscriptionEngine, TranscriptionEngine.OPENAI, "engine") is TranscriptionEngine.OPENAI
    assert member(TranscriptionEngine, "openai", "engine") is TranscriptionEngine.OPENAI


@pytest.mark.parametrize("value", ["bogus", "", "OPENAI", None, 7, b"openai", ["openai"]])
def test_anything_else_is_refused_with_a_list_of_those_there_are(value: object) -> None:
    with pytest.raises(InvalidSettingError) as refused:
        member(TranscriptionEngine, value, "engine")
    assert str(refused.value) == f"Unknown engine {value!r}. There are: mlx_whisper, openai"
