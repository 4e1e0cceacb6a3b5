"""``TranscriberConfig`` and ``STTConfig``: what a whole client is configured with."""

import math
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass

import pytest
from tests.adapters.python_api.idle_process import IdleProcess
from tests.adapters.python_api.refusals import refusal
from tests.adapters.python_api.signatures import defaults_of, parameter_types

from realtime_mlx_stt.adapters.python_api.configuration.client_configuration import STTConfig, TranscriberConfig
from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult


@pytest.fixture(autouse=True)
def _process() -> Iterator[None]:
    with using_services(IdleProcess()):
        yield


def test_the_signature_of_the_transcribers() -> None:
    assert is_dataclass(TranscriberConfig)
    assert list(defaults_of(TranscriberConfig).items()) == [
        ("model", ModelConfig()),
        ("vad", VADConfig()),
        ("wake_word", None),
        ("on_transcription", None),
        ("on_error", None),
        ("on_wake_word", None),
        ("device_index", None),
        ("verbose", False),
    ]
    assert parameter_types(TranscriberConfig) == {
        "model": ModelConfig,
        "vad": VADConfig,
        "wake_word": WakeWordConfig | None,
        "on_transcription": Callable[[TranscriptionResult], None] | None,
        "on_error": Callable[[Exception], None] | None,
        "on_wake_word": Callable[[str, float], None] | None,
        "device_index": int | None,
        "verbose": bool,
    }


def test_the_transcribers_is_a_dict_of_sections() -> None:
    assert TranscriberConfig().to_dict() == {
        "transcription": ModelConfig().to_dict(),
        "vad": VADConfig().to_dict(),
    }
    waking = TranscriberConfig(wake_word=WakeWordConfig(words=["Alexa"]))
    assert list(waking.to_dict()) == ["transcription", "vad", "wake_word"]
    assert waking.to_dict()["wake_word"]["words"] == ["alexa"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"model": "tiny.en"}, "Model must be a ModelConfig, got 'tiny.en'"),
        ({"vad": None}, "VAD must be a VADConfig, got None"),
        ({"wake_word": "jarvis"}, "Wake word must be a WakeWordConfig or None, got 'jarvis'"),
        ({"on_error": 3}, "on_error must be something to call or None, got 3"),
        ({"device_index": 1.5}, "Device must be the index or the name of a microphone, or None, got 1.5"),
        ({"device_index": True}, "Device must be the index or the name of a microphone, or None, got True"),
        ({"verbose": 1}, "Verbose must be True or False, got 1"),
    ],
)
def test_the_transcribers_refuses_wrong_types(arguments: dict[str, object], sentence: str) -> None:
    assert refusal(TranscriberConfig, **arguments) == sentence


def test_a_microphone_may_be_named() -> None:
    assert TranscriberConfig(device_index="USB").device_index == "USB"  # type: ignore[arg-type, comparison-overlap]


def test_the_signature_of_the_clients() -> None:
    assert is_dataclass(STTConfig)
    assert list(defaults_of(STTConfig).items()) == [
        ("openai_api_key", None),
        ("porcupine_api_key", None),
        ("default_engine", "mlx_whisper"),
        ("default_model", "whisper-large-v3-turbo"),
        ("default_language", None),
        ("default_device", None),
        ("vad_sensitivity", 0.5),
        ("vad_min_silence_duration", 2.0),
        ("vad_min_speech_duration", 0.25),
        ("wake_word_sensitivity", 0.7),
        ("wake_word_timeout", 30),
        ("auto_stop_after_silence", False),
        ("silence_timeout", 2.0),
        ("auto_start", True),
        ("verbose", False),
        ("fast_start", False),
    ]


def test_the_clients_never_shows_a_key() -> None:
    config = STTConfig(openai_api_key="sk-secret", porcupine_api_key="secret")
    assert (config.openai_api_key, config.porcupine_api_key) == ("sk-secret", "secret")
    assert "secret" not in repr(config)
    assert "secret" not in refusal(STTConfig, openai_api_key=["secret"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"default_engine": "bogus"}, "Unknown engine 'bogus'. There are: mlx_whisper, openai"),
        ({"default_model": ""}, "Model must be a text that is not empty, got ''"),
        ({"default_language": 5}, "Language must be a text or None, got 5"),
        ({"default_device": [1]}, "Device must be the index or the name of a microphone, or None, got [1]"),
        ({"vad_sensitivity": 1.5}, "Sensitivity must be between 0.0 and 1.0, got 1.5"),
        (
            {"vad_min_silence_duration": -1},
            "Minimum silence duration must be between 0 and 10 seconds, got -1",
        ),
        (
            {"vad_min_speech_duration": math.inf},
            "Minimum speech duration must be between 0 and 10 seconds, got inf",
        ),
        ({"wake_word_sensitivity": -1}, "Sensitivity must be between 0.0 and 1.0, got -1"),
        ({"wake_word_timeout": 4}, "Timeout must be at least 5 seconds, got 4"),
        ({"silence_timeout": -0.5}, "Silence timeout must not be negative, got -0.5"),
        ({"silence_timeout": None}, "Silence timeout must not be negative, got None"),
        ({"auto_stop_after_silence": None}, "auto_stop_after_silence must be True or False, got None"),
        ({"verbose": "yes"}, "verbose must be True or False, got 'yes'"),
        ({"fast_start": 1}, "fast_start must be True or False, got 1"),
    ],
)
def test_the_clients_refuses_wrong_types_and_ranges(arguments: dict[str, object], sentence: str) -> None:
    assert refusal(STTConfig, **arguments) == sentence


def test_the_engine_of_a_client_is_a_plain_text() -> None:
    assert type(STTConfig(default_engine="openai").default_engine) is str
