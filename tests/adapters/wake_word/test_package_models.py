"""The models of a package are found by their file names, and words are understood as people write them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.wake_word.package_models import model_folder, resolve_word, word_models
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError, WakeWordError

WORDS = ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy")

SHARED = ("embedding_model.onnx", "melspectrogram.onnx", "silero_vad.onnx", "timer_v0.1.onnx", "weather_v0.1.onnx")
VERSION_0_4_0 = (*SHARED, *(f"{word}_v0.1.onnx" for word in ("alexa", "hey_jarvis", "hey_marvin", "hey_mycroft")))
VERSION_0_5_1 = (
    *SHARED,
    *(f"{word}_v0.1.onnx" for word in WORDS),
    *(f"{word}_v0.1.tflite" for word in (*WORDS, "timer", "weather")),
    "embedding_model.tflite",
)


def package(folder: Path, names: Sequence[str]) -> Path:
    models = folder / "resources" / "models"
    models.mkdir(parents=True)
    for name in names:
        (models / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("names", "words"),
    [(VERSION_0_4_0, ("alexa", "hey_jarvis", "hey_marvin", "hey_mycroft")), (VERSION_0_5_1, WORDS)],
    ids=["0.4.0", "0.5.1"],
)
def test_the_words_of_both_versions_are_found(tmp_path: Path, names: Sequence[str], words: tuple[str, ...]) -> None:
    found = word_models(model_folder(package(tmp_path, names)))
    assert tuple(found) == words
    assert [path.name for path in found.values()] == [f"{word}_v0.1.onnx" for word in words]


def test_a_version_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WakeWordError, match=r"from 0\.6 on"):
        model_folder(package(tmp_path, ()))


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ("alexa", "alexa"),
        ("Alexa", "alexa"),
        (" ALEXA\n", "alexa"),
        ("jarvis", "hey_jarvis"),
        ("hey_jarvis", "hey_jarvis"),
        ("hey jarvis", "hey_jarvis"),
        ("Hey-Jarvis", "hey_jarvis"),
        ("hey   jarvis", "hey_jarvis"),
        ("Mycroft", "hey_mycroft"),
    ],
)
def test_a_word_may_be_written_in_many_ways(wanted: str, word: str) -> None:
    assert resolve_word(wanted, WORDS) == word


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("jarvi", "hey_jarvis"), ("hey_jarviss", "hey_jarvis"), ("alexia", "alexa"), ("hey micro", "hey_mycroft")],
)
def test_a_near_match_is_offered(wanted: str, near: str) -> None:
    with pytest.raises(UnknownWakeWordError, match=f"No model hears '{wanted}'. Did you mean '{near}'"):
        resolve_word(wanted, WORDS)


@pytest.mark.parametrize("wanted", ["", "   ", "hey", "xyzzy", "../alexa", "models/alexa_v0.1.onnx", "timer"])
def test_an_unknown_word_is_said_with_all_that_are_known(wanted: str) -> None:
    with pytest.raises(UnknownWakeWordError, match="There are: alexa, hey_jarvis, hey_mycroft, hey_rhasspy"):
        resolve_word(wanted, WORDS)
