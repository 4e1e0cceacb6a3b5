"""The transcriber that a word wakes for a while, as section 1.6 of the contract means it."""

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
from tests.adapters.python_api.process import MODEL, Calls, FakeProcess, utterance
from tests.adapters.python_api.refusals import refusal
from tests.adapters.python_api.signatures import REQUIRED
from tests.application.rig import silence

from realtime_mlx_stt.adapters.python_api.configuration import unused_keys
from realtime_mlx_stt.adapters.python_api.configuration.configuration import VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.unused_keys import UnusedKeyWarning
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber import Transcriber
from realtime_mlx_stt.adapters.python_api.transcriber.wake_word_transcriber import WakeWordTranscriber
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError

WORD = np.concatenate((np.full(1280, 0.9, dtype=np.float32), silence(0.3)))


def waiting(calls: Calls, **settings: Any) -> WakeWordTranscriber:
    """One that waits for "alexa" and is then awake for the shortest time."""
    callbacks = {"on_wake_word": calls.named("wake"), "on_transcription": calls.named("text")}
    return WakeWordTranscriber(
        **{"wake_word": "alexa", "timeout_after_wake": 5, "model": MODEL, **callbacks, **settings}
    )


def texts(calls: Calls) -> list[str]:
    return [result.text for result in calls.of("text")]


def test_it_is_a_transcriber_with_the_signature_that_was_promised() -> None:
    assert issubclass(WakeWordTranscriber, Transcriber)
    parameters = inspect.signature(WakeWordTranscriber).parameters.values()
    assert [(each.name, each.default) for each in parameters] == [
        ("wake_word", "jarvis"),
        ("sensitivity", 0.5),
        ("timeout_after_wake", 30.0),
        ("on_wake_word", None),
        ("access_key", None),
        ("kwargs", REQUIRED),
    ]
    for method in ("start", "stop"):
        assert list(inspect.signature(getattr(WakeWordTranscriber, method)).parameters) == ["self"]


def test_everything_reaches_the_session(process: FakeProcess) -> None:
    made = WakeWordTranscriber(model=MODEL, vad=VADConfig(sensitivity=0.9), device_index=2, language="en").session
    window = WakeWordConfig(words=["jarvis"], sensitivity=0.5, timeout=30, single_utterance=False)
    assert made.wake_word_config == window
    assert (made.model_config, made.vad_config.sensitivity, made.device_id) == (MODEL, 0.9, 2)


def test_everything_in_the_window_is_written_and_nothing_else(process: FakeProcess, calls: Calls) -> None:
    listening = waiting(calls)
    listening.start()
    awake = (WORD, utterance(2), utterance(3, 4))
    process.rig.source.hear(np.concatenate((utterance(1), *awake, silence(3), utterance(5), WORD, utterance(6))))
    calls.until("text", 3)
    listening.stop()
    assert texts(calls) == ["word2", "word3 word4", "word6"]
    assert calls.of("wake") == [("alexa", 0.95)] * 2


def test_the_word_said_again_restarts_the_window(process: FakeProcess, calls: Calls) -> None:
    with waiting(calls):
        window = (WORD, silence(3), WORD, silence(3), utterance(2), silence(3), utterance(3), silence(1))
        process.rig.source.hear(np.concatenate(window))
        calls.until("text")
    assert texts(calls) == ["word2"]
    assert len(calls.of("wake")) == 2


def test_starting_and_stopping_again_does_nothing(process: FakeProcess, calls: Calls) -> None:
    listening = waiting(calls)
    listening.stop()
    listening.start()
    listening.start()
    assert len(process.rig.sources.made) == 1
    listening.stop()
    listening.stop()
    assert process.rig.source.is_stopped


def test_a_recording_needs_no_wake_word(process: FakeProcess, calls: Calls) -> None:
    assert waiting(calls).transcribe_audio(utterance(1)) == "word1"


def test_what_keeps_it_from_listening_is_an_error(process: FakeProcess, calls: Calls) -> None:
    process.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
    with pytest.raises(RuntimeError, match="There is no microphone"):
        waiting(calls).start()


def test_a_key_is_accepted_unused_and_mentioned_to_whoever_gave_it(
    process: FakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unused_keys, "_SAID", set())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        WakeWordTranscriber(access_key="secret")
        WakeWordTranscriber(access_key="secret")
    assert [(warning.category, warning.filename) for warning in said] == [(UnusedKeyWarning, __file__)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"wake_word": "porcupine"}, "Unsupported wake word 'porcupine'. Supported words: alexa, hey jarvis"),
        ({"wake_word": ["alexa"]}, "Wake word must be a text that is not empty, got ['alexa']"),
        ({"wake_word": ""}, "Wake word must be a text that is not empty, got ''"),
        ({"sensitivity": 1.5}, "Sensitivity must be between 0.0 and 1.0, got 1.5"),
        ({"timeout_after_wake": 4.9}, "Timeout must be at least 5 seconds, got 4.9"),
        ({"on_wake_word": 3}, "on_wake_word must be something to call or None, got 3"),
        ({"access_key": 3}, "Access key must be a text or None"),
        ({"vad": 3}, "vad must be a VADConfig or None, got 3"),
    ],
)
def test_what_is_not_right_is_refused(process: FakeProcess, arguments: dict[str, Any], sentence: str) -> None:
    assert refusal(WakeWordTranscriber, **arguments) == sentence
