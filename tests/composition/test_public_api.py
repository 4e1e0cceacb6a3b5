"""Every name that programs import is there, is the same from wherever it is imported, and is fetched when used."""

import importlib
import pickle
from collections.abc import Iterator
from typing import Final

import pytest
from tests.architecture.source_tree import FACE, source_modules

import realtime_mlx_stt
from realtime_mlx_stt import (
    AudioDevice,
    ConfigEngine,
    ModelConfig,
    TranscriptionEngine,
    WakeWordConfig,
    list_audio_devices,
    shutdown,
)
from realtime_mlx_stt.composition import public_api

PROMISED: Final = frozenset(
    {
        "STTClient",
        "create_client",
        "Transcriber",
        "TranscriptionSession",
        "SessionState",
        "WakeWordTranscriber",
        "ModelConfig",
        "VADConfig",
        "WakeWordConfig",
        "TranscriberConfig",
        "VADDetectorType",
        "WakeWordDetector",
        "AudioSource",
        "TranscriptionEngine",
        "VADMode",
        "TranscriptionResult",
        "AudioDevice",
        "TranscriptionCallback",
        "AudioCallback",
        "ErrorCallback",
        "list_audio_devices",
        "setup_minimal_logging",
        "format_duration",
        "validate_language_code",
        "create_transcriber",
    }
)
"""What programs were promised, ``create_transcriber`` among it, which was documented and never there."""

ADDED: Final = frozenset(
    {
        "RealtimeSttError",
        "SessionProblemError",
        "StoredEvent",
        "Word",
        "format_transcript",
        "model_for_this_machine",
        "shutdown",
        "use_openai_account",
    }
)

OF_OLD: Final = {
    "client": {"STTClient", "STTConfig", "create_client"},
    "config": {
        "ModelConfig",
        "TranscriberConfig",
        "TranscriptionEngine",
        "VADConfig",
        "VADDetectorType",
        "WakeWordConfig",
        "WakeWordDetector",
    },
    "session": {"SessionState", "TranscriptionSession"},
    "transcriber": {"Transcriber"},
    "types": {
        "AudioCallback",
        "AudioDevice",
        "AudioSource",
        "ErrorCallback",
        "TranscriptionCallback",
        "TranscriptionEngine",
        "TranscriptionResult",
        "VADMode",
    },
    "utils": {
        "format_duration",
        "get_audio_format_info",
        "list_audio_devices",
        "setup_minimal_logging",
        "validate_language_code",
    },
    "wake_word": {"WakeWordTranscriber"},
}
"""From which module beside the package's ``__init__`` programs imported what."""


def test_the_package_offers_what_was_promised_and_little_more() -> None:
    assert set(realtime_mlx_stt.__all__) == PROMISED | ADDED
    assert len(realtime_mlx_stt.__all__) == len(set(realtime_mlx_stt.__all__))


@pytest.mark.parametrize("name", realtime_mlx_stt.__all__)
def test_each_name_is_that_of_the_public_api(name: str) -> None:
    assert getattr(realtime_mlx_stt, name) is getattr(public_api, name)
    assert name in dir(realtime_mlx_stt)


def test_a_star_brings_all_of_them() -> None:
    names: dict[str, object] = {}
    exec("from realtime_mlx_stt import *", names)
    assert set(realtime_mlx_stt.__all__) <= set(names)


def test_a_type_checker_sees_the_names_that_are_handed_out() -> None:
    (package,) = (module for module in source_modules() if module.name == "realtime_mlx_stt")
    source = "realtime_mlx_stt.composition.public_api"
    seen = [name for module, name in package.imports() if module == source]
    assert sorted(name for name in seen if name) == sorted(realtime_mlx_stt.__all__)


def test_what_is_not_there_is_missed_by_its_name() -> None:
    with pytest.raises(AttributeError, match="module 'realtime_mlx_stt' has no attribute 'STTKlient'"):
        realtime_mlx_stt.STTKlient  # type: ignore[attr-defined]  # noqa: B018 - it is only looked for
    with pytest.raises(ImportError, match="cannot import name 'STTKlient'"):
        exec("from realtime_mlx_stt import STTKlient")


def test_there_is_one_enumeration_of_engines_under_both_its_names() -> None:
    types, config = (importlib.import_module(f"realtime_mlx_stt.{name}") for name in ("types", "config"))
    assert ConfigEngine is TranscriptionEngine
    assert types.TranscriptionEngine is config.TranscriptionEngine is TranscriptionEngine


@pytest.mark.parametrize("module", FACE)
def test_the_modules_of_old_have_their_names(module: str) -> None:
    of_old = importlib.import_module(f"realtime_mlx_stt.{module}")
    assert set(of_old.__all__) == OF_OLD[module]
    for name in OF_OLD[module]:
        assert getattr(of_old, name) is getattr(public_api, name)
    assert getattr(realtime_mlx_stt, module) is of_old


def test_a_program_that_is_given_a_configuration_can_keep_it() -> None:
    config = ModelConfig(language="de")
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.fixture
def _own_process() -> Iterator[None]:
    yield
    shutdown()


@pytest.mark.usefixtures("_own_process")
def test_the_words_that_are_heard_and_the_microphones_are_those_of_this_machine() -> None:
    """Through the container, without anything of it being set up for the test."""
    assert WakeWordConfig(words=["Hey Jarvis"]).words == ["Hey Jarvis"]
    with pytest.raises(ValueError, match=r"^Unsupported wake word 'computer'\. Supported words: alexa, hey jarvis"):
        WakeWordConfig(words=["computer"])
    assert all(isinstance(device, AudioDevice) for device in list_audio_devices())
