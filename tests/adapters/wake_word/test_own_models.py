"""The path of an openWakeWord model is a wake word like any name; any other file is refused with what is wrong."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.sound_clips import WAKE_CLIPS, clip, framed, silence
from tests.adapters.wake_word.backends import BACKENDS, MODELS, needs_litert_models
from tests.adapters.wake_word.distorted_backend import DistortedBackend, garbage

from realtime_mlx_stt.adapters.wake_word.litert_backend import LiteRtBackend
from realtime_mlx_stt.adapters.wake_word.model_backend import ModelBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.adapters.wake_word.open_wake_word import OpenWakeWords
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES, UnknownWakeWordError, WakeWordError

ALEXA = framed(np.concatenate((silence(0.4), clip(WAKE_CLIPS["alexa"]), silence(0.8))), FRAME_SAMPLES)


def own(folder: Path, model: str, name: str) -> str:
    """A copy of one of the package's files, as somebody keeps a model of his own."""
    return str(shutil.copy(MODELS / model, folder / name))


def best(wake_words: OpenWakeWords, *words: str) -> dict[str, float]:
    """The best score of each word for a recording of alexa."""
    detector = wake_words.open(words)
    heard = [detector.scores(frame) for frame in ALEXA]
    return {word: max(scores[word] for scores in heard) for word in words}


@pytest.mark.parametrize("name", ["computer.onnx", "Computer.ONNX", "two words.onnx"])
def test_a_path_is_a_word_and_names_itself(tmp_path: Path, name: str) -> None:
    path = own(tmp_path, "alexa_v0.1.onnx", name)
    scores = best(OpenWakeWords(), path, "alexa", "jarvis")
    assert scores[path] == scores["alexa"] > 0.99
    assert scores["jarvis"] < 0.1


def test_a_path_may_begin_at_home_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own(tmp_path, "alexa_v0.1.onnx", "computer.onnx")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for path in ("~/computer.onnx", "computer.onnx", "./computer.onnx"):
        assert best(OpenWakeWords(), path)[path] > 0.99


@needs_litert_models
@pytest.mark.parametrize("features", BACKENDS)
@pytest.mark.parametrize("suffix", [".onnx", ".tflite"])
def test_a_model_of_either_format_hears_whichever_backend_makes_the_features(
    tmp_path: Path, features: ModelBackend, suffix: str
) -> None:
    others = [each for each in (OnnxBackend(), LiteRtBackend()) if each.suffix != features.suffix]
    wake_words = OpenWakeWords(backends=(features, *others))
    path = own(tmp_path, f"alexa_v0.1{suffix}", f"computer{suffix}")
    assert best(wake_words, path)[path] > 0.99
    assert wake_words.choice().backend == features.name


@needs_litert_models
def test_a_backend_that_words_are_run_by_is_proved_as_well(tmp_path: Path) -> None:
    broken = DistortedBackend(LiteRtBackend(), "alexa", np.zeros_like)
    wake_words = OpenWakeWords(backends=(OnnxBackend(), broken))
    path = own(tmp_path, "hey_jarvis_v0.1.tflite", "computer.tflite")
    with pytest.raises(WakeWordError, match=r"computer\.tflite cannot be used\. LiteRT: .* a score of 0\.00"):
        wake_words.open((path,))
    assert best(wake_words, "alexa")["alexa"] > 0.99


@needs_litert_models
def test_an_onnx_model_is_run_by_an_onnx_runtime_that_fails_at_the_features(tmp_path: Path) -> None:
    """As on Apple Silicon, where the models of words run as they should."""
    onnx = DistortedBackend(OnnxBackend(), "embedding_model", garbage)
    wake_words = OpenWakeWords(backends=(onnx, LiteRtBackend()))
    path = own(tmp_path, "alexa_v0.1.onnx", "computer.onnx")
    assert best(wake_words, path)[path] > 0.99
    assert wake_words.choice().backend == "LiteRT"


@needs_litert_models
def test_a_tflite_model_without_litert_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    path = own(tmp_path, "alexa_v0.1.tflite", "computer.tflite")
    with pytest.raises(WakeWordError, match=r"computer\.tflite .*`pip install ai-edge-litert`"):
        OpenWakeWords().open((path,))


def test_a_model_may_look_at_more_than_two_seconds(tmp_path: Path) -> None:
    """The package's model for the weather looks at 22 embeddings; others hear as before beside it."""
    path = own(tmp_path, "weather_v0.1.onnx", "weather.onnx")
    wake_words = OpenWakeWords()
    alone, together = best(wake_words, "alexa"), best(wake_words, path, "alexa")
    assert together["alexa"] == alone["alexa"]
    assert 0.0 <= together[path] < 0.5


def test_a_file_that_was_replaced_is_loaded_anew(tmp_path: Path) -> None:
    path = own(tmp_path, "hey_jarvis_v0.1.onnx", "mine.onnx")
    wake_words = OpenWakeWords()
    assert best(wake_words, path)[path] < 0.1
    own(tmp_path, "alexa_v0.1.onnx", "mine.onnx")
    os.utime(path, ns=(1, 1))
    assert best(wake_words, path)[path] > 0.99


@pytest.mark.parametrize("name", ["missing.onnx", "folder.onnx", "missing.tflite"])
def test_a_path_without_a_file_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(UnknownWakeWordError, match=f"There is no wake-word model {tmp_path / name}"):
        OpenWakeWords().open((str(tmp_path / name),))


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        ("melspectrogram.onnx", "takes any x any numbers"),
        ("embedding_model.onnx", "takes any x 76 x 32 x 1 numbers"),
        ("silero_vad.onnx", "4 inputs and 3 outputs"),
        ("timer_v0.1.onnx", r"gives 7 numbers \("),
        pytest.param("embedding_model.tflite", "takes any x 76 x 32 x 1 numbers", marks=needs_litert_models),
        pytest.param("melspectrogram.tflite", "cannot be loaded", marks=needs_litert_models),
        pytest.param("timer_v0.1.tflite", r"gives 7 numbers \(", marks=needs_litert_models),
    ],
)
def test_another_model_is_refused_with_what_is_wrong(tmp_path: Path, model: str, wrong: str) -> None:
    path = own(tmp_path, model, f"mine{Path(model).suffix}")
    with pytest.raises(WakeWordError, match=wrong) as raised:
        OpenWakeWords().open((path,))
    assert path in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"no model", b"\0" * 5_000])
@pytest.mark.parametrize("suffix", [".onnx", ".tflite"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(content)
    with pytest.raises(WakeWordError, match=rf"mine\{suffix}"):
        OpenWakeWords().open((str(path),))
    assert best(OpenWakeWords(), "alexa")["alexa"] > 0.99
