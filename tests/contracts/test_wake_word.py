"""Every wake-word detector hears its own stream, always the same way, and knows its words."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from tests.adapters.sound_clips import WAKE_CLIPS, clip, framed, silence
from tests.adapters.wake_word.backends import needs_litert_models
from tests.fakes.wake_word import WORD_AMPLITUDES, FakeWakeWords

from realtime_mlx_stt.adapters.wake_word.litert_backend import LiteRtBackend
from realtime_mlx_stt.adapters.wake_word.model_backend import ModelBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.adapters.wake_word.open_wake_word import OpenWakeWords
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import (
    FRAME_SAMPLES,
    UnknownWakeWordError,
    WakeWordDetection,
    WakeWordDetector,
    WakeWordError,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A detection, and a sound in which the word alexa is said to it and no other."""

    detection: WakeWordDetection
    alexa: list[AudioSamples]


def _open_wake_word(*backends: ModelBackend) -> Case:
    sound = np.concatenate((silence(0.4), clip(WAKE_CLIPS["alexa"]), silence(0.8)))
    return Case(detection=OpenWakeWords(backends=backends), alexa=framed(sound, FRAME_SAMPLES))


def _onnx() -> Case:
    return _open_wake_word(OnnxBackend())


def _litert() -> Case:
    return _open_wake_word(LiteRtBackend())


def _fake() -> Case:
    said = np.full(FRAME_SAMPLES, WORD_AMPLITUDES[0], dtype=np.float32)
    sound = np.concatenate((silence(0.4), said, silence(0.8)))
    return Case(detection=FakeWakeWords(), alexa=framed(sound, FRAME_SAMPLES))


@pytest.fixture(scope="module", params=[_onnx, pytest.param(_litert, marks=needs_litert_models), _fake])
def case(request: pytest.FixtureRequest) -> Case:
    make: Callable[[], Case] = request.param
    return make()


def scores(detector: WakeWordDetector, frames: list[AudioSamples]) -> list[Mapping[str, float]]:
    return [detector.scores(frame) for frame in frames]


def test_the_words_are_listed_sorted(case: Case) -> None:
    words = case.detection.words()
    assert "alexa" in words
    assert list(words) == sorted(set(words))
    assert case.detection.words() == words


def test_every_listed_word_can_be_opened(case: Case) -> None:
    words = case.detection.words()
    (heard,) = scores(case.detection.open(words), case.alexa[:1])
    assert tuple(heard) == words


def test_a_word_scores_when_it_is_said_and_another_does_not(case: Case) -> None:
    heard = scores(case.detection.open(("alexa", "hey_jarvis")), case.alexa)
    assert max(each["alexa"] for each in heard) > 0.9
    assert max(each["hey_jarvis"] for each in heard) < 0.5
    assert heard[0]["alexa"] < 0.5
    assert all(type(score) is float and 0.0 <= score <= 1.0 for each in heard for score in each.values())


def test_only_the_words_that_were_asked_for_are_scored(case: Case) -> None:
    assert set(case.detection.open(("hey_jarvis",)).scores(case.alexa[0])) == {"hey_jarvis"}
    assert dict(case.detection.open(()).scores(case.alexa[0])) == {}


def test_an_unknown_word_is_said_with_those_that_are_known(case: Case) -> None:
    with pytest.raises(UnknownWakeWordError, match="alexa, hey_jarvis") as raised:
        case.detection.open(("alexa", "open sesame"))
    assert raised.value.code == "unknown-wake-word"
    assert "open sesame" in str(raised.value)
    assert isinstance(raised.value, WakeWordError)


@pytest.mark.parametrize("path", ["nowhere/mine.onnx", "~/mine.tflite", "/mine.ONNX"])
def test_a_model_of_ones_own_must_be_there(case: Case, path: str) -> None:
    with pytest.raises(UnknownWakeWordError, match="mine"):
        case.detection.open(("alexa", path))


def test_the_same_sound_has_the_same_scores(case: Case) -> None:
    expected = scores(case.detection.open(("alexa",)), case.alexa)
    assert scores(case.detection.open(("alexa",)), case.alexa) == expected


def test_after_a_reset_a_detector_is_as_new(case: Case) -> None:
    expected = scores(case.detection.open(("alexa",)), case.alexa)
    detector = case.detection.open(("alexa",))
    for count in (len(case.alexa), 3, 8):
        scores(detector, case.alexa[:count])
        detector.reset()
        assert scores(detector, case.alexa) == expected
        detector.reset()


def test_two_streams_do_not_disturb_one_another(case: Case) -> None:
    expected = scores(case.detection.open(("alexa",)), case.alexa)
    first, second = case.detection.open(("alexa",)), case.detection.open(("alexa",))
    together = [(first.scores(frame), second.scores(case.alexa[0]))[0] for frame in case.alexa]
    assert together == expected


def test_streams_on_many_threads_do_not_disturb_one_another(case: Case) -> None:
    expected = scores(case.detection.open(("alexa",)), case.alexa)
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda _: scores(case.detection.open(("alexa",)), case.alexa), range(4)))
    assert heard == [expected] * 4


def test_a_frame_is_neither_changed_nor_kept(case: Case) -> None:
    expected = scores(case.detection.open(("alexa",)), case.alexa)
    detector = case.detection.open(("alexa",))
    reused = np.zeros(FRAME_SAMPLES, dtype=np.float32)
    for frame, wanted in zip(case.alexa, expected, strict=True):
        reused[:] = frame
        assert detector.scores(reused) == wanted
        assert np.array_equal(reused, frame)
