"""Every voice activity detector hears its own stream, always the same way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.adapters.sound_clips import SPEECH_CLIPS, clip, framed, silence
from tests.fakes.voice_activity import FakeVoiceActivity

from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.voice_activity import (
    WINDOW_SAMPLES,
    VoiceActivityDetection,
    VoiceActivityDetector,
)

SPEECH = framed(np.concatenate((silence(0.5), clip(SPEECH_CLIPS[0]), silence(0.5))), WINDOW_SAMPLES)
OTHER_SPEECH = framed(clip(SPEECH_CLIPS[1]), WINDOW_SAMPLES)[: len(SPEECH)]


@pytest.fixture(scope="module", params=[SileroVoiceActivity, FakeVoiceActivity])
def detection(request: pytest.FixtureRequest) -> VoiceActivityDetection:
    make: Callable[[], VoiceActivityDetection] = request.param
    return make()


def probabilities(detector: VoiceActivityDetector, windows: list[AudioSamples]) -> list[float]:
    return [detector.probability(window) for window in windows]


def test_speech_is_more_probable_than_silence(detection: VoiceActivityDetection) -> None:
    heard = probabilities(detection.open(), SPEECH)
    assert max(heard) > 0.9
    assert heard[0] < 0.1
    assert all(type(probability) is float and 0.0 <= probability <= 1.0 for probability in heard)


def test_the_same_sound_has_the_same_probabilities(detection: VoiceActivityDetection) -> None:
    expected = probabilities(detection.open(), SPEECH)
    assert probabilities(detection.open(), SPEECH) == expected


def test_after_a_reset_a_detector_is_as_new(detection: VoiceActivityDetection) -> None:
    expected = probabilities(detection.open(), SPEECH)
    detector = detection.open()
    probabilities(detector, OTHER_SPEECH)
    for _ in range(2):
        detector.reset()
        assert probabilities(detector, SPEECH) == expected


def test_two_streams_do_not_disturb_one_another(detection: VoiceActivityDetection) -> None:
    alone = probabilities(detection.open(), SPEECH), probabilities(detection.open(), OTHER_SPEECH)
    first, second = detection.open(), detection.open()
    together: tuple[list[float], list[float]] = [], []
    for window, other in zip(SPEECH, OTHER_SPEECH, strict=False):
        together[0].append(first.probability(window))
        together[1].append(second.probability(other))
    assert together == (alone[0][: len(together[0])], alone[1][: len(together[1])])


def test_streams_on_many_threads_do_not_disturb_one_another(detection: VoiceActivityDetection) -> None:
    expected = probabilities(detection.open(), SPEECH)
    with ThreadPoolExecutor(6) as pool:
        heard = list(pool.map(lambda _: probabilities(detection.open(), SPEECH), range(6)))
    assert heard == [expected] * 6


def test_a_window_is_neither_changed_nor_kept(detection: VoiceActivityDetection) -> None:
    expected = probabilities(detection.open(), SPEECH)
    detector = detection.open()
    reused = np.zeros(WINDOW_SAMPLES, dtype=np.float32)
    for window, probability in zip(SPEECH, expected, strict=True):
        reused[:] = window
        assert detector.probability(reused) == probability
        assert np.array_equal(reused, window)


def test_a_window_may_be_read_only(detection: VoiceActivityDetection) -> None:
    window = SPEECH[20].copy()
    window.flags.writeable = False
    assert 0.0 <= detection.open().probability(window) <= 1.0
