"""A backend that fails its proof is replaced by one that passes; where none does, arming fails and says why."""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.adapters.sound_clips import SPEECH_CLIPS, WAKE_CLIPS, clip, framed, silence
from tests.adapters.wake_word.backends import MODELS, needs_litert_models
from tests.adapters.wake_word.distorted_backend import DistortedBackend, garbage

from realtime_mlx_stt.adapters.wake_word.litert_backend import LiteRtBackend
from realtime_mlx_stt.adapters.wake_word.model_backend import ModelBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.adapters.wake_word.open_wake_word import OpenWakeWords
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES, UnknownWakeWordError, WakeWordError

LISTENED_TO = [*WAKE_CLIPS.values(), *SPEECH_CLIPS[:3], *SPEECH_CLIPS[-2:]]


def broken(backend: ModelBackend) -> DistortedBackend:
    """Runs without a complaint, and hears nothing."""
    return DistortedBackend(backend, "embedding_model", garbage)


def every_score(wake_words: OpenWakeWords, sound: AudioSamples) -> npt.NDArray[np.float64]:
    detector = wake_words.open(wake_words.words())
    return np.array([[*detector.scores(frame).values()] for frame in framed(sound, FRAME_SAMPLES)])


@needs_litert_models
@pytest.mark.parametrize("path", LISTENED_TO, ids=lambda path: path.stem)
@pytest.mark.parametrize("gain", [1.0, 0.05])
def test_litert_hears_what_onnx_runtime_hears(path: Path, gain: float) -> None:
    sound = np.concatenate((clip(path), silence(0.5))) * np.float32(gain)
    onnx, litert = (
        every_score(OpenWakeWords(backends=(each,)), sound) for each in (OnnxBackend(), LiteRtBackend())
    )
    assert np.max(np.abs(onnx - litert)) < 0.01


def test_onnx_runtime_is_taken_where_it_hears_right_and_litert_is_not_even_loaded() -> None:
    litert = DistortedBackend(LiteRtBackend(), "", garbage)
    choice = OpenWakeWords(backends=(OnnxBackend(), litert)).choice()
    assert (choice.backend, choice.refusals) == ("ONNX Runtime", ())
    assert choice.score > 0.99
    assert litert.loaded == []


@needs_litert_models
def test_litert_takes_the_place_of_an_onnx_runtime_that_hears_wrongly() -> None:
    onnx = broken(OnnxBackend())
    wake_words = OpenWakeWords(backends=(onnx, LiteRtBackend()))
    detector = wake_words.open(("alexa", "jarvis"))
    heard = [detector.scores(frame) for frame in framed(clip(WAKE_CLIPS["alexa"]), FRAME_SAMPLES)]
    assert max(scores["alexa"] for scores in heard) > 0.99
    assert max(scores["jarvis"] for scores in heard) < 0.1
    choice = wake_words.choice()
    assert (choice.backend, choice.score > 0.99) == ("LiteRT", True)
    (refusal,) = choice.refusals
    assert refusal.startswith("ONNX Runtime: It hears a known recording wrongly")


def test_a_backend_is_proved_once() -> None:
    onnx, litert = broken(OnnxBackend()), broken(LiteRtBackend())
    wake_words = OpenWakeWords(backends=(onnx, litert))
    for _ in range(3):
        with pytest.raises(WakeWordError):
            wake_words.open(("alexa",))
    assert onnx.loaded.count("embedding_model.onnx") == 1
    assert litert.loaded.count("embedding_model.tflite") <= 1
    taken = DistortedBackend(OnnxBackend(), "none", garbage)
    wake_words = OpenWakeWords(backends=(taken,))
    for _ in range(3):
        wake_words.open(("alexa",))
    assert taken.loaded.count("embedding_model.onnx") == 1


@needs_litert_models
def test_where_both_hear_wrongly_arming_fails_with_both_reasons_and_what_to_do() -> None:
    wake_words = OpenWakeWords(backends=(broken(OnnxBackend()), broken(LiteRtBackend())))
    for arm in (lambda: wake_words.open(("alexa",)), wake_words.choice):
        with pytest.raises(WakeWordError) as raised:
            arm()
        said = str(raised.value)
        assert said.startswith("No wake word can be heard here. ONNX Runtime: It hears a known recording wrongly")
        assert "LiteRT: It hears a known recording wrongly" in said
        assert "listen without a wake word" in said
        assert raised.value.code == "wake-word"


def test_where_litert_is_missing_the_reason_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    wake_words = OpenWakeWords(backends=(broken(OnnxBackend()), LiteRtBackend()))
    has_models = (MODELS / "embedding_model.tflite").is_file()
    remedy = "pip install ai-edge-litert" if has_models else r"no \.tflite models"
    with pytest.raises(WakeWordError, match=remedy):
        wake_words.open(("alexa",))


def test_a_word_that_no_model_hears_is_said_before_anything_is_loaded() -> None:
    onnx = broken(OnnxBackend())
    with pytest.raises(UnknownWakeWordError):
        OpenWakeWords(backends=(onnx,)).open(("computer",))
    assert onnx.loaded == []
